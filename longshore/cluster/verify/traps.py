"""What in the user's own kubeconfig and shell would fool a check by hand (`AWS_PROFILE=github kubectl cluster-info`).

An exec stanza whose env names a profile acts as that profile whatever AWS_PROFILE says: `aws eks update-kubeconfig` writes it so
(awscli/customizations/eks/update_kubeconfig.py). AWS_ACCESS_KEY_ID beats AWS_PROFILE; only `--profile` in the arguments beats both.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from longshore.aws.session import STATIC
from longshore.cluster import kubeconfigs
from longshore.cluster.connect import PREFIX
from longshore.cluster.eks import Cluster
from longshore.cluster.kubeconfig import Part
from longshore.cluster.kubeconfigs import Together
from longshore.environments.environment import Environment
from longshore.errors import UsageError

PINS = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ROLE_ARN")


@dataclass(frozen=True)
class Trap:
    """`kind` is a word for a program, `text` says it to a person. `context` is empty where it isn't about one."""

    kind: str
    context: str
    text: str


def traps(environment: Environment, cluster: Cluster, variables: Mapping[str, str] = os.environ) -> list[Trap]:
    """Every trap for kubectl on this cluster. A kubeconfig that can't be read is one, too: kubectl can't read it either."""
    try:
        together = Together.read(kubeconfigs.paths(variables=variables))
    except UsageError as error:
        return [Trap("unreadable", "", f"{error.what} ({error.on}): {error.why}")]
    except OSError as error:
        return [Trap("unreadable", "", f"{error.filename}: {error.strerror}")]
    found: list[Trap] = []
    clusters, users = together.named("clusters"), together.named("users")
    about = []
    for name, context in together.named("contexts").items():
        there = clusters.get(str(context.get("cluster")), {})
        if there.get("server") == cluster.endpoint:
            about.append(name)
        elif _is_called_so(environment, cluster, name, context):
            server = there.get("server") or "nowhere"
            found.append(
                Trap(
                    "wrong-cluster",
                    name,
                    f"context {name} is another cluster: it leads to {server}, not to {cluster.endpoint}",
                )
            )
            continue
        else:
            continue
        found += _of_cluster(name, there, cluster)
        found += _of_user(name, users.get(str(context.get("user")), {}), cluster, variables)
    current = together.current
    if about and current not in about:
        found.append(
            Trap(
                "current-context",
                current,
                f"the current context is {current or 'not set'}: kubectl without --context doesn't go to {cluster.name}",
            )
        )
    return found


def _is_called_so(environment: Environment, cluster: Cluster, name: str, context: Part) -> bool:
    own = {environment.name, cluster.arn, PREFIX + environment.name}
    return name in own or str(context.get("cluster")) in own


def _of_cluster(name: str, there: Part, cluster: Cluster) -> Iterator[Trap]:
    if there.get("insecure-skip-tls-verify"):
        yield Trap("no-tls", name, f"context {name} takes any server for {cluster.name}: insecure-skip-tls-verify")
        return
    authority = there.get("certificate-authority-data")
    if authority is not None and _pem(str(authority)) != cluster.certificate_authority.strip():
        yield Trap("wrong-ca", name, f"context {name} has another CA than {cluster.name}")


def _of_user(name: str, user: Part, cluster: Cluster, variables: Mapping[str, str]) -> Iterator[Trap]:
    program = user.get("exec")
    if not isinstance(program, dict):
        if user:
            yield Trap(
                "fixed-identity",
                name,
                f"context {name} acts by {', '.join(sorted(user))} of the file, whatever AWS_PROFILE says",
            )
        return
    words = [str(word) for word in program.get("args") or []]
    pinned = {str(one.get("name")): str(one.get("value")) for one in program.get("env") or [] if isinstance(one, dict)}
    if (other := _after(words, "--cluster-name", "-i", "--cluster-id")) and other != cluster.name:
        yield Trap("wrong-cluster", name, f"context {name} asks for a token of {other}, not of {cluster.name}")
    if _after(words, "--profile"):
        return
    for variable in PINS:
        if variable in pinned:
            said = f" {pinned[variable]}" if "PROFILE" in variable else ""
            yield Trap(
                "pinned", name, f"context {name} acts as {variable}{said} of its exec stanza, whatever AWS_PROFILE says"
            )
            return
    if any(variables.get(variable) for variable in STATIC):
        yield Trap(
            "shadowed", name, f"context {name} acts as AWS_ACCESS_KEY_ID of the shell, whatever AWS_PROFILE says"
        )


def _after(words: list[str], *flags: str) -> str:
    for at, word in enumerate(words):
        for flag in flags:
            if word == flag and at + 1 < len(words):
                return words[at + 1]
            if word.startswith(f"{flag}="):
                return word.partition("=")[2]
    return ""


def _pem(data: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode(errors="replace").strip()
    except (binascii.Error, ValueError):
        return ""


def as_json(trap: Trap) -> dict[str, Any]:
    return {"kind": trap.kind, "context": trap.context or None, "text": trap.text}
