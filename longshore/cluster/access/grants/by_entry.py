"""A grant and a revocation as access entries: what an entry should be, the changes that lead there, and making them."""

from __future__ import annotations

from dataclasses import replace

from longshore.cluster.access.entries import STANDARD, Association, Entries, Entry
from longshore.cluster.access.level import LEVEL_POLICIES, Grant
from longshore.cluster.access.principal import Principal
from longshore.errors import Refused


def is_tombstone(entry: Entry, principal: Principal) -> bool:
    """Whether the entry is of an earlier principal of this ARN: EKS remembers who it was made for, and lets the new one not in."""
    return entry.created is not None and principal.created is not None and entry.created < principal.created


def refuse_nodes(entry: Entry, environment: str) -> None:
    """Raises Refused for an entry that is no person's."""
    if entry.type != STANDARD:
        raise Refused(
            "this is the entry by which nodes join the cluster, nothing was touched",
            on=f"{entry.arn}, type {entry.type}",
            why="without it the nodes of this role are lost, and what it is granted every node could use",
            do=f"inv cluster.nodes --env {environment}",
        )


def granted(entry: Entry | None, principal: Principal, grant: Grant) -> Entry:
    """What the entry is to be: other groups and policies stay, another level in the same scope goes."""
    if entry is None:
        entry = Entry(principal.arn)
    if grant.group:
        return entry if grant.group in entry.groups else replace(entry, groups=(*entry.groups, grant.group))
    policies = [_without_level(one, grant) for one in entry.policies]
    kept = [one for one in policies if one is not None]
    there = next((one for one in kept if one.policy == grant.policy), None)
    if there is None:
        kept.append(Association(grant.policy, (grant.namespace,) if grant.namespace else ()))
    elif not grant.namespace:
        kept[kept.index(there)] = Association(grant.policy)
    elif there.namespaces and grant.namespace not in there.namespaces:
        # Without namespaces it holds everywhere already.
        kept[kept.index(there)] = Association(grant.policy, (*there.namespaces, grant.namespace))
    return replace(entry, policies=tuple(kept))


def _without_level(association: Association, grant: Grant) -> Association | None:
    """An association after another level has taken its place in the grant's scope; None: nothing of it is left."""
    if association.policy not in LEVEL_POLICIES or association.policy == grant.policy:
        return association
    if not grant.namespace:
        return association if association.namespaces else None
    if not association.namespaces:
        return association
    left = tuple(name for name in association.namespaces if name != grant.namespace)
    return Association(association.policy, left) if left else None


def revoked(entry: Entry, namespace: str) -> Entry | None:
    """What the entry is to be without what it has in a namespace; None: it is to go."""
    if not namespace:
        return None
    policies = []
    for association in entry.policies:
        left = tuple(name for name in association.namespaces if name != namespace)
        if left or not association.namespaces:
            policies.append(replace(association, namespaces=left))
    return replace(entry, policies=tuple(policies)) if policies or entry.groups else None


def changes(before: Entry | None, after: Entry | None) -> list[str]:
    """What is different, a line each."""
    if after is None:
        return [] if before is None else [f"delete the access entry of {before.arn} ({describe(before)})"]
    if before is None:
        return [f"create an access entry for {after.arn}", *(f"+ {one}" for one in (*after.policies, *_groups(after)))]
    lines = [f"+ {one}" for one in after.policies if one not in before.policies]
    lines += [f"+ group {one}" for one in after.groups if one not in before.groups]
    lines += [f"- {one}" for one in before.policies if one not in after.policies]
    lines += [f"- group {one}" for one in before.groups if one not in after.groups]
    if after.username and after.username != before.username:
        lines.append(f"~ {after.username} is its name in Kubernetes, not {before.username}")
    return lines


def _groups(entry: Entry) -> list[str]:
    return [f"group {group}" for group in entry.groups]


def describe(entry: Entry) -> str:
    """What it gives, on a line."""
    return ", ".join([*(str(one) for one in entry.policies), *_groups(entry)]) or "no policy, no group"


def make(entries: Entries, before: Entry | None, after: Entry | None) -> None:
    """Bring an entry from one state to the other: what is new comes first, so that nobody has less in between than before and after."""
    if after is None:
        if before is not None:
            entries.delete(before.arn)
        return
    if before is None:
        entries.create(after)
        return
    username = after.username if after.username != before.username else ""
    if username or not set(after.groups) <= set(before.groups):
        entries.update(after.arn, tuple(dict.fromkeys((*before.groups, *after.groups))), username)
    for association in after.policies:
        if association not in before.policies:
            entries.associate(after.arn, association)
    names = {one.policy for one in after.policies}
    for gone in before.policies:
        if gone.policy not in names:
            entries.disassociate(after.arn, gone.policy)
    if not set(before.groups) <= set(after.groups):
        entries.update(after.arn, after.groups)
