from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from longshore.database.advisory import lock_id, shown
from longshore.database.connection.url import Connection
from longshore.database.state import DatabaseState, read_state
from longshore.errors import Failed
from tests.database.pooler import pooler
from tests.database.servers import MigrateProgram, TestServer, free_port, until, write

INIT = {"1_init.up.sql": "CREATE TABLE accounts (id bigserial PRIMARY KEY);", "1_init.down.sql": "DROP TABLE accounts;"}
pytestmark = pytest.mark.integration


def state(postgres: TestServer, database: str, query: str = "sslmode=disable", user: str = "root") -> DatabaseState:
    return read_state(postgres.connection(database, query, user))


def test_an_empty_database(postgres: TestServer, database: str) -> None:
    seen = state(postgres, database)
    assert (seen.version, seen.dirty, seen.has_table, seen.tables) == (None, False, False, ())
    assert seen.server_version_num // 10000 == int(seen.server_version.split(".")[0]) >= 15
    assert (seen.database, seen.role, seen.pooler, seen.is_replica) == (database, "root", False, False)
    assert str(seen.place) == "public.schema_migrations"
    assert (seen.lock.holding, seen.lock.waiting, seen.long_transactions, seen.invalid_indexes) == ((), (), (), ())
    with postgres.connect(database) as opened:
        assert opened.execute("SELECT to_regclass('schema_migrations')").fetchone() == (None,)


def test_looking_never_waits_behind_the_lock_and_tells_who_holds_it(
    postgres: TestServer, database: str, migrate: MigrateProgram, tmp_path: Path
) -> None:
    folder = write(tmp_path / "m", {**INIT, "2_slow.up.sql": "SELECT pg_sleep(600);"})
    running = migrate.start(postgres.connection(database, "sslmode=disable&application_name=ci-job-7"), folder, "up")
    try:
        seen = until(lambda: (now := state(postgres, database)).version == 2 and now)
        assert seen.dirty
        holder = until(lambda: state(postgres, database).lock.holding)[0]
        assert (holder.user, holder.application, holder.state) == ("root", "ci-job-7", "active")
        assert holder.query == "SELECT pg_sleep(600);"
        assert str(holder) == f"ci-job-7 of root (pid {holder.pid}, active)"
        second = migrate.start(postgres.connection(database), folder, "up")
        try:
            waiting = until(lambda: state(postgres, database).lock.waiting)
            assert len(waiting) == 1 and waiting[0].pid != holder.pid
        finally:
            second.kill()
            second.communicate()
        # The program dies; its backend goes on and keeps the lock.
        running.kill()
        running.communicate()
        assert state(postgres, database).lock.holding[0].pid == holder.pid
    finally:
        running.kill()
        running.communicate()
        with postgres.connect() as admin:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
    until(lambda: not state(postgres, database).lock.holding)
    assert state(postgres, database).dirty


@pytest.mark.parametrize(
    ("query", "place", "schema"),
    [
        ("x-migrations-table=my_versions", "public.my_versions", ""),
        ("search_path=app,public", "app.schema_migrations", "app"),
        ("x-migrations-table=%22ops%22.%22Versions%22&x-migrations-table-quoted=true", 'ops."Versions"', "ops"),
        ("x-migrations-table=%22Only%22&x-migrations-table-quoted=1&search_path=app", 'app."Only"', "app"),
        ("x-migrations-table=a.b", 'public."a.b"', ""),
    ],
)
def test_the_version_is_looked_for_where_migrate_keeps_it(
    postgres: TestServer, database: str, migrate: MigrateProgram, tmp_path: Path, query: str, place: str, schema: str
) -> None:
    if schema:
        with postgres.connect(database) as opened:
            opened.execute(f"CREATE SCHEMA {schema}")
    connection = postgres.connection(database, f"sslmode=disable&{query}")
    assert migrate(connection, write(tmp_path / "m", INIT), "up").returncode == 0
    seen = read_state(connection)
    assert (str(seen.place), seen.version, seen.dirty, seen.has_table) == (place, 1, False, True)


def test_the_lock_has_the_number_that_migrate_uses(
    postgres: TestServer, database: str, migrate: MigrateProgram, tmp_path: Path
) -> None:
    folder = write(tmp_path / "m", INIT)
    with postgres.connect(database) as holder:
        holder.execute("SELECT pg_advisory_lock(%s)", [lock_id(f"/{database}", "public", "schema_migrations")])
        hung = migrate.start(postgres.connection(database), folder, "version")
        try:
            assert until(lambda: state(postgres, database).lock.waiting)
            assert len(state(postgres, database).lock.holding) == 1
            ended = migrate(postgres.connection(database), folder, "up", settings={"lock_timeout": "200ms"})
            assert ended.returncode == 1 and "canceling statement due to lock timeout" in ended.stderr
        finally:
            hung.kill()
            hung.communicate()


def test_migrates_empty_versions_are_none(
    postgres: TestServer, database: str, migrate: MigrateProgram, tmp_path: Path
) -> None:
    connection = postgres.connection(database)
    folder = write(tmp_path / "m", {**INIT, "1_init.down.sql": "DROP TABLE nothing;"})
    migrate(connection, folder, "up")
    failed = migrate(connection, folder, "down", "-all")
    assert failed.returncode == 1
    seen = read_state(connection)
    # A failed down of the first file leaves -1, dirty.
    assert (seen.version, seen.dirty, seen.has_table) == (None, True, True)
    migrate(connection, folder, "force", "--", "-1")
    seen = read_state(connection)
    assert (seen.version, seen.dirty, seen.has_table) == (None, False, True)


def test_tables_with_estimates_and_invalid_indexes(postgres: TestServer, database: str) -> None:
    with postgres.connect(database) as opened:
        opened.execute("CREATE TABLE a (id int); INSERT INTO a SELECT generate_series(1, 500); ANALYZE a")
        opened.execute(
            "CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9)"
        )
        opened.execute("INSERT INTO a VALUES (1)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            opened.execute("CREATE UNIQUE INDEX CONCURRENTLY a_id ON a (id)")
    seen = state(postgres, database)
    assert [(table.schema, table.name) for table in seen.tables] == [("public", "a"), ("public", "p")]
    assert 500 <= seen.tables[0].rows <= 501
    assert [(index.name, index.table, index.building) for index in seen.invalid_indexes] == [("a_id", "a", False)]


def test_an_open_transaction_is_in_the_way(postgres: TestServer, database: str) -> None:
    with psycopg.connect(**postgres.connection(database, "application_name=report").psycopg_arguments()) as idle:
        idle.execute("SELECT 'secret words'")
        found = until(lambda: state(postgres, database).long_transactions)
        assert [(session.application, session.state, session.query) for session in found] == [
            ("report", "idle in transaction", "SELECT '…'")
        ]


def test_a_pooler_in_between_is_noticed(postgres: TestServer, database: str) -> None:
    with pooler(postgres.port) as port:
        connection = replace(postgres.connection(database), port=port)
        assert read_state(connection).pooler


def test_a_role_that_may_not_read_the_version(
    postgres: TestServer, database: str, migrate: MigrateProgram, tmp_path: Path
) -> None:
    migrate(postgres.connection(database), write(tmp_path / "m", INIT), "up")
    with postgres.connect(database) as admin:
        admin.execute("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN PASSWORD 'p@ss:w/rd#1%'")
    with pytest.raises(Failed) as refused:
        state(postgres, database, user="guest")
    assert refused.value.lines() == [
        f"error: the role guest may not read public.schema_migrations ({database} on 127.0.0.1:{postgres.port})",
        "  why: permission denied for table schema_migrations",
        "  next: GRANT SELECT ON public.schema_migrations TO guest, as its owner",
    ]


def test_a_table_of_another_tool(postgres: TestServer, database: str) -> None:
    with postgres.connect(database) as opened:
        opened.execute("CREATE TABLE schema_migrations (version varchar PRIMARY KEY)")
    with pytest.raises(Failed) as refused:
        state(postgres, database)
    assert refused.value.what == "public.schema_migrations is not golang-migrate's table"


def test_no_schema(postgres: TestServer, database: str) -> None:
    with pytest.raises(Failed) as refused:
        state(postgres, database, "sslmode=disable&search_path=nowhere")
    assert refused.value.what == "no schema to work in"


def connection_error(connection: Connection, **more: Any) -> list[str]:
    with pytest.raises(Failed) as failed:
        read_state(replace(connection, **more), env="prod")
    lines = failed.value.lines()
    assert len(lines) <= 5
    assert "w/rd" not in "\n".join(lines)
    return lines


def test_connection_errors_tell_what_to_do(postgres: TestServer, database: str) -> None:
    good = postgres.connection(database)
    where = f"({database} on 127.0.0.1:{postgres.port})"
    assert connection_error(good, password="wrong-w/rd") == [
        f"error: the database refused the password of root {where}",
        '  why: password authentication failed for user "root"',
        "  next: inv secrets.set --key DB_SOURCE --env prod",
    ]
    assert (
        connection_error(good, password="")[0]
        == f"error: the database wants a password of root, and DB_SOURCE has none {where}"
    )
    assert connection_error(good, database="nodb") == [
        f"error: there is no database nodb (nodb on 127.0.0.1:{postgres.port})",
        '  why: database "nodb" does not exist',
        "  next: inv db.create --env prod",
        "  next: inv secrets.set --key DB_SOURCE --env prod",
    ]
    free = free_port()
    assert connection_error(good, port=free)[::2] == [
        f"error: nothing answers there ({database} on 127.0.0.1:{free})",
        "  next: inv sandbox.up",
    ]
    assert connection_error(good, host="no-such-host.invalid")[0].startswith(
        "error: the host no-such-host.invalid is not known"
    )
    assert connection_error(good, host="/nonexistent")[0].startswith("error: no server has its socket there")
    assert connection_error(good, parameters={"sslmode": "require"})[0] == f"error: the server has no TLS {where}"


def test_a_role_that_is_not_there(postgres: TestServer, database: str) -> None:
    # Over a password PostgreSQL doesn't tell an unknown role from a wrong password.
    lines = connection_error(postgres.connection(database, user="nobody"))
    assert lines[0].startswith("error: the database refused the password of nobody")


def test_too_many_connections(postgres: TestServer, database: str) -> None:
    with postgres.connect(database) as admin:
        admin.execute("DROP ROLE IF EXISTS narrow; CREATE ROLE narrow LOGIN CONNECTION LIMIT 0 PASSWORD 'p@ss:w/rd#1%'")
    lines = connection_error(postgres.connection(database, user="narrow"))
    assert lines[0].startswith("error: the database has no connection left")


def test_a_server_that_never_answers(postgres: TestServer) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        lines = connection_error(
            postgres.connection(),
            port=silent.getsockname()[1],
            parameters={"sslmode": "disable", "connect_timeout": "2"},
        )
    assert lines[0].startswith("error: the database did not answer within 2 s")


def test_the_database_goes_away_in_the_middle(postgres: TestServer, database: str) -> None:
    from longshore.database.connection.connect import connect

    with pytest.raises(Failed) as failed, connect(postgres.connection(database)) as opened:
        with postgres.connect() as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", [opened.info.backend_pid])
        opened.execute("SELECT 1")
    assert failed.value.what == "the connection to the database was lost"


def test_nothing_can_be_changed(postgres: TestServer, database: str) -> None:
    from longshore.database.connection.connect import connect

    with pytest.raises(Failed) as failed, connect(postgres.connection(database)) as opened:
        opened.execute("CREATE TABLE t ()")
    assert "read-only transaction" in failed.value.why


def test_a_statement_is_shown_without_its_literals() -> None:
    assert shown("ALTER ROLE a\n  PASSWORD 'x''y' ") == "ALTER ROLE a PASSWORD '…'"
    assert shown("SELECT $b$secret$b$, 'cut") == "SELECT '…', '…'"
