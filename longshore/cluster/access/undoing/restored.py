"""What going back to a snapshot means: for aws-auth, and for each access entry. Pure: what is there now is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from longshore.cluster.access.census import Census
from longshore.cluster.access.entries import STANDARD, TAGS, Entry
from longshore.cluster.access.snapshots import Snapshot
from longshore.cluster.aws_auth.document import Document


def document(now: Document, snapshot: Snapshot) -> Document:
    """aws-auth as it was, with the nodes' mappings of now: those of a node group that has come since stay.

    Raises UsageError where the snapshot's own text can't be read and such a mapping would have to go into it.
    """
    then = Document.parse(snapshot.data or {})
    there = {mapping.principal for mapping in then.effective if mapping.is_node}
    for mapping in now.effective:
        if mapping.is_node and mapping.principal not in there:
            then = then.granted(mapping)
    return then


@dataclass(frozen=True)
class Restoration:
    """`changed`: what each entry is and is to be, by ARN, None for one that isn't there or is to go. `told`: what is left as it is, and why."""

    changed: Mapping[str, tuple[Entry | None, Entry | None]] = field(default_factory=dict)
    told: Sequence[str] = ()

    def after(self, now: Sequence[Entry]) -> list[Entry]:
        """All entries, once it is done."""
        stays = [entry for entry in now if entry.arn not in self.changed]
        return [*stays, *(after for _, after in self.changed.values() if after is not None)]


def entries(now: Sequence[Entry], snapshot: Snapshot, census: Census) -> Restoration:
    """What is to be done with the entries. Those by which nodes join are EKS's own and stay as they are."""
    here = {entry.arn: entry for entry in now}
    then = {entry.arn: entry for entry in snapshot.entries or ()}
    changed: dict[str, tuple[Entry | None, Entry | None]] = {}
    told: list[str] = []
    for arn, was in then.items():
        found = here.get(arn)
        if found is not None and same(found, was):
            continue
        why = _unfit(was, found, snapshot, census)
        if why:
            told.append(f"{arn}: left as it is, {why}")
        else:
            changed[arn] = (found, was if found is None else replace(was, created=found.created))
    for arn in _come_since(here, then, snapshot):
        changed[arn] = (here[arn], None)
    return Restoration(changed, told)


def _unfit(was: Entry, found: Entry | None, snapshot: Snapshot, census: Census) -> str:
    if was.type != STANDARD or (found is not None and found.type != STANDARD):
        return "nodes join by it"
    if census.is_gone(was.arn):
        return "IAM does not have it any more"
    who = census.find(was.arn)
    if who is not None and who.created is not None and who.created.timestamp() > snapshot.at:
        return "the one of this name that is there now was made after the snapshot"
    return ""


def _come_since(here: Mapping[str, Entry], then: Mapping[str, Entry], snapshot: Snapshot) -> Iterator[str]:
    for arn, entry in here.items():
        if arn in then or entry.type != STANDARD:
            continue
        # In mode CONFIG_MAP there were no entries. Of those that are there now, EKS made the creator's itself, with the change of mode.
        if snapshot.entries is not None or entry.tags.items() >= TAGS.items():
            yield arn


def same(one: Entry, other: Entry) -> bool:
    """Whether two entries give the same to the same."""
    return (one.username, one.type, frozenset(one.groups), _policies(one)) == (
        other.username,
        other.type,
        frozenset(other.groups),
        _policies(other),
    )


def _policies(entry: Entry) -> frozenset[tuple[str, frozenset[str]]]:
    return frozenset((one.policy, frozenset(one.namespaces)) for one in entry.policies)
