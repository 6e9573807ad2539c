"""Where the policies of a user, group or role come from, by name: what a simulation tells about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from longshore.sandbox.cloud.iam import PlayedIam, boundary
from longshore.sandbox.cloud.policy import Document, parse


@dataclass(frozen=True)
class Source:
    """A policy with the name that a simulation gives it: a managed one's own, an inline one's after its owner."""

    name: str
    document: Document


@dataclass(frozen=True)
class Owner:
    """`kind` is User, Group or Role."""

    kind: str
    name: str
    arn: str
    id: str
    policies: tuple[Source, ...]
    limits: tuple[Document, ...] = ()


def owner(iam: PlayedIam, arn: str) -> Owner | None:
    """The user, group or role of this ARN; None where there is none. A user has the policies of his groups too.

    Raises InvalidPolicy.
    """
    for user in iam.users.values():
        if user.arn == arn:
            groups = [group for group in iam.groups.values() if user in group.users]
            policies = [_of("user", user), *(_of("group", group) for group in groups)]
            limit = boundary(user)
            return Owner("User", user.name, arn, user.id, sum(policies, ()), _limit(iam, limit))
    for group in iam.groups.values():
        if group.arn == arn:
            return Owner("Group", group.name, arn, group.id, _of("group", group))
    for role in iam.roles.values():
        if role.arn == arn:
            limit = str((role.permissions_boundary or {}).get("PermissionsBoundaryArn") or "")
            return Owner("Role", role.name, arn, role.id, _of("role", role), _limit(iam, limit))
    return None


def _of(kind: str, one: Any) -> tuple[Source, ...]:
    inline = [Source(f"{kind}_{one.name}_{name}", parse(text)) for name, text in one.policies.items()]
    managed = [Source(policy.name, _default(policy)) for policy in one.managed_policies.values()]
    return (*inline, *managed)


def _limit(iam: PlayedIam, arn: str) -> tuple[Document, ...]:
    if not arn:
        return ()
    # A boundary that is gone allows nothing, as an empty document does.
    return (_default(iam.managed_policies[arn]) if arn in iam.managed_policies else {},)


def _default(policy: Any) -> Document:
    return parse(next((str(version.document) for version in policy.versions if version.is_default), "{}"))
