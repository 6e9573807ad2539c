"""cluster.access: who has what in a cluster, by which path, and what is wrong with it. Reads only."""

from __future__ import annotations

from collections.abc import Sequence

from longshore.answers import Answer, Table
from longshore.cluster.access import snapshots
from longshore.cluster.access.listing import trouble
from longshore.cluster.access.listing.holders import Holder, holders
from longshore.cluster.access.listing.survey import survey
from longshore.cluster.access.snapshots import Snapshot
from longshore.cluster.guard import guards
from longshore.environments.environment import Environment
from longshore.steps.looking import Looking, look
from longshore.steps.report import Reporter
from longshore.words import counted

MOST_SNAPSHOTS, MOST_FAULTS = 10, 40


def access(environment: Environment, report: Reporter) -> Answer:
    """Read everything that can be read. The answer is ok with faults, too: they are told.

    Raises Refused and UsageError as the guards do, and what the reading did where nothing could be read.
    """
    identity, guard = guards(environment)
    look([identity, guard], report)
    seen = survey(Looking(report), guard)
    cluster = guard.cluster
    rows = holders(seen, reads_config_map=cluster.has_config_map)
    found = trouble.find(seen, rows, environment.account_id, reads_config_map=cluster.has_config_map)
    kept = [one for one in snapshots.all_of(environment) if one.cluster == cluster.arn]
    notes = [f"{cluster.arn}: authentication mode {cluster.mode}, {counted(len(rows), 'row')}"]
    notes += [f"fault: {one}" for one in found[:MOST_FAULTS]]
    if len(found) > MOST_FAULTS:
        notes.append(f"and {counted(len(found) - MOST_FAULTS, 'more fault')}: --json has all")
    notes += [f"could not be read: {what}: {error.why or error.what}" for what, error in seen.unread.items()]
    return Answer(
        data={
            "environment": environment.name,
            "cluster": cluster.arn,
            "mode": cluster.mode,
            "access": [row.json() for row in rows],
            "faults": [one.json() for one in found],
            "unread": [{"what": what, "why": error.why or error.what} for what, error in seen.unread.items()],
            "snapshots": [{"id": one.id, "at": snapshots.taken(one), "by": one.by, "mode": one.mode} for one in kept],
        },
        tables=[_table(rows), *_snapshots(kept)],
        notes=notes,
        faults=[str(one) for one in found],
    )


def _table(rows: Sequence[Holder]) -> Table:
    return Table(
        ("who", "path", "in Kubernetes", "may", ""),
        [
            (
                row.who,
                row.path,
                row.username or "-",
                ", ".join(row.access) or "nothing",
                row.beaten and f"NO: {row.beaten}",
            )
            for row in rows
        ],
        empty="nobody is named",
    )


def _snapshots(kept: Sequence[Snapshot]) -> list[Table]:
    if not kept:
        return []
    rows = [(one.id, snapshots.taken(one), one.by) for one in kept[:MOST_SNAPSHOTS]]
    return [Table(("snapshot", "taken", "by"), rows, title="cluster.undo goes back to")]
