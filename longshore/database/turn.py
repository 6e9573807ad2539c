"""One longshore at a time on a database, whichever machine it is on: an advisory lock of ours, beside golang-migrate's own.

A waiting golang-migrate blocks inside PostgreSQL, and a CREATE INDEX CONCURRENTLY of the one that works then deadlocks with it
(golang-migrate issue 960). So nobody waits inside: the lock is tried again and again, and golang-migrate is started once its own lock is free.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longshore.database.advisory import lock_ids, read_holders
from longshore.database.connection.connect import connect
from longshore.database.connection.connection import Connection
from longshore.database.table import Place
from longshore.errors import Refused
from longshore.steps.step import Context

if TYPE_CHECKING:
    import psycopg

TURN = 4_217_530_881
POLL = 0.25


def application() -> str:
    """How our sessions, and those of the golang-migrate that we start, are named in PostgreSQL: others see for whom they wait."""
    return f"longshore {socket.gethostname()} {os.getpid()}"


class Waiting:
    """Waits for others who work on a database, as long as the run may."""

    def __init__(self, connection: Connection, run: Context, env: str) -> None:
        self._connection = connection
        self._run = run
        self._env = env
        self._deadline = time.monotonic() + run.wait

    def for_(self, who: str) -> None:
        """Wait for a moment, saying for whom.

        Raises Refused when the time is over.
        """
        if time.monotonic() >= self._deadline:
            raise Refused(
                "another migration works on the database",
                on=self._connection.address,
                why=f"waited {self._run.wait:g} s for {who}",
                do=(
                    f"inv db.status --env {self._env}, which shows who holds the lock",
                    "--wait SECONDS, to wait longer",
                ),
            )
        self._run.report.progress(f"waiting for {who}")
        self._run.sleep(POLL)


@contextmanager
def turn(
    connection: Connection, ca_file: Path | None, place: Place, run: Context, env: str
) -> Iterator[psycopg.Connection[Any]]:
    """Hold the turn; enter once golang-migrate's own lock is free too. The connection that holds it may be asked. `env` is the
    environment's name, for the commands in an error's text.

    Raises Refused, naming who has it, when the run has waited long enough.
    """
    with connect(connection, ca_file, read_only=False, application=application()) as database:
        waiting = Waiting(connection, run, env)
        while (who := _taken_by(database, connection, place)) is not None:
            waiting.for_(who)
        yield database


def _taken_by(database: psycopg.Connection[Any], connection: Connection, place: Place) -> str | None:
    got = database.execute("SELECT pg_try_advisory_lock(%s)", [TURN]).fetchone()
    if got != (True,):
        return _holder(database)
    holders = read_holders(database, lock_ids(connection.database, place.schema, place.table)).holding
    if not holders:
        return None
    # Not ours to keep while somebody else works.
    database.execute("SELECT pg_advisory_unlock(%s)", [TURN])
    return str(holders[0])


def _holder(database: psycopg.Connection[Any]) -> str:
    row = database.execute(
        "SELECT a.application_name, l.pid FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid"
        " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database()) AND (l.classid::bigint << 32) + l.objid::bigint = %s",
        [TURN],
    ).fetchone()
    return f"{row[0] or 'a session'} (pid {row[1]})" if row else "another longshore"
