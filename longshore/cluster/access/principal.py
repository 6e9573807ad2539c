"""The IAM principal that a grant or a revocation is about: found in IAM, with the ARN that it really has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from longshore.aws.errors import translated
from longshore.aws.session import Session
from longshore.errors import UsageError, nearest
from longshore.steps.step import Context, Done, Look, Status

Kind = Literal["user", "role"]

SSO_PATH = "/aws-reserved/sso.amazonaws.com/"
"""Where IAM Identity Center keeps the roles of its permission sets: AWSReservedSSO_NAME_0123456789abcdef."""
ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>\d{12}):(?P<kind>user|role)/(?P<path>(?:[^/]+/)*)(?P<name>[^/]+)"
)


@dataclass(frozen=True)
class Principal:
    """`arn` is IAM's, with the path. `created` is when this one was made: an access entry from before it is another's, of the same name."""

    kind: Kind
    name: str
    arn: str
    created: datetime | None = None
    exists: bool = True

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class FindPrincipal(Look):
    """`found` is set once it has looked. `gone_is_fine`: one that IAM doesn't have (any more) is found by its name alone."""

    name = "principal"

    def __init__(self, session: Session, kind: Kind, name: str, account: str, *, gone_is_fine: bool = False) -> None:
        self.title = f"IAM {kind} {name.rpartition('/')[2]}"
        self._session = session
        self._kind = kind
        self._name = name
        self._account = account
        self._gone_is_fine = gone_is_fine
        self._found: Principal | None = None

    @property
    def found(self) -> Principal:
        assert self._found is not None, "the step has not looked yet"
        return self._found

    def check(self, run: Context) -> Status:
        """Raises UsageError for one that isn't there, naming the nearest."""
        if self._found is None:
            self._found = self._find(run)
        found = self._found
        return Done(found.arn if found.exists else f"{found.arn}, which IAM does not have (any more)")

    def _find(self, run: Context) -> Principal:
        kind, name = self._kind, self._name
        match = ARN.fullmatch(name)
        if name.startswith("arn:") and (match is None or match["kind"] != kind):
            raise UsageError(
                f"--{kind} can't be {name}",
                why=f"it is the name of an IAM {kind} or its ARN"
                + ("; a session's ARN is its role's: --role NAME" if ":assumed-role/" in name else ""),
                do="inv aws.whoami",
            )
        if match is not None and match["account"] != self._account:
            # Another account's IAM can't be asked. Its role may well be let in.
            return Principal(kind, match["name"], name)
        path, _, name = (f"{match['path']}{match['name']}" if match else name.strip("/")).rpartition("/")
        iam = self._session.client("iam")
        with translated(self._session, doing=f"look up the IAM {kind}", on=name):
            found = _get(iam, kind, name)
            if found is None and kind == "role":
                found = _sso_role(iam, name)
            if found is not None:
                return _at(path, found)
            known = _names(iam, kind)
        near = nearest(name, known) or _same_but_case(name, known)
        if self._gone_is_fine:
            run.report.warn(f"IAM has no {kind} {name} (any more){near}")
            arn = f"arn:{_partition(self._session)}:iam::{self._account}:{kind}/{name}"
            return Principal(kind, name, match[0] if match else arn, exists=False)
        env = f"--env {self._session.choice.environment}"
        raise UsageError(
            f"there is no IAM {kind} {name}",
            on=f"account {self._account}{near}",
            do=f"inv iam.add-user {env} --user {name} --group developer" if kind == "user" else f"inv iam.status {env}",
        )


def described(iam: Any, kind: Kind, name: str) -> dict[str, Any] | None:
    """What IAM says of a user or role; None where there is none. It finds names in any case."""
    try:
        answer = iam.get_user(UserName=name) if kind == "user" else iam.get_role(RoleName=name)
    except iam.exceptions.NoSuchEntityException:
        return None
    found: dict[str, Any] = answer[kind.title()]
    return found


def _get(iam: Any, kind: Kind, name: str) -> Principal | None:
    found = described(iam, kind, name)
    return Principal(kind, found[f"{kind.title()}Name"], found["Arn"], found.get("CreateDate")) if found else None


def _at(path: str, found: Principal) -> Principal:
    """Raises UsageError where the path that was given isn't the one that it has: then somebody else is meant."""
    match = ARN.fullmatch(found.arn)
    if path and match is not None and match["path"].strip("/") != path:
        raise UsageError(
            f"there is no IAM {found.kind} {path}/{found.name}",
            on=f"the {found.kind} of that name is {found.arn}",
            do=f"--{found.kind} {found.name}",
        )
    return found


def _sso_role(iam: Any, name: str) -> Principal | None:
    for page in iam.get_paginator("list_roles").paginate(PathPrefix=SSO_PATH):
        for role in page["Roles"]:
            plain = re.sub(r"_[0-9a-f]{16}$", "", role["RoleName"].removeprefix("AWSReservedSSO_"))
            if plain == name.removeprefix("AWSReservedSSO_"):
                return Principal("role", role["RoleName"], role["Arn"], role.get("CreateDate"))
    return None


def _names(iam: Any, kind: Kind) -> list[str]:
    call, key, field = ("list_users", "Users", "UserName") if kind == "user" else ("list_roles", "Roles", "RoleName")
    return [one[field] for page in iam.get_paginator(call).paginate() for one in page[key]]


def _same_but_case(name: str, known: Sequence[str]) -> str:
    same = next((other for other in known if other.lower() == name.lower()), "")
    return f"; did you mean {same}?" if same else ""


def _partition(session: Session) -> str:
    from botocore.exceptions import UnknownRegionError

    try:
        return str(session.core.get_partition_for_region(session.region))
    except UnknownRegionError:
        return "aws"
