"""Set golang-migrate's number, running nothing."""

from __future__ import annotations

import os
from collections.abc import Callable

from longshore.database.sight import Sight
from longshore.database.state import DatabaseState
from longshore.database.turn import turn
from longshore.database.version import EMPTY, number, shown
from longshore.errors import Failed, Refused
from longshore.programs.migrate import Migrate
from longshore.steps.step import Context, Done, Status, Step, ToDo


class Force(Step):
    """Write a version down as clean. `target` is asked when the step looks: None where there is nothing to set."""

    name = "force"
    title = "Set the version by force"

    def __init__(self, sight: Sight, target: Callable[[], int | None]) -> None:
        self.sight = sight
        self._target = target

    def check(self, run: Context) -> Status:
        target = self._target()
        if target is None:
            return Done("nothing to set")
        seen = self.sight.seen
        if not seen.dirty and number(seen.version) == target:
            return Done(f"version {shown(target)}, clean")
        return ToDo(f"write version {shown(target)} down as clean (now: {_state(seen)}); no SQL is run")

    def apply(self, run: Context) -> None:
        from longshore.toolchain import programs

        connection, environment = self.sight.reach.connection, self.sight.environment
        child = connection.child_environment(os.environ, environment.db_ca_file, {"lock_timeout": "10s"})
        target = self._target()
        path = programs.ensure("migrate", run)
        program = Migrate(path, self.sight.migrations.path, connection.migrate_url(), child, run.keep_open())
        planned = self.sight.seen
        with turn(connection, environment.db_ca_file, planned.place, run, environment.name) as database:
            found = self.sight.look_again(database)
            if (found.version, found.dirty) != (planned.version, planned.dirty):
                raise Refused(
                    "the database has changed since the plan was made, nothing was done",
                    on=connection.address,
                    why=f"it was at version {_state(planned)}, and is at version {_state(found)}",
                    do=f"inv db.status --env {environment.name}",
                )
            outcome = program.force(None if target == EMPTY else target, run.report.line)
        self.sight.look_again()
        if outcome.code != 0:
            raise Failed(
                "golang-migrate could not set the version",
                on=connection.address,
                why=outcome.error,
                do=f"inv db.status --env {environment.name}",
            )


def _state(seen: DatabaseState) -> str:
    return f"{shown(seen.version)}{', dirty' if seen.dirty else ''}"
