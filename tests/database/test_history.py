from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest

from longshore.database.history import History, Record, add, read
from tests.database.servers import PASSWORD, TestServer

ONE = Record(
    1,
    "up",
    "1_init.up.sql",
    "aa",
    datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    0.25,
    "anna@laptop",
    "c0ffee",
    "0.1.0",
    "run-1",
)


@pytest.mark.integration
def test_records_come_back_in_order_and_none_twice(postgres: TestServer, database: str) -> None:
    with postgres.connect(database) as opened:
        assert read(opened, "public") == History()
        assert add(opened, "public", [ONE]) == 1
        two = replace(ONE, version=2, name="2_more.up.sql", sha256="bb")
        # A resumed run writes what it has written before.
        assert add(opened, "public", [ONE, two]) == 1
        assert read(opened, "public") == History((ONE, two), exists=True)
        down = replace(two, direction="down", run="run-2")
        assert add(opened, "public", [down]) == 1
        assert read(opened, "public").applied() == {1: ONE}
        # Gone on with after others went back: it has applied it again.
        assert add(opened, "public", [two, two]) == 1
        assert read(opened, "public").applied() == {1: ONE, 2: two}


def test_what_is_in_place() -> None:
    two, three = replace(ONE, version=2), replace(ONE, version=3)
    again = replace(two, sha256="cc")
    down = replace(two, direction="down")
    assert History((ONE, two, three)).applied() == {1: ONE, 2: two, 3: three}
    assert History((ONE, two, down, again)).applied() == {1: ONE, 2: again}
    assert History((ONE, two, three, replace(ONE, direction="force"))).applied() == {1: ONE}


@pytest.mark.integration
def test_a_role_without_rights_and_a_foreign_table(postgres: TestServer, database: str) -> None:
    with postgres.connect(database) as admin:
        add(admin, "public", [ONE])
        admin.execute("DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN PASSWORD 'p@ss:w/rd#1%'")
        with psycopg.connect(
            host="127.0.0.1", port=postgres.port, user="reader", password=PASSWORD, dbname=database, autocommit=True
        ) as reader:
            assert read(reader, "public") == History(
                exists=True, note="the role may not read public.longshore_migrations"
            )
            assert read(reader, "nowhere") == History()
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                add(reader, "public", [ONE])
        admin.execute("DROP TABLE longshore_migrations; CREATE TABLE longshore_migrations (x int)")
        assert read(admin, "public") == History(
            exists=True, note="public.longshore_migrations was not made by longshore"
        )


@pytest.mark.integration
def test_a_schema_with_an_odd_name_and_two_writers_at_once(postgres: TestServer, database: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with postgres.connect(database) as admin:
        admin.execute('CREATE SCHEMA "Odd ""one"')

    def write(number: int) -> int:
        with postgres.connect(database) as opened:
            return add(opened, 'Odd "one', [replace(ONE, version=number)])

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(write, range(1, 7))) == [1] * 6
    with postgres.connect(database) as opened:
        assert len(read(opened, 'Odd "one').records) == 6
