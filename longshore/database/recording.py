"""Who applied which file, when, from which commit: written beside golang-migrate's one number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import longshore
from longshore.database import history
from longshore.database.connection.connect import connect
from longshore.database.files.folder import File, Migrations
from longshore.database.history import Record
from longshore.database.sight import Sight
from longshore.database.state import DatabaseState
from longshore.database.version import number
from longshore.programs.git import commit_of
from longshore.programs.migrate import Applied
from longshore.steps.step import Context, Done, Status, Step, ToDo
from longshore.words import counted

if TYPE_CHECKING:
    from longshore.database.move import Move


class Recording(Step):
    """Write down what this run applied: this process, and an earlier one that was killed before it could. What others applied is theirs."""

    name = "history"
    title = f"History in {history.TABLE}"

    def __init__(self, move: Move) -> None:
        self.sight = move.sight
        self.move = move

    def check(self, run: Context) -> Status:
        seen = self.sight.seen
        if seen.history.note:
            run.report.warn(f"no history is kept: {seen.history.note}")
            return Done("left out")
        files = self._missing(run.planning)
        if not files:
            return Done(counted(len(seen.history.records), "record"))
        return ToDo(f"record who, when, commit and sha256 of {counted(len(files), 'file')}")

    def apply(self, run: Context) -> None:
        _write(self.sight, self._missing(planning=False), self.move.applied, self.sight.seen, run)
        self.sight.look_again()

    def _missing(self, planning: bool) -> list[File]:
        sight = self.sight
        found = sight.start if sight.found is None else sight.found
        # Beyond the way to the target it was others who went.
        on_the_way = min(sight.start, sight.target) <= found <= max(sight.start, sight.target)
        spans = [(sight.start, found)] if on_the_way else []
        if planning:
            spans.append((found, sight.target))
        elif self.move.begun is not None:
            spans.append((self.move.begun, number(sight.seen.version)))
        return [file for start, end in spans for file in missing(sight.migrations, sight.seen, start, end)]


def missing(migrations: Migrations, seen: DatabaseState, start: int, end: int) -> Iterator[File]:
    """The files that lead from one version to another and that the history doesn't have as they are."""
    recorded = seen.history.applied()
    for item in migrations if end >= start else reversed(migrations.items):
        file = item.up if end >= start else item.down
        between = min(start, end) < item.version <= max(start, end)
        if between and file and (item.version in recorded) == (end < start):
            yield file


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
