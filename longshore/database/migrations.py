"""What db.migrate, db.rollback, db.goto and db.force do, as steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from longshore.database.force import Force
from longshore.database.move import Move
from longshore.database.rds.snapshot import Snapshot
from longshore.database.reach import Reach
from longshore.database.recording import Recording
from longshore.database.sight import Sight, Wish
from longshore.database.version import number
from longshore.database.wishes import back, exactly, forced, newest
from longshore.environments.environment import Environment
from longshore.steps.step import Step

if TYPE_CHECKING:
    from longshore.secrets.read import ReadSecret


def migrate(
    environment: Environment, to: int | None = None, *, snapshot: bool = True, secret: ReadSecret | None = None
) -> list[Step]:
    """Apply what is pending, up to `to` (None: all). `secret`: the step that reads it, where it has a place in the run already."""
    return _moves(environment, newest(to, environment.name), snapshot, secret)


def goto(environment: Environment, to: int) -> list[Step]:
    """Go up or down to a version; 0 is the empty one."""
    return _moves(environment, exactly(to, environment.name), True)


def rollback(environment: Environment, steps: int = 1) -> list[Step]:
    """Go so many versions down."""
    return _moves(environment, back(steps, environment.name), True)


def force(environment: Environment, to: int) -> list[Step]:
    """Write a version down as clean, running nothing; 0 is the empty one."""
    reach = Reach(environment)
    sight = Sight(reach, forced(to, environment.name), even_dirty=True)
    return [*reach.steps, sight, Force(sight, lambda: sight.target)]


def _moves(environment: Environment, wish: Wish, snapshot: bool, secret: ReadSecret | None = None) -> list[Step]:
    reach = Reach(environment, secret)
    sight = Sight(reach, wish)
    move = Move(sight)
    steps: list[Step] = [*reach.steps, sight]
    if snapshot and environment.protected:
        steps.append(
            Snapshot(
                environment,
                needed=lambda: number(sight.seen.version) != sight.target,
                host=lambda: reach.connection.host,
                port=lambda: reach.connection.port,
            )
        )
    steps.append(move)
    if environment.migration_history:
        steps.append(Recording(move))
    return steps
