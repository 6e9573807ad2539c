"""Who applied which file, when, from which commit: written beside golang-migrate's one number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import longshore
from longshore.database import history
from longshore.database.connect import connect
from longshore.database.files import File
from longshore.database.history import Record
from longshore.database.sight import Sight
from longshore.database.state import DatabaseState
from longshore.database.version import number
from longshore.programs.git import commit_of
from longshore.programs.migrate import Applied
from longshore.steps.step import Context, Done, Status, Step, ToDo


class Recording(Step):
    """Bring our history up to where the database is. `applied` tells how long each file took, where this run applied it."""

    name = "history"
    title = f"History in {history.TABLE}"

    def __init__(self, sight: Sight, applied: Sequence[Applied]) -> None:
        self.sight = sight
        self.applied = applied

    def check(self, run: Context) -> Status:
        seen = self.sight.seen
        if seen.history.note:
            run.report.warn(f"no history is kept: {seen.history.note}")
            return Done("left out")
        end = self.sight.target if run.planning else number(seen.version)
        files = missing(self.sight, seen, end)
        if not files:
            return Done(f"{len(seen.history.records)} records")
        return ToDo(f"record who, when, commit and sha256 of {len(files)} files")

    def apply(self, run: Context) -> None:
        seen = self.sight.seen
        _write(self.sight, missing(self.sight, seen, number(seen.version)), self.applied, seen, run)
        self.sight.look_again()


def missing(sight: Sight, seen: DatabaseState, end: int) -> list[File]:
    """The files between where the run started and `end` that the history doesn't have as they are."""
    recorded = seen.history.applied()
    start = sight.start
    if end >= start:
        versions = [item for item in sight.migrations if start < item.version <= end and item.version not in recorded]
        return [item.up for item in versions if item.up]
    going = [
        item for item in reversed(sight.migrations.items) if end < item.version <= start and item.version in recorded
    ]
    return [item.down for item in going if item.down]


def record_applied(sight: Sight, applied: Sequence[Applied], run: Context) -> None:
    """What a run that failed did apply."""
    if not sight.environment.migration_history or not applied:
        return
    seen = sight.seen
    ran = {(line.version, line.direction) for line in applied}
    files = [file for file in sight.migrations.files() if (file.version, file.direction) in ran]
    if not seen.history.note:
        _write(sight, files, applied, seen, run)


def _write(sight: Sight, files: Sequence[File], applied: Sequence[Applied], seen: DatabaseState, run: Context) -> None:
    took = {(line.version, line.direction): line.seconds for line in applied}
    commit = commit_of(sight.migrations.path)
    now = datetime.now(UTC)
    records = [
        Record(
            version=file.version,
            direction=file.direction,
            name=file.name,
            sha256=file.sha256,
            applied_at=now,
            seconds=took.get((file.version, file.direction)),
            by_whom=sight.reach.who,
            commit=commit,
            tool=f"longshore {longshore.__version__}",
            run=run.id,
        )
        for file in files
    ]
    with connect(
        sight.reach.connection, sight.environment.db_ca_file, read_only=False, env=sight.environment.name
    ) as database:
        history.add(database, seen.place.schema, records)
