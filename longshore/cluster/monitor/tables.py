"""A snapshot in tables, for one look and for the live view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from longshore.answers import Answer, Table
from longshore.cluster.monitor.snapshot import Event, Snapshot

EVENTS = 15
LISTED = 20
"""Rows of pods that aren't well, and of nodes, at most."""


def answer(cluster: str, seen: Snapshot) -> Answer:
    """One look, for a person and for a program."""
    notes = [f"{kind}: not seen: {why}" for kind, why in seen.unseen.items()]
    return Answer(data(cluster, seen), tables(seen), notes)


def tables(seen: Snapshot, events: int = EVENTS) -> list[Table]:
    """Nodes, pods by namespace and state, the pods that aren't well, and the last events."""
    found = []
    if "nodes" not in seen.unseen:
        rows = [(one.name, one.state, one.version, str(one.pods), age(one.created, seen.at)) for one in seen.nodes]
        found.append(_cut(("node", "state", "kubelet", "pods", "age"), rows, "no nodes"))
    states = [
        (namespace, str(sum(counts.values())), ", ".join(f"{count} {state}" for state, count in counts.most_common()))
        for namespace, counts in seen.by_namespace().items()
    ]
    found.append(_cut(("namespace", "pods", "in which state"), states, f"no pods{_within(seen)}"))
    unwell = [
        (one.namespace, one.name, one.state, str(one.restarts), one.node or "-", age(one.created, seen.at))
        for one in seen.pods
        if not one.is_well
    ]
    if unwell:
        found.append(_cut(("namespace", "pod that isn't well", "state", "restarts", "node", "age"), unwell, ""))
    if events:
        last = [_event(one, seen.at) for one in reversed(list(seen.events)[-events:])]
        found.append(Table(("event", "type", "about", "reason", "message"), last, empty=f"no events{_within(seen)}"))
    return found


def _within(seen: Snapshot) -> str:
    return f" in {seen.namespace}" if seen.namespace else ""


def _cut(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], empty: str) -> Table:
    if len(rows) > LISTED:
        rest = (f"... {len(rows) - LISTED + 1} more", *("" for _ in columns[1:]))
        rows = [*rows[: LISTED - 1], rest]
    return Table(columns, rows, empty=empty)


def _event(one: Event, now: datetime) -> tuple[str, ...]:
    place = f"{one.namespace}/" if one.namespace else ""
    often = f" (x{one.count})" if one.count > 1 else ""
    return (f"{age(one.at, now)} ago", one.type, f"{place}{one.about}", one.reason, one.message[:120] + often)


def age(since: datetime | None, now: datetime) -> str:
    """`5 s`, `3 min`, `2 h`, `4 d`."""
    if since is None:
        return "?"
    seconds = max(0, int((now - since).total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def data(cluster: str, seen: Snapshot) -> dict[str, Any]:
    """For a program."""
    return {
        "cluster": cluster,
        "at": seen.at.isoformat(),
        "namespace": seen.namespace or None,
        "nodes": None if "nodes" in seen.unseen else [_plain(asdict(one)) for one in seen.nodes],
        "pods": None if "pods" in seen.unseen else [_plain(asdict(one)) for one in seen.pods],
        "states": {namespace: dict(counts) for namespace, counts in seen.by_namespace().items()},
        "events": None if "events" in seen.unseen else [_plain(asdict(one)) for one in seen.events],
        "unseen": dict(seen.unseen),
    }


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()}
