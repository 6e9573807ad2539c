"""Look before acting: where the database stands, which files there are, and what forbids going on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longshore.database.files.folder import Migrations, read_folder
from longshore.database.reach import Reach
from longshore.database.state import DatabaseState, look, read_state
from longshore.database.turn import Waiting
from longshore.database.version import EMPTY, number, shown
from longshore.environments.environment import Environment
from longshore.errors import Refused, UsageError
from longshore.steps.step import Context, Done, Look, Status
from longshore.words import counted

if TYPE_CHECKING:
    import psycopg

Wish = Callable[[Context, DatabaseState, Migrations], int]
"""Turns what is wished into the version to reach."""


def folder(environment: Environment) -> Path:
    """The environment's folder of migrations. Raises UsageError where none is named."""
    if environment.migrations is None:
        raise UsageError(
            f"{environment.name} names no migrations", on="MIGRATIONS", do="put MIGRATIONS=FOLDER into env/base.env"
        )
    return environment.migrations


class Sight(Look):
    """Reads version, files and what stands in the way; decides the absolute target.

    `seen` (the newest look), `migrations`, `start` and `target` are there once it has looked. `start` is the version at which the run began,
    `found` the one at which this process met it. `even_dirty`: a dirty database is no reason to refuse.
    """

    name = "state"

    def __init__(self, reach: Reach, wish: Wish, *, even_dirty: bool = False) -> None:
        self.reach = reach
        self.environment = reach.environment
        self.wish = wish
        self.even_dirty = even_dirty
        self.title = f"State of the database of {self.environment.name}"
        self.seen: DatabaseState
        self.migrations: Migrations
        self.start = EMPTY
        self.found: int | None = None
        self.target = EMPTY
        self._warned: set[str] = set()

    def check(self, run: Context) -> Status:
        self.migrations = read_folder(folder(self.environment))
        self._refuse_faults()
        self._look(run)
        self._warn(run)
        self.judge(run)
        return Done(self.describe())

    def facts(self) -> Mapping[str, str]:
        files = list(self.migrations.files())
        whole = hashlib.sha256("".join(f"{file.name} {file.sha256}\n" for file in files).encode()).hexdigest()
        return {
            "database": self.reach.connection.address,
            "migrations": f"{counted(len(files), 'file')}, sha256 {whole[:12]}",
            **{file.name: f"sha256 {file.sha256[:12]}" for file in files},
        }

    def judge(self, run: Context) -> None:
        """Decide the target from what was seen. Raises Refused and UsageError for what forbids to go on."""
        self._refuse()
        self.start = run.target("from", lambda: number(self.seen.version), relative=True)
        self.found = number(self.seen.version) if self.found is None else self.found
        self.target = self.wish(run, self.seen, self.migrations)

    def look_again(self, database: psycopg.Connection[Any] | None = None) -> DatabaseState:
        """Read the state anew into `seen`: who has changed the database does this before anybody judges it."""
        connection, environment = self.reach.connection, self.environment
        self.seen = (
            look(database, connection)
            if database
            else read_state(connection, environment.db_ca_file, env=environment.name)
        )
        return self.seen

    def _look(self, run: Context) -> None:
        # golang-migrate marks the version dirty while it works on it: what looks broken may be somebody's migration that runs.
        waiting = Waiting(self.reach.connection, run, self.environment.name)
        was_free = False
        while self.look_again().dirty and not self.even_dirty:
            holding = self.seen.lock.holding
            if not holding and was_free:
                return
            # The lock is read after the version: free now, the version may have become clean before.
            was_free = not holding
            if holding:
                waiting.for_(str(holding[0]))

    def describe(self) -> str:
        pending = len(self.migrations.pending(self.seen.version))
        dirty = ", dirty" if self.seen.dirty else ""
        at = f"{self.reach.connection.address}, PostgreSQL {self.seen.server_version}"
        return f"version {shown(self.seen.version)}{dirty}, {pending} pending ({at})"

    def _refuse_faults(self) -> None:
        errors = [fault for fault in self.migrations.faults if fault.level == "error"]
        if errors:
            more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
            raise UsageError(
                "the migration files are not in order",
                on=str(self.migrations.path),
                why=errors[0].text + more,
                do=errors[0].do or "inv db.lint",
            )

    def _warn(self, run: Context) -> None:
        seen = self.seen
        lines = [f"a long transaction will be in the way of DDL: {session}" for session in seen.long_transactions]
        lines += [f"golang-migrate's lock is held by {session}" for session in seen.lock.holding]
        lines += [
            f"index {index.schema}.{index.name} is INVALID" for index in seen.invalid_indexes if not index.building
        ]
        lines += [
            f"{name} is below the database's version {seen.version} and not in its history: golang-migrate passes over it"
            for name in self._passed_over()
        ]
        lines += [note] if (note := self.reach.connection.tls(self.environment.db_ca_file).note) else []
        for line in lines:
            if line not in self._warned:
                self._warned.add(line)
                run.report.warn(line)

    def _passed_over(self) -> list[str]:
        # Before the first record nobody knows what was applied.
        applied = self.seen.history.applied()
        return [
            item.up.name
            for item in self.migrations
            if applied
            and min(applied) < item.version < number(self.seen.version)
            and item.version not in applied
            and item.up
        ]

    def _refuse(self) -> None:
        seen, name = self.seen, self.environment.name
        where = self.reach.connection.address
        if seen.is_replica:
            raise Refused(
                "this is a read replica", on=where, why="it can't be changed", do="use the primary's endpoint"
            )
        if seen.pooler:
            raise Refused(
                "a connection pooler stands between",
                on=where,
                why="golang-migrate's lock does not hold through it",
                do="use the database's direct endpoint",
            )
        if self.even_dirty:
            return
        if seen.dirty:
            raise Refused(
                f"the database is dirty at version {seen.version}",
                on=where,
                why="a migration did not finish; nothing was done now",
                do=f"inv db.repair --env {name}",
            )
        if seen.version is not None and self.migrations.get(seen.version) is None:
            raise Refused(
                f"the database is at version {seen.version}, which no file has",
                on=str(self.migrations.path),
                why="it was migrated from another branch or commit",
                do="check out the commit that has it (inv db.status shows which applied it)",
            )
