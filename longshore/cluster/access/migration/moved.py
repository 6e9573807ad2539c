"""What a line of aws-auth becomes as an access entry, or why it can't. Pure.

https://docs.aws.amazon.com/eks/latest/userguide/migrating-access-entries.html and creating-access-entries.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from longshore.cluster.access.bound import Bound, is_whole, level_of
from longshore.cluster.access.census import Census
from longshore.cluster.access.entries import Association, Entry
from longshore.cluster.access.level import MASTERS, Grant
from longshore.cluster.aws_auth import arn as arns
from longshore.cluster.aws_auth.mapping import Mapping

BRIDGE = "longshore:migration"
"""A group that is everything while a move lasts: an entry is made with it, so that its principal is an administrator at once, also where
the policy that says so comes a moment later, or after a kill."""
_RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")
_SESSION = "{{SessionName}}"


@dataclass(frozen=True)
class Moved:
    """`entry` is None where the line stays, and `why` says so. `grants` are the levels that became policies; `bridging` the groups that the
    entry has beside its own until those are there.
    """

    mapping: Mapping
    entry: Entry | None
    why: str = ""
    grants: Sequence[Grant] = ()
    bridging: Sequence[str] = ()
    renamed: bool = False
    """Whether its name in Kubernetes becomes another: EKS lets no entry have the old one."""


def moved(mapping: Mapping, census: Census, bound: Bound) -> Moved:
    """The entry that gives what the line gives."""
    who = arns.parse(mapping.arn)
    if who is None or who.what not in ("user", "role"):
        return Moved(mapping, None, "only an IAM user or role can have an access entry")
    if census.is_gone(mapping.arn):
        return Moved(mapping, None, "IAM does not have it any more: inv cluster.revoke takes the line away")
    found = census.find(mapping.arn)
    grants, groups, bridging = [], [], []
    for group in dict.fromkeys(group for group in mapping.groups if group):
        level = Grant("admin") if group == MASTERS else level_of(group)
        if level is not None and group != MASTERS and not is_whole(bound, level):
            return Moved(mapping, None, f"group {group} is not bound as longshore binds it: inv cluster.access")
        if level is not None:
            grants.append(level)
            bridging.append(BRIDGE if group == MASTERS else group)
        elif group.startswith("system:"):
            return Moved(mapping, None, f"EKS lets no access entry be in {group}")
        else:
            groups.append(group)
    username, renamed = _username(mapping), False
    if mapping.username and not username:
        if bound.users.get(mapping.username) or "{{" in mapping.username:
            return Moved(
                mapping, None, f"EKS lets no access entry be named {mapping.username}, and bindings may name it"
            )
        renamed = True
    arn = found.arn if found else mapping.arn
    entry = Entry(arn, tuple(groups), _policies(grants), username)
    return Moved(mapping, entry, "", tuple(grants), tuple(bridging), renamed)


def _policies(grants: Sequence[Grant]) -> tuple[Association, ...]:
    scopes: dict[str, tuple[str, ...]] = {}
    for grant in grants:
        there = scopes.get(grant.policy)
        if not grant.namespace or there == ():
            scopes[grant.policy] = ()
        else:
            scopes[grant.policy] = (*(there or ()), grant.namespace)
    return tuple(Association(policy, namespaces) for policy, namespaces in scopes.items())


def _username(mapping: Mapping) -> str:
    """The line's, where EKS lets an entry have it; else empty, for EKS's own."""
    name = mapping.username
    before, found, after = name.partition(_SESSION)
    if name.startswith(_RESERVED) or "{{" in before + after:
        return ""
    if found and (mapping.kind != "role" or ":" not in before):
        return ""
    return name


def gives_all(entry: Entry, wanted: Entry) -> bool:
    """Whether an entry has everything that another one has."""
    there = {one.policy: one.namespaces for one in entry.policies}
    for one in wanted.policies:
        scope = there.get(one.policy)
        if scope is None or (scope and not (one.namespaces and set(one.namespaces) <= set(scope))):
            return False
    return set(wanted.groups) <= set(entry.groups)


def is_bridging(entry: Entry) -> bool:
    """Whether an entry is one that a move has made and not ended."""
    return any(group == BRIDGE or level_of(group) is not None for group in entry.groups)
