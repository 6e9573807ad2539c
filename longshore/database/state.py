"""What is in a database now: version, dirty or not, tables, who holds golang-migrate's lock, what would be in a migration's way. Changes nothing.

golang-migrate's own `version` creates its table and waits behind its lock; this looks at the catalogue instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longshore.database import history
from longshore.database.advisory import LockHolders, Session, lock_ids, read_holders, session
from longshore.database.connection.connect import connect
from longshore.database.connection.connection import Connection
from longshore.database.table import Place, read_place
from longshore.errors import Failed

if TYPE_CHECKING:
    import psycopg

LONG_SECONDS = 60
"""A transaction older than this is in the way of DDL, which waits for it while all others wait behind the DDL."""

TABLES = """
SELECT n.nspname, c.relname,
       CASE WHEN c.relkind = 'p' THEN (SELECT coalesce(sum(greatest(s.n_live_tup, 0)), 0) FROM pg_inherits i
                                       JOIN pg_stat_user_tables s ON s.relid = i.inhrelid WHERE i.inhparent = c.oid)
            WHEN c.reltuples < 0 THEN coalesce(t.n_live_tup, 0)
            ELSE greatest(c.reltuples, coalesce(t.n_live_tup, 0)) END::bigint
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_user_tables t ON t.relid = c.oid
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
"""

TRANSACTIONS = """
SELECT pid, usename, application_name, client_addr::text, xact_start, state, query FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND datname = current_database()
  AND ((backend_type = 'client backend' AND (xact_start < now() - make_interval(secs => %s) OR state LIKE 'idle in transaction%%'))
       OR (backend_type = 'autovacuum worker' AND query LIKE '%%to prevent wraparound%%'))
ORDER BY xact_start
"""

INVALID = """
SELECT n.nspname, i.relname, t.relname, EXISTS (SELECT 1 FROM pg_stat_progress_create_index p WHERE p.index_relid = i.oid)
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_namespace n ON n.oid = i.relnamespace
WHERE NOT x.indisvalid AND i.relkind = 'i' ORDER BY 1, 2
"""


@dataclass(frozen=True)
class TableRows:
    """A table and how many rows PostgreSQL estimates that it has."""

    schema: str
    name: str
    rows: int


@dataclass(frozen=True)
class InvalidIndex:
    """An index that a failed CREATE INDEX CONCURRENTLY left behind; `building` is true while its command still runs."""

    schema: str
    name: str
    table: str
    building: bool


@dataclass(frozen=True)
class DatabaseState:
    """What was seen, at one moment."""

    server_version: str
    """As PostgreSQL says it: `18.6`."""
    server_version_num: int
    """`180006`."""
    database: str
    role: str
    read_at: datetime
    is_replica: bool
    pooler: bool
    """A pooler stands between (its backend's pid isn't the one that the server told at the start): it breaks golang-migrate's lock."""
    place: Place
    """Where golang-migrate keeps its version."""
    has_table: bool
    version: int | None
    """None: the empty version (no table, no row, or golang-migrate's -1)."""
    dirty: bool
    tables: tuple[TableRows, ...]
    lock: LockHolders
    long_transactions: tuple[Session, ...]
    invalid_indexes: tuple[InvalidIndex, ...]
    history: history.History
    """What our own table tells; empty where it isn't there."""


def read_state(connection: Connection, ca_file: Path | None = None, *, env: str = "") -> DatabaseState:
    """Look at a database, in one read-only transaction.

    Raises CannotConnect; Failed where the role may not read golang-migrate's table.
    """
    with connect(connection, ca_file, env=env) as database:
        return look(database, connection)


def look(database: psycopg.Connection[Any], connection: Connection) -> DatabaseState:
    """The same over an open connection."""
    row = database.execute(
        "SELECT current_setting('server_version'), current_setting('server_version_num')::int, current_database(), current_user,"
        " pg_is_in_recovery(), pg_backend_pid(), now()"
    ).fetchone()
    assert row is not None
    version_text, version_number, name, role, is_replica, backend, now = row
    place = read_place(database, connection)
    has_table, version, dirty = _version(database, place, connection)
    holders = read_holders(database, lock_ids(name, place.schema, place.table))
    held = {session.pid for session in holders.holding}
    return DatabaseState(
        server_version=version_text.split(" ")[0],
        server_version_num=version_number,
        database=name,
        role=role,
        read_at=now,
        is_replica=is_replica,
        pooler=database.info.backend_pid != backend,
        place=place,
        has_table=has_table,
        version=version,
        dirty=dirty,
        tables=tuple(TableRows(*table) for table in database.execute(TABLES)),
        lock=holders,
        # Who holds the lock is told already.
        long_transactions=tuple(
            session(*found) for found in database.execute(TRANSACTIONS, [LONG_SECONDS]) if found[0] not in held
        ),
        invalid_indexes=tuple(InvalidIndex(*found) for found in database.execute(INVALID)),
        history=history.read(database, place.schema),
    )


def _version(database: psycopg.Connection[Any], place: Place, connection: Connection) -> tuple[bool, int | None, bool]:
    import psycopg

    try:
        with database.transaction():
            rows = database.execute(place.statement("SELECT version, dirty FROM {} LIMIT 2")).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return False, None, False
    except psycopg.errors.InsufficientPrivilege as error:
        raise Failed(
            f"the role {connection.user} may not read {place}",
            on=connection.address,
            why=str(error).splitlines()[0],
            do=f"GRANT SELECT ON {place} TO {connection.user}, as its owner",
        ) from None
    except psycopg.errors.UndefinedColumn:
        raise Failed(
            f"{place} is not golang-migrate's table",
            on=connection.address,
            why="it has no columns version and dirty (another tool, such as Rails, has a table of this name)",
            do=f"write x-migrations-table=NAME in {connection.key}",
        ) from None
    if len(rows) > 1:
        raise Failed(
            f"{place} has more than one row",
            on=connection.address,
            why="golang-migrate keeps exactly one",
            do=f"TABLE {place}",
        )
    if not rows:
        return True, None, False
    version, dirty = rows[0]
    return True, None if version < 0 else version, dirty
