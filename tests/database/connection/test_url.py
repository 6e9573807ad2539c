from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.database.connection.url import parse
from longshore.errors import UsageError
from longshore.process import redaction
from tests.database.servers import MigrateProgram, TestServer, write

# What one test makes known must not mask a word in another one's text.
pytestmark = pytest.mark.usefixtures("nothing_known")

FORMS = [
    ("postgres://u:pass@db.example:6432/bank", ("db.example", 6432, "u", "pass", "bank")),
    ("postgresql://u:pass@db.example/bank", ("db.example", 5432, "u", "pass", "bank")),
    ("POSTGRES://u:pass@db.example/bank", ("db.example", 5432, "u", "pass", "bank")),
    ("  postgres://u:pass@db.example/bank\n", ("db.example", 5432, "u", "pass", "bank")),
    ("postgres://u:p%40s%3Fs@h/bank", ("h", 5432, "u", "p@s?s", "bank")),
    ("postgres://u%40corp:pass@h/b%2Fk", ("h", 5432, "u@corp", "pass", "b/k")),
    ("postgres://u:pass@[2001:db8::1]:5433/bank", ("2001:db8::1", 5433, "u", "pass", "bank")),
    ("postgres://u:pass@[::1]/bank", ("::1", 5432, "u", "pass", "bank")),
    ("postgres://u@%2Fvar%2Frun/bank", ("/var/run", 5432, "u", "", "bank")),
    ("postgres://u@/bank?host=/var/run&port=5433", ("/var/run", 5433, "u", "", "bank")),
    ("postgres://u@/bank?host=%2Fvar%2Frun", ("/var/run", 5432, "u", "", "bank")),
    ("postgres://h/bank?user=u&password=pa%26ss", ("h", 5432, "u", "pa&ss", "bank")),
    ("postgres://u:pass@h", ("h", 5432, "u", "pass", "u")),
    ("postgres://u:pass@h:/", ("h", 5432, "u", "pass", "u")),
    ("postgres://u:@h/bank", ("h", 5432, "u", "", "bank")),
    ("postgres://u:p+q@h/bank", ("h", 5432, "u", "p+q", "bank")),
    # Raw special characters that leave one reading.
    ("postgres://u:p@ss:w/rd#%@h:5432/bank", ("h", 5432, "u", "p@ss:w/rd#%", "bank")),
    ("postgres://u:p@ss@h/bank", ("h", 5432, "u", "p@ss", "bank")),
    ("postgres://u:a/b@h:5432/bank", ("h", 5432, "u", "a/b", "bank")),
    ("postgres://u:a?b@h:5432/bank?sslmode=disable", ("h", 5432, "u", "a?b", "bank")),
    ("postgres://u:a#b@h:5432/bank", ("h", 5432, "u", "a#b", "bank")),
    ("postgres://u:a b\"c'd[e]@h:5432/bank", ("h", 5432, "u", "a b\"c'd[e]", "bank")),
    ("postgres://u:100%@h/bank", ("h", 5432, "u", "100%", "bank")),
    ("postgres://u:pässwörd€@h/bank", ("h", 5432, "u", "pässwörd€", "bank")),
    ("postgres://u:pass@h/bank?application_name=me@host", ("h", 5432, "u", "pass", "bank")),
    # Keywords and values.
    ("host=h port=6000 user=u password='a b\\'c\\\\' dbname=bank", ("h", 6000, "u", "a b'c\\", "bank")),
    ("host = h user = u password=p\\ w", ("h", 5432, "u", "p w", "u")),
    ("user=u password='' host=/tmp dbname=bank", ("/tmp", 5432, "u", "", "bank")),
]


@pytest.mark.parametrize(("text", "expected"), FORMS)
def test_every_form_is_read(text: str, expected: tuple[str, int, str, str, str]) -> None:
    found = parse(text)
    assert (found.host, found.port, found.user, found.password, found.database) == expected


def test_what_is_missing_has_libpqs_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "anna")
    found = parse("postgres://")
    assert (found.host, found.port, found.user, found.database) == ("localhost", 5432, "anna", "anna")


REFUSED = [
    ("", "error: DB_SOURCE is empty"),
    ("'postgres://u:canary@h/b'", "error: DB_SOURCE is in quotes"),
    ("canary", "error: DB_SOURCE is no PostgreSQL connection"),
    ("mysql://u:canary@h/b", "error: DB_SOURCE is no PostgreSQL URL"),
    ("postgresql+psycopg2://u:canary@h/b", "error: DB_SOURCE has the scheme postgresql+psycopg2://"),
    ("jdbc:postgresql://h/b?password=canary", "error: DB_SOURCE has the scheme jdbc:postgresql://"),
    ("postgres://u:canary%zz%41@h/b", "error: DB_SOURCE can't be read"),
    ("postgres://u:can@ry%21@h/b", "error: DB_SOURCE can't be read"),
    ("postgres://u:canary%ff@h/b", "error: DB_SOURCE can't be read"),
    ("postgres://u:canary%00@h/b", "error: DB_SOURCE can't be read"),
    ("postgres://u:canary@host/x@real", "error: DB_SOURCE can't be read"),
    ("postgres://u:canary@h?x=1@host/b", "error: DB_SOURCE can't be read"),
    ("postgres://u:canary@h:port/b", "error: DB_SOURCE can't be read"),
    ("postgres://u:canary@h:99999/b", "error: DB_SOURCE has a malformed port"),
    ("postgres://u:canary@a,b/b", "error: DB_SOURCE names several hosts"),
    ("host=@abstract password=canary", "error: DB_SOURCE names an abstract socket"),
    ("host=h password='canary", "error: DB_SOURCE can't be read"),
    ("password=canary host", "error: DB_SOURCE can't be read"),
    ("postgres://u:canary@h/b?sslmode=prefer", "error: sslmode=prefer is not supported by golang-migrate (DB_SOURCE)"),
    ("postgres://u:canary@h/b?sslmode=allow", "error: sslmode=allow is not supported by golang-migrate (DB_SOURCE)"),
    ("postgres://u:canary@h/b?sslmode=verify", "error: unknown sslmode (DB_SOURCE)"),
    ("postgres://u:canary@h/b?hostaddr=1.2.3.4", "error: golang-migrate can't use the parameter hostaddr (DB_SOURCE)"),
    ("postgres://u:canary@h/b?service=x", "error: golang-migrate can't use the parameter service (DB_SOURCE)"),
    ("postgres://u:canary@h/b?x-multi-statement=yes", "error: x-multi-statement is neither true nor false (DB_SOURCE)"),
    (
        "postgres://u:canary@h/b?x-migrations-table=a&x-migrations-table-quoted=1",
        "error: x-migrations-table is not quoted (DB_SOURCE)",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "head"), REFUSED)
def test_what_cant_be_read_is_refused_without_the_value(text: str, head: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(text)
    lines = refused.value.lines()
    assert lines[0] == head
    assert len(lines) <= 5
    assert not re.search("canary|can@ry|can%40", "\n".join(lines))
    assert any(line.startswith("  next: ") for line in lines)


def test_a_refusal_says_how_to_encode() -> None:
    with pytest.raises(UsageError) as refused:
        parse("postgres://u:a%41b@c@h/b", key="DATABASE_URL")
    assert refused.value.lines() == [
        "error: DATABASE_URL can't be read",
        "  why: the password mixes percent escapes with raw special characters",
        "  next: write the password with percent escapes; this prints it so:",
        "  next: python3 -c 'import getpass, urllib.parse as u; print(u.quote(getpass.getpass(), safe=\"\"))'",
    ]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_an_encoded_password_always_comes_back(password: str) -> None:
    redaction._known.clear()  # Thousands of them would only slow the test down.
    assert parse(f"postgres://u:{quote(password, safe='')}@h:5432/bank?sslmode=disable").password == password


@given(st.text("ab@:/?#%[] 4", min_size=1, max_size=12))
def test_a_raw_password_is_read_as_written_or_refused(password: str) -> None:
    try:
        found = parse(f"postgres://u:{password}@h:5432/bank")
    except UsageError:
        return
    if not re.search("%[0-9a-f]{2}", password, re.I):
        assert (found.host, found.database, found.password) == ("h", "bank", password)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    redaction._known.clear()
    for prefix in ("", "postgres://", "host=h "):
        try:
            parse(prefix + text)
        except UsageError as refused:
            assert len(refused.lines()) <= 5


def test_the_password_is_hidden_and_known_to_the_redaction() -> None:
    found = parse("postgres://u:s3cr%40t-canary@h/bank?sslmode=disable")
    assert "canary" not in repr(found)
    assert redaction.redact("it said s3cr@t-canary and s3cr%40t-canary") == "it said [secret] and [secret]"


def test_parameters_are_kept_apart() -> None:
    found = parse(
        "postgres://u:p@h/bank?sslmode=disable&connect_timeout=3&search_path=a,b&lock_timeout=2s"
        "&x-migrations-table=m&pool_max_conns=4&client_encoding=UTF8"
    )
    assert found.parameters == {"sslmode": "disable", "connect_timeout": "3"}
    assert found.settings == {"search_path": "a,b", "lock_timeout": "2s"}
    assert found.migrate == {"x-migrations-table": "m"}
    assert found.left_out == ("pool_max_conns", "client_encoding")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("postgres://u:pass@h/bank?sslmode=disable", "postgres://u@h:5432/bank"),
        ("postgres://u:pass@[::1]/bank", "postgres://u@[::1]:5432/bank"),
        ("postgres://u%40c:pass@h:1/b%2Fk", "postgres://u%40c@h:1/b%2Fk"),
        ("host=/var/run user=u dbname=bank", "postgres://u@/bank?host=%2Fvar%2Frun&port=5432"),
        (
            'postgres://u:pass@h/bank?x-migrations-table="a"."b"&x-migrations-table-quoted=true&connect_timeout=3',
            "postgres://u@h:5432/bank?x-migrations-table=%22a%22.%22b%22&x-migrations-table-quoted=true",
        ),
    ],
)
def test_the_url_for_migrate_has_no_password(text: str, url: str) -> None:
    assert parse(text).migrate_url() == url


MIGRATION = {"1_init.up.sql": "CREATE TABLE t (id int);", "1_init.down.sql": "DROP TABLE t;"}


@pytest.mark.integration
@pytest.mark.parametrize(
    "form",
    [
        "postgres://root:{encoded}@127.0.0.1:{port}/{database}?sslmode=disable",
        "postgresql://root:{raw}@localhost:{port}/{database}?sslmode=disable",
        "postgres://root:{raw}@127.0.0.1:{port}/{database}",
        "postgres://root:{encoded}@{socket}:{port}/{database}",
        "postgres:///{database}?host={folder}&port={port}&user=root&password={encoded}",
        "host=127.0.0.1 port={port} user=root password='{raw}' dbname={database}",
        "postgres://root:{encoded}@127.0.0.1:{port}/{database}?lock_timeout=3s&search_path=public,%22a%20b%22&connect_timeout=3",
    ],
)
def test_the_real_programs_connect_with_it(
    postgres: TestServer, database: str, migrate: MigrateProgram, tmp_path: Path, form: str
) -> None:
    import os
    import subprocess

    import psycopg

    from longshore.sandbox import binaries
    from tests.database.servers import PASSWORD

    text = form.format(
        encoded=quote(PASSWORD, safe=""), raw=PASSWORD, port=postgres.port, database=database,
        socket=quote(str(postgres.folder), safe=""), folder=postgres.folder,
    )  # fmt: skip
    connection = parse(text)
    done = migrate(connection, write(tmp_path / "m", MIGRATION), "up")
    assert (done.returncode, done.stdout, done.stderr.split(" (")[0]) == (0, "", "1/u init")
    with psycopg.connect(**connection.psycopg_arguments()) as opened:
        assert opened.execute("SELECT count(*) FROM t").fetchone() == (0,)
        for name, value in connection.settings.items():
            assert opened.execute("SELECT current_setting(%s)", [name]).fetchone() == (value,)
    hostile = {
        "PGSERVICE": "x",
        "PGHOSTADDR": "192.0.2.1",
        "PGREQUIRESSL": "1",
        "PGSSLMODE": "verify-full",
        "PGDATESTYLE": "German",
    }
    said = subprocess.run(
        [binaries.folder() / "psql", "-Atwc", "SELECT current_database()"],
        env=connection.child_environment({**os.environ, **hostile}), capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert (said.stdout, said.stderr) == (f"{database}\n", "")


@pytest.mark.integration
@pytest.mark.parametrize(
    "name", ["PGSERVICE", "PGHOSTADDR", "PGREQUIREPEER", "PGSYSCONFDIR", "PGSSLCRL", "PGREQUIRESSL", "PGDATESTYLE"]
)
def test_migrate_fails_over_a_variable_that_is_scrubbed(
    postgres: TestServer, database: str, migrate: MigrateProgram, tmp_path: Path, name: str
) -> None:
    import os
    import subprocess

    connection = postgres.connection(database)
    argv = [migrate.path, "-path", write(tmp_path / "m", MIGRATION), "-database", connection.migrate_url(), "up"]
    kept = {**os.environ, **connection.libpq_environment(), name: "1"}
    assert subprocess.run(argv, env=kept, capture_output=True, timeout=30).returncode != 0
    scrubbed = connection.child_environment({**os.environ, name: "1"})
    assert subprocess.run(argv, env=scrubbed, capture_output=True, timeout=30).returncode == 0


@pytest.mark.integration
def test_the_shells_variables_lead_psycopg_nowhere_else(
    postgres: TestServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    from tests.database.servers import PASSWORD

    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    monkeypatch.setenv("PGSSLCERT", "/nowhere")
    connection = postgres.connection(database)
    with psycopg.connect(**connection.psycopg_arguments()) as opened:
        assert opened.info.dbname == database
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    without = parse(f"postgres://postgres@127.0.0.1:{postgres.port}/{database}?sslmode=disable")
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(**without.psycopg_arguments())
