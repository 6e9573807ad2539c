"""Our own table beside golang-migrate's: which file was applied, when, by whom, from which commit. golang-migrate keeps only one number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from longshore.database.table import Place

if TYPE_CHECKING:
    import psycopg

TABLE = "longshore_migrations"
MOST_ROWS = 20_000
LOCK = 7_305_187_264_902_113
"""An advisory lock of our own: two CREATE TABLE IF NOT EXISTS at once would clash."""

CREATE = """
CREATE TABLE IF NOT EXISTS {} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version bigint NOT NULL,
    direction text NOT NULL CHECK (direction IN ('up', 'down', 'force')),
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL,
    seconds double precision,
    by_whom text NOT NULL,
    "commit" text NOT NULL,
    tool text NOT NULL,
    run text NOT NULL
)
"""
INSERT = """
INSERT INTO {0} (version, direction, name, sha256, applied_at, seconds, by_whom, "commit", tool, run)
SELECT %(version)s, %(direction)s, %(name)s, %(sha256)s, %(applied_at)s, %(seconds)s, %(by_whom)s, %(commit)s, %(tool)s, %(run)s
WHERE NOT EXISTS (
    SELECT FROM {0} AS last
    WHERE last.version = %(version)s AND last.direction = %(direction)s AND last.run = %(run)s
      AND NOT EXISTS (SELECT FROM {0} AS later WHERE later.version = last.version AND later.id > last.id)
)
"""
"""Not where a version's last record says just that: a run that is gone on with writes nothing twice. After others went back, it writes again."""

SELECT = """
SELECT version, direction, name, sha256, applied_at, seconds, by_whom, "commit", tool, run FROM {} ORDER BY id DESC LIMIT %s
"""


@dataclass(frozen=True)
class Record:
    """One file that was applied. `direction` is up, down, or force (only the number was set)."""

    version: int
    direction: str
    name: str
    """The file's name."""
    sha256: str
    applied_at: datetime
    seconds: float | None
    """How long it took; None where the run that applied it was killed before it could tell."""
    by_whom: str
    commit: str
    tool: str
    """This program's version."""
    run: str
    """The run's id, by which a run that is gone on with knows what it has written."""


@dataclass(frozen=True)
class History:
    """The records, oldest first. `note` tells why there are none, where that isn't plain."""

    records: tuple[Record, ...] = ()
    exists: bool = False
    note: str = ""

    def applied(self) -> dict[int, Record]:
        """For each version that is in place by these records, the record of its up file."""
        current: dict[int, Record] = {}
        for record in self.records:
            if record.direction == "up":
                current[record.version] = record
            elif record.direction == "down":
                current.pop(record.version, None)
            else:
                # What was forced past may or may not be there: nobody knows by which file.
                current = {version: kept for version, kept in current.items() if version <= record.version}
        return current


def read(database: psycopg.Connection[Any], schema: str) -> History:
    """The history, at most its last 20,000 records; an absent table and a lacking right are no errors."""
    import psycopg

    try:
        with database.transaction():
            rows = database.execute(Place(schema, TABLE).statement(SELECT), [MOST_ROWS]).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return History()
    except psycopg.errors.InsufficientPrivilege:
        return History(exists=True, note=f"the role may not read {Place(schema, TABLE)}")
    except psycopg.errors.UndefinedColumn:
        return History(exists=True, note=f"{Place(schema, TABLE)} was not made by longshore")
    return History(tuple(Record(*row) for row in reversed(rows)), exists=True)


def add(database: psycopg.Connection[Any], schema: str, records: Iterable[Record]) -> int:
    """Write records, after creating the table where it is absent; returns how many are new.

    `database` must be in autocommit mode. Raises psycopg.Error (no right to create the table).
    """
    place = Place(schema, TABLE)
    rows = [vars(record) for record in records]
    with database.transaction():
        if database.execute("SELECT to_regclass(%s)", [_literal(place)]).fetchone() == (None,):
            database.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            database.execute(place.statement(CREATE))
        with database.cursor() as cursor:
            cursor.executemany(place.statement(INSERT), rows)
            return max(cursor.rowcount, 0)


def _literal(place: Place) -> str:
    return ".".join('"' + name.replace('"', '""') + '"' for name in (place.schema, place.table))
