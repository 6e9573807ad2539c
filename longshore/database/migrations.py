"""What db.migrate, db.rollback, db.goto and db.force do, as steps."""

from __future__ import annotations

import os

from longshore.database.move import Move
from longshore.database.reach import Reach
from longshore.database.recording import Recording
from longshore.database.sight import EMPTY, Sight, Wish
from longshore.database.snapshot import Snapshot
from longshore.database.wishes import back, exactly, forced, newest
from longshore.environments.environment import Environment
from longshore.errors import Failed
from longshore.programs.migrate import Migrate
from longshore.steps.step import Context, Done, Status, Step, ToDo


def migrate(environment: Environment, to: int | None = None, *, snapshot: bool = True) -> list[Step]:
    """Apply what is pending, up to `to` (None: all)."""
    return _moves(environment, newest(to), snapshot)


def goto(environment: Environment, to: int) -> list[Step]:
    """Go up or down to a version; 0 is the empty one."""
    return _moves(environment, exactly(to), True)


def rollback(environment: Environment, steps: int = 1) -> list[Step]:
    """Go so many versions down."""
    return _moves(environment, back(steps), True)


def force(environment: Environment, to: int) -> list[Step]:
    """Write a version down as clean, running nothing; 0 is the empty one."""
    reach = Reach(environment)
    sight = Sight(reach, forced(to), even_dirty=True)
    return [*reach.steps, sight, Force(sight)]


def _moves(environment: Environment, wish: Wish, snapshot: bool) -> list[Step]:
    reach = Reach(environment)
    sight = Sight(reach, wish)
    move = Move(sight)
    steps: list[Step] = [*reach.steps, sight]
    if snapshot and environment.protected:
        steps.append(
            Snapshot(
                environment,
                needed=lambda: (sight.seen.version or EMPTY) != sight.target,
                host=lambda: reach.connection.host,
                port=lambda: reach.connection.port,
            )
        )
    steps.append(move)
    if environment.migration_history:
        steps.append(Recording(sight, move.applied))
    return steps


class Force(Step):
    """Set golang-migrate's number."""

    name = "force"

    def __init__(self, sight: Sight) -> None:
        self.sight = sight
        self.title = "Set the version by force"
        self._acted = False

    def check(self, run: Context) -> Status:
        seen = self.sight.read() if self._acted else self.sight.seen
        if not seen.dirty and (seen.version or EMPTY) == self.sight.target:
            return Done(f"version {self.sight.target or 'none'}, clean")
        now = f"now: {seen.version or 'none'}{', dirty' if seen.dirty else ''}"
        return ToDo(f"write version {self.sight.target or 'none'} down as clean ({now}); no SQL is run")

    def apply(self, run: Context) -> None:
        from longshore.toolchain import programs

        connection, environment = self.sight.reach.connection, self.sight.environment
        child = connection.child_environment(os.environ, environment.db_ca_file, {"lock_timeout": "10s"})
        path = programs.ensure("migrate", run)
        program = Migrate(path, self.sight.migrations.path, connection.migrate_url(), child, run.keep_open())
        self._acted = True
        outcome = program.force(self.sight.target or None, run.report.line)
        if outcome.code != 0:
            raise Failed(
                "golang-migrate could not set the version",
                on=connection.address,
                why=outcome.error,
                do=f"inv db.status --env {environment.name}",
            )
