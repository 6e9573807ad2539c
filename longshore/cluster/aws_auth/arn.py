"""ARNs of those who may stand in aws-auth, compared as EKS's authenticator compares them.

Source: pkg/arn and pkg/mapper/configmap of kubernetes-sigs/aws-iam-authenticator.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["role", "user"]

_NAME = re.compile(r"[\w+=,.@-]+", re.ASCII)
PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
_ARN = re.compile(
    r"arn:(?P<partition>[a-z-]+):(?P<service>iam|sts)::(?P<account>\d{12}):(?P<what>[a-z-]+)(?:/(?P<rest>\S+))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Principal:
    """An ARN taken apart. `path` has no slash at its ends; `session` is that of an assumed role."""

    partition: str
    service: str
    account: str
    what: str
    """`role`, `user`, `root`, `assumed-role` or `federated-user`."""
    name: str
    path: str = ""
    session: str = ""

    @property
    def kind(self) -> Kind:
        """In which list EKS's tools put it."""
        return "role" if self.what in ("role", "assumed-role") else "user"


def parse(arn: str) -> Principal | None:
    """None for what can't be somebody: another service, another resource, no account."""
    match = _ARN.fullmatch(arn)
    if match is None or match["partition"].lower() not in PARTITIONS:
        return None
    service, what, rest = match["service"].lower(), match["what"].lower(), match["rest"] or ""
    path = name = session = ""
    match service, what:
        case "iam", "root":
            if rest:
                return None
        case "iam", "role" | "user":
            path, _, name = rest.rpartition("/")
        case "sts", "assumed-role":
            path_and_name, _, session = rest.rpartition("/")
            path, _, name = path_and_name.rpartition("/")
            if not session:
                return None
        case "sts", "federated-user":
            name = rest
        case _:
            return None
    if what != "root" and not all(_NAME.fullmatch(part) for part in (name, session or name)):
        return None
    return Principal(match["partition"].lower(), service, match["account"], what, name, path.strip("/"), session)


def mapped(arn: str) -> str:
    """The ARN as aws-auth must have it: a role without its path, a session as its role. Names keep their case.

    STS says of a role's session neither the path nor the session's role ARN, so a role ARN with a path never matches. A user's path stays.
    """
    principal = parse(arn)
    if principal is None or principal.kind == "user":
        return arn
    return f"arn:{principal.partition}:iam::{principal.account}:role/{principal.name}"


def canonical(arn: str) -> str:
    """What two ARNs of one principal have in common. White space around it, which EKS takes for a part of it, is of nobody's name."""
    return mapped(arn.strip()).lower()


def kind_of(arn: str) -> Kind:
    """The list that it belongs into; users where it can't be told."""
    principal = parse(arn)
    return principal.kind if principal else "user"


def matches_somebody(arn: str) -> bool:
    """Whether EKS can ever be shown this ARN: not so for a role with a path, and for a session."""
    principal = parse(arn)
    return (
        principal is not None and principal.what != "assumed-role" and not (principal.what == "role" and principal.path)
    )
