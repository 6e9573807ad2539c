"""What is wrong with who gets into a cluster: aws-auth's own faults, and what shows only beside IAM, entries and bindings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from longshore.cluster.access.bound import is_whole, level_of
from longshore.cluster.access.level import MASTERS
from longshore.cluster.access.listing.holders import Holder
from longshore.cluster.access.listing.survey import AWS_AUTH, ENTRIES, Survey
from longshore.cluster.aws_auth import arn as arns
from longshore.cluster.aws_auth import faults


@dataclass(frozen=True)
class Trouble:
    """`code` names the kind for a program; `where` is a place in aws-auth, an access entry, a binding."""

    code: str
    where: str
    what: str
    arn: str = ""

    def __str__(self) -> str:
        whose = f" ({self.arn})" if self.arn and self.arn not in self.where else ""
        return f"{self.where}: {self.what}{whose}"

    def json(self) -> dict[str, str | None]:
        """For a program."""
        return {"code": self.code, "where": self.where, "what": self.what, "arn": self.arn or None}


def find(seen: Survey, rows: list[Holder], account: str, *, reads_config_map: bool) -> list[Trouble]:
    """All of it."""
    found = [*_aws_auth(seen, account, reads_config_map), *_gone(seen, rows), *_beaten(rows), *_groups(seen, rows)]
    return [*found, *_nodes(seen, rows, reads_config_map), *_administrators(seen, rows)]


def _aws_auth(seen: Survey, account: str, reads_config_map: bool) -> Iterator[Trouble]:
    if seen.document is None:
        return
    if not reads_config_map:
        if seen.document.mappings:
            yield Trouble("not-read", "aws-auth", "the cluster does not read it any more: its lines have no effect")
        return
    for fault in faults.find(seen.document, account):
        yield Trouble(fault.code, f"aws-auth {fault.where}", fault.what, fault.arn)


def _gone(seen: Survey, rows: list[Holder]) -> Iterator[Trouble]:
    for row in rows:
        where = "access entry" if row.path == "entry" else "aws-auth"
        if row.exists is False:
            what = "IAM does not have it any more: whoever makes one of this name "
            # An entry knows whom it was made for; a line knows only the name.
            what += "is not let in by it (401)" if row.path == "entry" else "gets this access"
            yield Trouble("gone", where, what, row.arn)
        elif row.path == "entry" and row.beaten:
            what = f"{row.beaten}: EKS refuses the one that is there now (401)"
            yield Trouble("tombstone", where, what, row.arn)


def _beaten(rows: list[Holder]) -> Iterator[Trouble]:
    for row in rows:
        # Of nodes EKS itself keeps both.
        if row.path == "aws-auth" and row.beaten == "its access entry counts" and not row.node:
            yield Trouble("beaten", "aws-auth", "an access entry counts instead: this line has no effect", row.arn)


def _groups(seen: Survey, rows: list[Holder]) -> Iterator[Trouble]:
    if seen.bound is None:
        return
    told: set[str] = set()
    for group in (group for row in rows if not row.node for group in row.groups):
        if group in told or group == MASTERS:
            continue
        told.add(group)
        wanted = level_of(group)
        if wanted is not None and not is_whole(seen.bound, wanted):
            what = f"it is not bound to ClusterRole {wanted.level}: a grant of {wanted} puts that right"
            yield Trouble("binding", f"group {group}", what)
        elif any(right.is_everything for right in seen.bound.groups.get(group, ())):
            yield Trouble("privileged", f"group {group}", "it is bound to cluster-admin: it may do everything")


def _nodes(seen: Survey, rows: list[Holder], reads_config_map: bool) -> Iterator[Trouble]:
    known = {arns.canonical(row.arn) for row in rows if row.node and not row.beaten}
    if ENTRIES in seen.unread or (reads_config_map and AWS_AUTH in seen.unread):
        return
    for role in seen.node_roles:
        if arns.canonical(role) not in known:
            yield Trouble("nodes", "node groups", "nothing lets the nodes of this role in: they can't join", role)


def _administrators(seen: Survey, rows: list[Holder]) -> Iterator[Trouble]:
    if seen.bound is None or seen.unread.keys() & {AWS_AUTH, ENTRIES}:
        return
    if not any("admin" in row.access and not row.beaten for row in rows):
        yield Trouble("no-admin", "cluster", "no list names an administrator of the whole cluster")
