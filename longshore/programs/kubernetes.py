"""What the Kubernetes API is talked to about: objects and their JSON, its reasons to say no (as kubectl words them), questions to its RBAC."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from longshore.errors import Failed
from longshore.process.run import last_line

Object = dict[str, Any]
"""A Kubernetes object as its API has it."""


class Reason(Enum):
    """Why the API server, or the way to it, said no. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/"""

    UNAUTHORIZED = "Unauthorized"
    FORBIDDEN = "Forbidden"
    NOT_FOUND = "NotFound"
    EXISTS = "AlreadyExists"
    CONFLICT = "Conflict"
    INVALID = "Invalid"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    OTHER = ""


# What kubectl up to 1.36 prints. `kubectl create` words a conflict of its own.
_SAID = {
    Reason.UNAUTHORIZED: r"You must be logged in to the server|\(Unauthorized\)|asked for the client to provide credentials",
    Reason.CERTIFICATE: r"x509:|tls: |certificate (?:signed|is)",
    Reason.UNREACHABLE: r"connection to the server .* was refused|Unable to connect to the server|dial tcp|i/o timeout|EOF$"
    r"|context deadline|server is currently unable|storage is \(re\)initializing|net/http:",
    Reason.EXISTS: r"\(AlreadyExists\)|already exists",
    Reason.CONFLICT: r"\(Conflict\)|the object has been modified",
    Reason.FORBIDDEN: r"\(Forbidden\)|is forbidden:",
    Reason.NOT_FOUND: r"\(NotFound\)|the server doesn't have a resource type",
    Reason.INVALID: r"\(Invalid\)|\(BadRequest\)|is invalid:|error validating|unable to (?:decode|recognize)|no matches for kind",
}


class KubernetesError(Failed):
    """kubectl ended with an error; `reason` says which, `said` its own words. `printed` is what it answered all the same."""

    def __init__(
        self, what: str, reason: Reason, said: str, *, on: str = "", do: str | Sequence[str] = (), printed: str = ""
    ) -> None:
        super().__init__(what, on=on, why=said, do=do)
        self.reason = reason
        self.said = said
        self.printed = printed


def reason_of(said: str) -> Reason:
    """What kubectl's stderr means."""
    return next((reason for reason, pattern in _SAID.items() if re.search(pattern, said)), Reason.OTHER)


def complaint(said: str) -> str:
    """What kubectl complained of, in its own words."""
    # Before its own words it logs what the discovery met (E1129 ... memcache.go:265] ...).
    lines = [line for line in said.splitlines() if line.strip() and not re.match(r"[EWI]\d{4} ", line)]
    # Of many objects each one is complained of, mostly in the same words.
    told = dict.fromkeys(re.sub(r"^(?:error: |Error from server )", "", line) for line in lines or [last_line(said)])
    return " ".join(told)


@dataclass(frozen=True)
class Asked:
    """A question to RBAC: may I `verb` this `resource` (with its API group: `deployments.apps`), in a namespace or everywhere?"""

    verb: str
    resource: str
    namespace: str = ""

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}" + (f" in {self.namespace}" if self.namespace else "")

    def review(self) -> Object:
        """As the API wants it."""
        resource, _, group = self.resource.partition(".")
        attributes = {"verb": self.verb, "resource": resource, "group": group, "namespace": self.namespace}
        if resource == "*" and not group:
            attributes["group"] = "*"
        spec = {"resourceAttributes": {name: value for name, value in attributes.items() if value}}
        return {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": spec}


@dataclass(frozen=True)
class Seen:
    """Who the API server says that one is, and its answers to what was asked, in that order."""

    username: str
    groups: tuple[str, ...]
    arn: str
    """What the authenticator of EKS knows of the IAM principal; empty on another cluster."""
    allowed: tuple[bool, ...]

    @classmethod
    def of(cls, who: Object, answers: Sequence[Object]) -> Seen:
        """From the objects that the API server answered with: a SelfSubjectReview, and a SelfSubjectAccessReview for each question."""
        user = who["status"]["userInfo"]
        extra = user.get("extra") or {}
        return cls(
            username=user.get("username", ""),
            groups=tuple(user.get("groups") or ()),
            arn=next(iter(extra.get("arn") or extra.get("canonicalArn") or ()), ""),
            allowed=tuple(bool(answer["status"].get("allowed")) for answer in answers),
        )


WHOAMI: Object = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}


def as_list(objects: Sequence[Object]) -> str:
    """One document: a List, where there are several."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)} if len(objects) > 1 else objects[0])


def as_stream(objects: Sequence[Object]) -> str:
    """One document after the other: of a List, kubectl itself judges the fields, in other words than the server's."""
    return "\n---\n".join(json.dumps(one) for one in objects)


def objects_of(text: str) -> list[Object]:
    """The objects of what kubectl printed: one, several, or a List of them."""
    found: list[Object] = []
    for one in json_documents(text.strip()):
        found += one["items"] if one.get("kind") == "List" else [one]
    return found


def json_documents(text: str) -> list[Object]:
    """JSON documents, one after the other."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        found.append(value)
        at += len(text[at:]) - len(text[at:].lstrip())
    return found
