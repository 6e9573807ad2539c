"""What sandbox.status answers: each server, asked."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from longshore.answers import Answer, Table
from longshore.environments.environment import Environment
from longshore.sandbox import health, kept, processes, settings
from longshore.sandbox.cluster import programs
from longshore.sandbox.kept import Kept
from longshore.sandbox.layout import Layout
from longshore.sandbox.processes import Recorded
from longshore.sandbox.running import Running
from longshore.sandbox.settings import Settings


@dataclass(frozen=True)
class Row:
    """A server and how it is. `fault` is empty when it answered."""

    name: str
    pid: int
    port: int
    since: float
    fault: str


def status(environment: Environment) -> Answer:
    """Each server of this project's sandbox: process, port, since when, and whether it answers. Not ok when one doesn't, or when none runs.

    The parts of a cluster's control plane are servers of their own, `eks-CLUSTER.PART`.
    """
    layout = Layout.of(environment)
    wishes, keep = settings.read(layout), kept.load(layout)
    rows = _rows(layout, wishes, keep) if wishes and keep else []
    running = Running.read(layout)
    missing = _missing(wishes, rows) if wishes and rows else ""
    up = running is not None and bool(rows) and not any(row.fault for row in rows) and not missing
    data = {
        "up": up,
        "endpoint": running.endpoint if running else None,
        "account": wishes.account_id if wishes else None,
        "region": wishes.region if wishes else None,
        "state": str(layout.folder),
        "servers": [
            {"name": row.name, "pid": row.pid, "port": row.port, "since": row.since, "ok": not row.fault, "fault": row.fault or None}
            for row in rows
        ],
    }  # fmt: skip
    table = Table(
        ("server", "process", "address", "since", "health"),
        [(row.name, str(row.pid), f"127.0.0.1:{row.port}", _ago(row.since), row.fault or "answers") for row in rows],
        empty="the sandbox does not run",
    )
    notes = [f"plays account {wishes.account_id}, region {wishes.region}"] if wishes and rows else []
    if missing:
        notes.append(missing)
    return Answer(data, [table], notes=notes if up else [*notes, "next: inv sandbox.up"], ok=up)


def _rows(layout: Layout, wishes: Settings, keep: Kept) -> list[Row]:
    rows = []
    for one in processes.recorded(layout):
        if one.name == processes.SUPERVISOR:
            # The supervisor serves AWS itself.
            name, port = "aws", keep.ports.get("aws", 0)
        else:
            name, port = one.name, one.port
        fault = _fault(one, layout, wishes, keep) if one.server.alive() else "its process was killed"
        rows.append(Row(name, one.pid, port, one.since, fault))
    return sorted(rows, key=_place)


def _place(row: Row) -> tuple[int, str, int]:
    """AWS, PostgreSQL, the instances of RDS, then each cluster's parts in the order in which they need one another."""
    if (part := processes.part_of(row.name)) is not None:
        order = [program.name for program in programs.ALL]
        return 2, part[0], order.index(part[1]) if part[1] in order else len(order)
    return (0, "", 0) if row.name == "aws" else (1, row.name, 0)


def _missing(wishes: Settings, rows: Sequence[Row]) -> str:
    """What is wished for and has no process, or nothing."""
    clusters = {part[0] for row in rows if (part := processes.part_of(row.name)) is not None}
    return "" if wishes.cluster in ("", *clusters) else f"the cluster {wishes.cluster} does not run"


def _fault(one: Recorded, layout: Layout, wishes: Settings, keep: Kept) -> str:
    if one.name == processes.SUPERVISOR:
        return health.fault_of_aws(wishes, keep)
    if one.name == "postgres":
        return health.fault_of_postgres(wishes, keep)
    if (part := processes.part_of(one.name)) is not None:
        return health.fault_of_part(layout, *part, one.port)
    if one.name == processes.REGISTRY:
        return health.fault_of_registry(one.port)
    return health.fault_of_instance(one.port)


def _ago(since: float) -> str:
    seconds = max(0, int(time.time() - since))
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    age = f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{seconds} s"
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(since))} ({age})"
