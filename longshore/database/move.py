"""Go to a version: golang-migrate does it, a line per file, and the database is asked afterwards where it stands."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from longshore.database import recording
from longshore.database.connection.connect import CannotConnect
from longshore.database.files.folder import File
from longshore.database.sight import Sight
from longshore.database.state import DatabaseState
from longshore.database.turn import application, turn
from longshore.database.version import EMPTY, number, shown
from longshore.errors import Failed, Interrupted
from longshore.programs import migrate
from longshore.programs.migrate import Migrate, Outcome
from longshore.steps.step import Context, Done, Status, Step, ToDo
from longshore.words import counted

LOCK_TIMEOUT = "10s"
"""How long a statement of a migration waits for a table's lock: behind it, all other users of the table wait too."""

MOST_LISTED = 40
VIEW = "migrations-"
COMPLAINT = "complaint of golang-migrate"
"""The note of the journal from which db.repair later knows what went wrong."""
DETAIL = re.compile(r"\(details: pq: (?P<said>.*?)\)\s*\Z", re.DOTALL)
LINE = re.compile(r"(?:\(column (?P<column>\d+)\) )?in line (?P<line>\d+): ")


class Move(Step):
    """Bring the database to the target that `sight` decided. `applied` is what golang-migrate ran, `begun` the version at which it began."""

    name = "migrate"

    def __init__(self, sight: Sight) -> None:
        self.sight = sight
        self.title = f"Migrate the database of {sight.environment.name}"
        self.applied: list[migrate.Applied] = []
        self.begun: int | None = None

    def check(self, run: Context) -> Status:
        seen = self.sight.seen
        if seen.dirty:
            return ToDo(f"version {seen.version} is dirty")
        if number(seen.version) == self.sight.target:
            return Done(f"version {shown(self.sight.target)}")
        return ToDo(*_listed(self.files(number(seen.version))))

    def facts(self) -> Mapping[str, str]:
        return {"version of the database": shown(number(self.sight.seen.version))}

    def files(self, current: int) -> list[File]:
        """The files to run from `current`, in their order."""
        target, migrations = self.sight.target, self.sight.migrations
        if target >= current:
            return [item.up for item in migrations if current < item.version <= target and item.up]
        return [item.down for item in reversed(migrations.items) if target < item.version <= current and item.down]

    def apply(self, run: Context) -> None:
        from longshore.toolchain import programs

        path = programs.ensure("migrate", run)
        connection, environment = self.sight.reach.connection, self.sight.environment
        with turn(connection, environment.db_ca_file, self.sight.seen.place, run, environment.name) as database:
            # Whoever had the turn before may have done it all, or failed.
            self.sight.look_again(database)
            self.sight.judge(run)
            self.begun = number(self.sight.seen.version)
            files = self.files(self.begun)
            if self.begun == self.sight.target:
                return
            with self._folder(environment.state) as folder:
                program = Migrate(path, folder, connection.migrate_url(), self._variables(), run.keep_open())
                outcome = self._go(program, self.begun, _Listener(run, len(files)))
        self.applied += outcome.applied
        self._judge(outcome, files, run)

    def _variables(self) -> dict[str, str]:
        connection = self.sight.reach.connection
        # A statement's wait for a lock is bounded, unless the URL says how itself.
        settings = {} if "lock_timeout" in connection.settings else {"lock_timeout": LOCK_TIMEOUT}
        variables = connection.child_environment(os.environ, self.sight.environment.db_ca_file, settings)
        return {"PGAPPNAME": application()} | variables

    def _go(self, program: Migrate, current: int, say: migrate.Say) -> Outcome:
        if self.sight.target > current:
            return program.up(say)
        if self.sight.target == EMPTY:
            return program.down_all(say)
        return program.goto(self.sight.target, say)

    @contextmanager
    def _folder(self, state: Path) -> Iterator[Path]:
        """The folder to migrate from: one that ends at the target, so that `up` can't go past it whoever else migrates meanwhile."""
        migrations, target = self.sight.migrations, self.sight.target
        going_up = target > number(self.sight.seen.version)
        if not going_up or target == migrations.last:
            yield migrations.path
            return
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in state.glob(f"{VIEW}*"):
            # By a run that was killed: whoever holds the database's lock is alone here.
            shutil.rmtree(left, ignore_errors=True)
        view = Path(tempfile.mkdtemp(prefix=VIEW, dir=state))
        try:
            for file in migrations.files():
                if file.version <= target:
                    (view / file.name).symlink_to(file.path.absolute())
            yield view
        finally:
            shutil.rmtree(view)

    def _judge(self, outcome: Outcome, files: list[File], run: Context) -> None:
        """What golang-migrate says is no proof either way: the database is.

        Raises Failed or Interrupted, after the history has what was applied.
        """
        seen = self._after(outcome, run)
        if not seen.dirty and number(seen.version) == self.sight.target and not outcome.interrupted:
            return
        recording.record_applied(self.sight, self.applied, run)
        name = self.sight.environment.name
        count = f"{len(outcome.applied)} of {counted(len(files), 'file')} applied"
        if seen.dirty:
            kind = Interrupted if outcome.interrupted else Failed
            raise kind(
                f"{self._failed_file(seen, files)} did not finish: version {seen.version} is dirty",
                on=self.sight.reach.connection.address,
                why=explain(outcome.error) or "golang-migrate was ended in the middle of it",
                do=f"inv db.repair --env {name}",
            )
        if outcome.interrupted:
            raise Interrupted("interrupted", why=f"{count}; version {shown(seen.version)} is clean")
        raise Failed(
            f"golang-migrate stopped at version {shown(seen.version)}",
            on=self.sight.reach.connection.address,
            why=f"{explain(outcome.error) or 'it gave no reason'}; {count}",
            do=f"inv db.status --env {name}",
        )

    def _after(self, outcome: Outcome, run: Context) -> DatabaseState:
        if outcome.error:
            run.keep(COMPLAINT, outcome.error)
        try:
            return self.sight.look_again()
        except CannotConnect as error:
            name = self.sight.environment.name
            kind = Interrupted if outcome.interrupted else Failed
            raise kind(
                f"the database went away, and how far the migration came can't be seen: {error.what}",
                on=self.sight.reach.connection.address,
                why=explain(outcome.error) or error.why,
                do=f"inv db.status --env {name}, once the database is back",
            ) from None

    def _failed_file(self, seen: DatabaseState, files: list[File]) -> str:
        # A failed down file leaves the version that it was going to.
        above = self.sight.migrations.following(seen.version)
        wanted = {("up", seen.version), ("down", above)}
        return next(
            (file.name for file in files if (file.direction, file.version) in wanted), f"version {seen.version}"
        )


class _Listener:
    """Passes on what golang-migrate says, and counts its files."""

    def __init__(self, run: Context, total: int) -> None:
        self._run = run
        self._total = total
        self._done = 0
        run.report.progress("migrating", 0, total)

    def __call__(self, line: str) -> None:
        self._run.report.line(line)
        if migrate.applied(line):
            self._done += 1
            self._run.report.progress("migrating", self._done, self._total)


def explain(error: str) -> str:
    """golang-migrate's complaint without the text of the whole file, which it repeats: `relation "x" already exists (line 3)`."""
    if "can't acquire database lock" in error or "timeout: can't acquire" in error:
        return "another golang-migrate holds its lock"
    detail, line = DETAIL.search(error), LINE.search(error)
    if detail is None:
        return error.splitlines()[0] if error else ""
    column = f", column {line['column']}" if line and line["column"] else ""
    where = f" (line {line['line']}{column})" if line and column else ""
    return detail["said"].strip() + where


def _listed(files: list[File]) -> list[str]:
    lines = [f"{file.name}  sha256 {file.sha256[:12]}" for file in files[:MOST_LISTED]]
    return lines + ([f"and {len(files) - MOST_LISTED} more files"] if len(files) > MOST_LISTED else [])
