"""golang-migrate's advisory lock: which number it is, who holds it and who waits for it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

SALT = 1486364155
"""database/util.go, GenerateAdvisoryLockId."""

LITERAL = re.compile(r"'(?:[^']|'')*'?|\$(\w*)\$.*?(?:\$\1\$|\Z)", re.S)
LONGEST_QUERY = 100

HOLDERS = """
SELECT l.pid, l.granted, a.application_name, a.usename, a.client_addr::text, a.backend_start, a.state, a.query, a.query_start
FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.classid = 0 AND l.objsubid = 1 AND l.objid::bigint = ANY(%s)
ORDER BY l.granted DESC, a.backend_start
"""


@dataclass(frozen=True)
class Session:
    """A backend, as pg_stat_activity shows it. What the role may not see is empty."""

    pid: int
    user: str
    application: str
    client: str
    """The client's address; empty over a socket."""
    since: datetime | None
    """When it connected, or, for a transaction, when that began."""
    state: str
    query: str
    """The beginning of its current or last statement; its literals are masked."""

    def __str__(self) -> str:
        who = " ".join(word for word in (self.application or "session", f"of {self.user}" if self.user else "") if word)
        return f"{who} (pid {self.pid}" + (f", {self.state}" if self.state else "") + ")"


@dataclass(frozen=True)
class LockHolders:
    """Who holds golang-migrate's lock now, and who waits for it."""

    holding: tuple[Session, ...] = ()
    waiting: tuple[Session, ...] = ()


def lock_id(database: str, schema: str, table: str) -> int:
    """The number of golang-migrate's lock.

    `database` is as golang-migrate has it: the *path* of its URL, `/bank`, or the bare name where the URL has no path.
    """
    return zlib.crc32("\0".join((schema, table, database)).encode()) * SALT % 2**32


def lock_ids(database: str, schema: str, table: str) -> list[int]:
    """Each number that a golang-migrate on this database may use, whichever way its URL names it."""
    return [lock_id(name, schema, table) for name in (f"/{database}", database, "/")]


def read_holders(connection: psycopg.Connection[Any], ids: Sequence[int]) -> LockHolders:
    """Who holds and who waits, from pg_locks."""
    rows = connection.execute(HOLDERS, [list(ids)]).fetchall()
    sessions = [(row[1], session(row[0], row[3], row[2], row[4], row[5], row[6], row[7])) for row in rows]
    return LockHolders(
        tuple(s for granted, s in sessions if granted), tuple(s for granted, s in sessions if not granted)
    )


def session(
    pid: int,
    user: str | None,
    application: str | None,
    client: str | None,
    since: datetime | None,
    state: str | None,
    query: str | None,
) -> Session:
    """A row of pg_stat_activity, without what may be secret in its statement."""
    return Session(pid, user or "", application or "", client or "", since, state or "", shown(query or ""))


def shown(query: str) -> str:
    """A statement's beginning on one line, with its literals masked: they may be anyone's data."""
    flat = " ".join(LITERAL.sub("'…'", query).split())
    return flat if len(flat) <= LONGEST_QUERY else flat[: LONGEST_QUERY - 1] + "…"
