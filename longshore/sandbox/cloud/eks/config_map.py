"""The ConfigMap aws-auth in a cluster: read as it is now, and the mapping that EKS adds for a node group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from longshore.sandbox.cloud.eks import aws_auth
from longshore.sandbox.cloud.eks.aws_auth import AwsAuth

PATH = "/api/v1/namespaces/kube-system/configmaps"
Ask = Callable[..., tuple[int, dict[str, Any]]]
_TRIES = 20


def read(ask: Ask) -> AwsAuth:
    """What is in the cluster now.

    Raises OSError where the API server doesn't answer.
    """
    return aws_auth.parse(_found(ask).get("data") or {})


def _found(ask: Ask) -> dict[str, Any]:
    status, found = ask("GET", f"{PATH}/aws-auth")
    if status == 404:
        return {}
    if status != 200:
        raise OSError(f"the API server answered {status} when it was asked for aws-auth")
    return found


def add_nodes(ask: Ask, role: str) -> None:
    """Let the nodes of a role in, where they aren't yet. What else is there stays as it is, character by character.

    Raises OSError.
    """
    arn = _short(role)
    line = (
        "- groups:\n  - system:bootstrappers\n  - system:nodes\n"
        f"  rolearn: {arn}\n  username: system:node:{{{{EC2PrivateDNSName}}}}\n"
    )
    _change(ask, lambda text: text if _has(text, arn) else _appended(text, line))


def remove_nodes(ask: Ask, role: str) -> None:
    """Take the mappings of a role out that no node group has any more. What else is there stays.

    Raises OSError.
    """
    arn = _short(role)
    _change(ask, lambda text: _without(text, arn) if _has(text, arn) else text)


def _short(role: str) -> str:
    # The authenticator never sees a role's path.
    head, _, path = role.partition(":role/")
    return f"{head}:role/{path.rpartition('/')[2]}"


def _has(text: str, arn: str) -> bool:
    return arn.lower() in aws_auth.parse({"mapRoles": text}).roles


def _change(ask: Ask, change: Callable[[str], str]) -> None:
    for _ in range(_TRIES):
        there = _found(ask)
        data = dict(there.get("data") or {})
        text = data.get("mapRoles", "")
        data["mapRoles"] = change(text)
        if data["mapRoles"] == text:
            return
        if there:
            status, _ = ask("PUT", f"{PATH}/aws-auth", {**there, "data": data})
        else:
            metadata = {"name": "aws-auth", "namespace": "kube-system"}
            status, _ = ask("POST", PATH, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
        if status in (200, 201):
            return
        if status != 409:
            raise OSError(f"the API server answered {status} when aws-auth was written")
    raise OSError("aws-auth is being changed all the time")


def _appended(text: str, line: str) -> str:
    import yaml

    top = aws_auth.root(text)
    if not isinstance(top, yaml.SequenceNode) or not top.value:
        return line
    if top.flow_style:
        return str(yaml.safe_dump([*yaml.safe_load(text), *yaml.safe_load(line)], sort_keys=False))
    indent = " " * top.start_mark.column
    lines = "".join(indent + part for part in line.splitlines(keepends=True))
    return text + ("" if text.endswith("\n") else "\n") + lines


def _without(text: str, arn: str) -> str:
    import yaml

    top = aws_auth.root(text)
    lines, kept, items = text.splitlines(keepends=True), [], top.value
    starts = [item.start_mark.line for item in items]
    if top.flow_style or len(set(starts)) < len(starts):
        rest = [item for item in yaml.safe_load(text) if not _is_of(yaml.safe_dump([item]), arn)]
        return str(yaml.safe_dump(rest, sort_keys=False))
    ends = [*starts[1:], len(lines)]
    kept = lines[: starts[0]]
    for start, end in zip(starts, ends, strict=True):
        part = lines[start:end]
        if not _is_of("".join(part), arn):
            kept += part
    return "".join(kept) if len(kept) > starts[0] else "[]\n"


def _is_of(text: str, arn: str) -> bool:
    return list(aws_auth.parse({"mapRoles": text}).roles) == [arn.lower()]
