"""A migration that stops where the test wants it, and goes on when the test lets it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from tests.command import until
from tests.running import Running

if TYPE_CHECKING:
    from tests.live import Live

GATE = 4711
AT_THE_GATE = (
    f"DO $$ BEGIN WHILE NOT pg_try_advisory_xact_lock({GATE}) LOOP PERFORM pg_sleep(0.02); END LOOP; END $$;\n"
)
"""The beginning of a migration that goes on when the test lets it. (A wait inside PostgreSQL would end by lock_timeout.)"""


@contextmanager
def closed(live: Live, database: str = "bank") -> Iterator[Gate]:
    """A migration that begins AT_THE_GATE stops there until the gate is opened, at the latest at the end of the block."""
    connection = live.connect(database)
    try:
        connection.execute("SELECT pg_advisory_lock(%s)", [GATE])
        yield Gate(live, connection)
    finally:
        # No commit: the server may have gone meanwhile.
        connection.close()


@dataclass(frozen=True)
class Gate:
    live: Live
    connection: psycopg.Connection[Any]

    def reached(self, by: Running | None = None) -> int:
        """Wait until a migration stands there; its backend. `by` is the command that is to bring it there."""
        until(lambda: self._standing() or (by and by.process.poll() is not None))
        standing = self._standing()
        assert standing, by.said if by else "nobody came"
        return standing[0]

    def _standing(self) -> list[int]:
        return self.live.backends(f"%DO $$ BEGIN WHILE NOT pg_try_advisory_xact_lock({GATE})%")

    def open(self) -> None:
        self.connection.execute("SELECT pg_advisory_unlock(%s)", [GATE])
