"""Who has what, by which path: a row for each line of aws-auth, each access entry, each account that is let in whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from longshore.cluster.access.bound import Bound, Right
from longshore.cluster.access.entries import STANDARD, Association, Entry
from longshore.cluster.access.listing.survey import Survey
from longshore.cluster.aws_auth import arn as arns
from longshore.cluster.aws_auth.mapping import Mapping

_LEVELS = {
    "AmazonEKSClusterAdminPolicy": "admin",
    "AmazonEKSAdminPolicy": "admin of namespaces",
    "AmazonEKSEditPolicy": "edit",
    "AmazonEKSViewPolicy": "view",
    "AmazonEKSAdminViewPolicy": "view, secrets too",
}


@dataclass(frozen=True)
class Holder:
    """`access` is what it may, in words; empty where the bindings could not be read. `beaten` says why it has no effect, if so."""

    arn: str
    path: str
    username: str
    groups: Sequence[str]
    policies: Sequence[Association]
    access: Sequence[str]
    node: bool = False
    beaten: str = ""
    exists: bool | None = None
    """Whether IAM has it; None where that can't be told."""

    @property
    def who(self) -> str:
        """`user admin`, `role deployer`, `account 111122223333`."""
        found = arns.parse(self.arn)
        if found is None:
            return self.arn or "(no ARN)"
        return f"{found.kind} {found.name}" if found.name else f"account {found.account}"

    def json(self) -> dict[str, Any]:
        """For a program."""
        return {
            "arn": self.arn,
            "path": self.path,
            "username": self.username or None,
            "groups": list(self.groups),
            "policies": [{"policy": one.policy, "namespaces": list(one.namespaces)} for one in self.policies],
            "access": list(self.access),
            "node": self.node,
            "effective": not self.beaten,
            "why_not": self.beaten or None,
            "exists": self.exists,
        }


def holders(seen: Survey, *, reads_config_map: bool) -> list[Holder]:
    """All of them: entries first, since they count first."""
    return [*_entries(seen), *_lines(seen, reads_config_map), *_accounts(seen, reads_config_map)]


def _entries(seen: Survey) -> Iterator[Holder]:
    for entry in seen.entries or ():
        node = entry.type != STANDARD
        access = ["nodes join by it"] if node else [_policy(one) for one in entry.policies]
        access += [] if node else _rights(seen.bound, entry.username, entry.groups)
        yield Holder(
            entry.arn,
            "entry",
            entry.username,
            entry.groups,
            entry.policies,
            tuple(dict.fromkeys(access)),
            node,
            _tombstone(seen, entry),
            _exists(seen, entry.arn),
        )


def _policy(association: Association) -> str:
    level = _LEVELS.get(association.policy, association.policy)
    return level + (f" in {', '.join(association.namespaces)}" if association.namespaces else "")


def _rights(bound: Bound | None, username: str, groups: Sequence[str]) -> list[str]:
    rights: Sequence[Right] = bound.of(username, groups) if bound else ()
    return [str(right) for right in rights]


def _tombstone(seen: Survey, entry: Entry) -> str:
    if seen.census is None:
        return ""
    if seen.census.is_gone(entry.arn):
        return "IAM does not have it any more"
    there = seen.census.find(entry.arn)
    if there is not None and there.created and entry.created and entry.created < there.created:
        return "it was made for an earlier one of this name"
    return ""


def _lines(seen: Survey, reads_config_map: bool) -> Iterator[Holder]:
    if seen.document is None:
        return
    effective = {id(mapping) for mapping in seen.document.effective}
    by_entry = {arns.canonical(entry.arn) for entry in seen.entries or ()}
    for mapping in seen.document.mappings:
        beaten = _beaten(mapping, effective, by_entry) if reads_config_map else "the cluster does not read aws-auth"
        if not beaten and seen.census is not None and seen.census.is_gone(mapping.arn):
            beaten = "IAM does not have it any more"
        access = ["nodes join by it"] if mapping.is_node else _rights(seen.bound, mapping.username, mapping.groups)
        yield Holder(
            mapping.arn,
            "aws-auth",
            mapping.username,
            mapping.groups,
            (),
            tuple(access),
            mapping.is_node,
            beaten,
            _exists(seen, mapping.arn),
        )


def _beaten(mapping: Mapping, effective: set[int], by_entry: set[str]) -> str:
    if id(mapping) not in effective:
        return "another line of it counts" if arns.matches_somebody(mapping.arn) else "it never matches"
    return "its access entry counts" if mapping.principal in by_entry else ""


def _accounts(seen: Survey, reads_config_map: bool) -> Iterator[Holder]:
    for account in seen.document.accounts if seen.document else ():
        beaten = "" if reads_config_map else "the cluster does not read aws-auth"
        yield Holder(f"arn:aws:iam::{account}:root", "aws-auth", "", (), (), ("gets in, by its ARN",), beaten=beaten)


def _exists(seen: Survey, arn: str) -> bool | None:
    who = arns.parse(arn)
    if seen.census is None or who is None or who.account != seen.census.account or not who.name:
        return None
    return not seen.census.is_gone(arn)
