from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.database.diagnosis.culprit import Reason, is_from, read_reason
from longshore.database.sql.split import split
from tests.database.servers import TestServer


def texts(text: str) -> list[str]:
    return [statement.text for statement in split(text).statements]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" ; ;; -- nothing\n/* ; */", []),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT ';' ; SELECT 2;", ["SELECT ';'", "SELECT 2"]),
        ("SELECT 'it''s;'; SELECT 2", ["SELECT 'it''s;'", "SELECT 2"]),
        (r"SELECT E'a\';b'; SELECT 2", [r"SELECT E'a\';b'", "SELECT 2"]),
        (r"SELECT 'a\'; SELECT 2", [r"SELECT 'a\'", "SELECT 2"]),
        ('SELECT ";""x" ; SELECT 2', ['SELECT ";""x"', "SELECT 2"]),
        ("SELECT $$;$$; SELECT $a$ $$ ; $b$ $a$; SELECT 3", ["SELECT $$;$$", "SELECT $a$ $$ ; $b$ $a$", "SELECT 3"]),
        ("SELECT a$b$ FROM t; SELECT $1;", ["SELECT a$b$ FROM t", "SELECT $1"]),
        ("SELECT /* ; /* ; */ ; */ 1; SELECT 2", ["SELECT /* ; /* ; */ ; */ 1", "SELECT 2"]),
        ("SELECT 1 -- ; it's\n; SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3", ["CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)", "SELECT 3"]),
        (
            "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3",
            ["CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END", "SELECT 3"],
        ),
        ("CREATE TABLE t (a int; SELECT 2; SELECT 3", ["CREATE TABLE t (a int", "SELECT 2", "SELECT 3"]),
        ("\\connect x\nSELECT 1;", ["\\connect x", "SELECT 1"]),
        ("\ufeffSELECT 1;", ["\ufeffSELECT 1"]),
    ],
)  # fmt: skip
def test_where_statements_end(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


def test_lines_and_columns() -> None:
    found = split("-- head\r\n\r\nSELECT 1;  SELECT\n  2;\n/* a\n*/ SELECT 3").statements
    assert [(s.line, s.end_line, s.column) for s in found] == [(3, 3, 1), (3, 4, 12), (6, 6, 4)]


@pytest.mark.parametrize(
    ("text", "error", "line", "statements"),
    [
        ("SELECT 1;\nSELECT 'x;\n", "a string is not closed", 2, 2),
        ('SELECT 1;\n\nSELECT "x', "a quoted name is not closed", 3, 2),
        ("SELECT $f$ ; $g$", "the quote $f$ is not closed", 1, 1),
        ("SELECT 1; /* /* */", "a comment is not closed", 1, 1),
        (r"SELECT E'\'", "a string is not closed", 1, 1),
    ],
)
def test_what_nothing_closes_is_an_error_with_its_line(text: str, error: str, line: int, statements: int) -> None:
    found = split(text)
    assert (found.error, found.error_line, len(found.statements)) == (error, line, statements)


@given(st.text("aE$'\"\\/*-;()\n b1;", max_size=80))
def test_no_text_breaks_the_splitter(text: str) -> None:
    found = split(text)
    for statement in found.statements:
        assert text[statement.start : statement.end] == statement.text
        assert 1 <= statement.line <= statement.end_line <= text.count("\n") + 1


@pytest.mark.parametrize(
    ("text", "kind", "flags"),
    [
        ("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)", "CREATE UNIQUE INDEX", "outside"),
        ("DROP INDEX CONCURRENTLY IF EXISTS i", "DROP INDEX", "outside"),
        ("REINDEX (VERBOSE, CONCURRENTLY) TABLE t", "REINDEX", "outside"),
        ("REINDEX INDEX CONCURRENTLY i", "REINDEX", "outside"),
        ("REINDEX TABLE t", "REINDEX", ""),
        ("VACUUM t", "VACUUM", "outside"),
        ("create database x", "CREATE DATABASE", "outside"),
        ("ALTER SYSTEM SET work_mem = '1MB'", "ALTER SYSTEM", "outside"),
        ("ALTER TABLE t DETACH PARTITION p CONCURRENTLY", "ALTER TABLE", "outside"),
        ("REFRESH MATERIALIZED VIEW CONCURRENTLY m", "REFRESH MATERIALIZED VIEW", ""),
        ("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'ok'", "ALTER TYPE", "enum"),
        ("BEGIN", "BEGIN", "begin"),
        ("START TRANSACTION READ WRITE", "START TRANSACTION", "begin"),
        ("COMMIT", "COMMIT", "commit"),
        ("END", "END", "commit"),
        ("ROLLBACK", "ROLLBACK", "rollback"),
        ("ROLLBACK TO SAVEPOINT a", "ROLLBACK", ""),
        ("COPY t FROM STDIN", "COPY", "psql"),
        ("COPY t FROM '/x'", "COPY", ""),
        ("CREATE OR REPLACE VIEW v AS SELECT 1", "CREATE VIEW", ""),
        ("insert into t values (1)", "INSERT INTO", ""),
        ("WITH x AS (SELECT 1) SELECT * FROM x", "WITH", ""),
    ],
)
def test_kinds_and_flags(text: str, kind: str, flags: str) -> None:
    (found,) = split(text).statements
    told = found.control or (
        "outside"
        if found.outside_transaction
        else "enum"
        if found.adds_enum_value
        else "psql"
        if found.psql_only
        else ""
    )
    assert (found.kind, told) == (kind, flags)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CREATE TABLE IF NOT EXISTS App.T (a int)", ["create app.t:table"]),
        ('CREATE UNLOGGED TABLE "App"."T" (a int)', ["create App.T:table"]),
        ("CREATE TABLE p PARTITION OF t DEFAULT", ["create p:table"]),
        ("CREATE INDEX IF NOT EXISTS i ON ONLY s.t USING gin (a)", ["create s.i:index of t"]),
        ("CREATE INDEX ON t (a)", []),
        ("CREATE MATERIALIZED VIEW m AS SELECT 1", ["create m:materialized view"]),
        ("CREATE OR REPLACE FUNCTION s.f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'", ["create s.f:function"]),
        ("CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\" WITH SCHEMA x", ["create uuid-ossp:extension"]),
        ("CREATE SCHEMA IF NOT EXISTS a", ["create a:schema"]),
        ("CREATE SCHEMA AUTHORIZATION joe", ["create joe:schema"]),
        ("CREATE TYPE mood AS ENUM ('a')", ["create mood:type"]),
        ("CREATE TRIGGER t BEFORE UPDATE OF a OR INSERT ON s.x FOR EACH ROW EXECUTE FUNCTION f()", ["create s.t:trigger of x"]),
        ("CREATE POLICY p ON t USING (true)", ["create p:policy of t"]),
        ("DROP TABLE IF EXISTS a, s.b CASCADE", ["drop a:table", "drop s.b:table"]),
        ("DROP FUNCTION f(int, text), g()", ["drop f:function", "drop g:function"]),
        ("DROP TRIGGER t ON s.x", ["drop s.t:trigger of x"]),
        (
            "ALTER TABLE s.t ADD COLUMN IF NOT EXISTS a numeric(1,2) DEFAULT 0, ADD b int, ADD CONSTRAINT k CHECK (a > 0), DROP c, "
            "DROP CONSTRAINT IF EXISTS l, ADD PRIMARY KEY (a, b), ALTER COLUMN a SET NOT NULL",
            ["create s.a:column of t", "create s.b:column of t", "create s.k:constraint of t", "drop s.c:column of t", "drop s.l:constraint of t",
             "alter s.t:table", "alter s.t:table"],
        ),
        ("ALTER TABLE t RENAME TO u", ["drop t:table", "create u:table"]),
        ("ALTER TABLE t RENAME a TO b", ["drop a:column of t", "create b:column of t"]),
        ("ALTER TABLE t RENAME CONSTRAINT a TO b", ["drop a:constraint of t", "create b:constraint of t"]),
        ("ALTER TABLE t SET SCHEMA s", ["drop t:table", "create s.t:table"]),
        ("ALTER INDEX i RENAME TO j", ["drop i:index", "create j:index"]),
        ("ALTER TYPE m ADD VALUE 'it''s' AFTER 'x'", ["create it's:enum value of m"]),
        ("ALTER TYPE m RENAME VALUE 'a' TO 'b'", ["drop a:enum value of m", "create b:enum value of m"]),
        ("INSERT INTO t VALUES (1)", []),
        (f"CREATE TABLE {'x' * 70} ()", [f"create {'x' * 63}:table"]),
        ("CREATE", []), ("DROP TABLE", []), ("ALTER TABLE t ADD", ["alter t:table"]), ("CREATE INDEX i", ["create i:index"]),
    ],
)  # fmt: skip
def test_effects(text: str, expected: list[str]) -> None:
    (found,) = split(text).statements
    told = [
        f"{e.action} {e.schema + '.' if e.schema else ''}{e.name}:{e.type}" + (f" of {e.table}" if e.table else "")
        for e in found.effects
    ]
    assert told == expected


@pytest.mark.integration
def test_postgresql_agrees_on_what_runs_outside_a_transaction(postgres: TestServer, database: str) -> None:
    import psycopg

    statements = [
        "CREATE INDEX CONCURRENTLY i ON t (a)", "DROP INDEX CONCURRENTLY i", "REINDEX (CONCURRENTLY) TABLE t", "VACUUM t",
        "CREATE DATABASE never", "ALTER SYSTEM SET work_mem = '4MB'", "REINDEX TABLE t", "REFRESH MATERIALIZED VIEW CONCURRENTLY m",
        "ALTER TYPE mood ADD VALUE 'b'", "CLUSTER t USING k", "TRUNCATE t",
    ]  # fmt: skip
    with postgres.connect(database) as opened:
        opened.execute(
            "CREATE TABLE t (a int); CREATE INDEX i ON t (a); CREATE INDEX k ON t (a); CREATE TYPE mood AS ENUM ('a')"
        )
        opened.execute("CREATE MATERIALIZED VIEW m AS SELECT 1 AS x; CREATE UNIQUE INDEX mx ON m (x)")
        for text in statements:
            refused = False
            try:
                opened.execute(f"SELECT 1; {text}")
            except psycopg.errors.ActiveSqlTransaction:
                refused = True
            assert refused == split(text).statements[0].outside_transaction, text


def test_a_complaint_is_taken_apart() -> None:
    said = (
        'error: migration failed: relation "a" does not exist (column 36), some detail in line 7: ALTER TABLE a\nADD b int;'
        ' (details: pq: relation "a" does not exist)\n'
    )
    assert read_reason(said) == Reason('relation "a" does not exist, some detail', 7, 36, "ALTER TABLE a ADD b int;")
    flat = 'migration failed: duplicate key value violates unique constraint "k" in line 0: INSERT INTO t VALUES (1), (1), (2)…'
    found = read_reason(flat)
    assert found == Reason(
        'duplicate key value violates unique constraint "k"', 0, 0, "INSERT INTO t VALUES (1), (1), (2)"
    )
    assert is_from(found, "INSERT INTO t\n  VALUES (1), (1), (2), (3);\n")
    assert not is_from(found, "INSERT INTO u VALUES (1), (1), (2), (3);")
    assert read_reason("error: Dirty database version 2. Fix and force version.") is None
    assert read_reason(None) is None
    gone = read_reason("error: migration failed in line 0: SELECT pg_sleep(60); (details: driver: bad connection)")
    assert gone is not None and gone.message == "driver: bad connection" and not gone.is_servers
