"""What golang-migrate answers with a misleading code or text, through db.*."""

from __future__ import annotations

import pytest

from longshore.database.advisory import lock_id
from tests.live import Live, told

pytestmark = pytest.mark.integration

YES = ("--confirm", "sandbox")


def test_nothing_to_do(bank: Live) -> None:
    bank.inv("db.migrate").check()
    again = bank.inv("db.migrate").check()
    assert again.stderr.splitlines()[-1] == "nothing to do"
    assert len(bank.runs()) == 1


@pytest.mark.parametrize("name", ["000005_other.up.sql", "5_other.up.sql", "05_other.up.sql"])
def test_duplicate_numbers(bank: Live, name: str) -> None:
    (bank.migrations / name).write_text("SELECT 1;\n")
    lines = told(bank.inv("db.migrate"), 2, "version 5 has more than one file", "renumber")
    assert name in lines[1]
    assert bank.version is None


def test_a_number_above_bigint(bank: Live) -> None:
    (bank.migrations / "9223372036854775808_far.up.sql").write_text("SELECT 1;\n")
    told(bank.inv("db.migrate"), 2, "its number is above 9223372036854775807", "rename it")
    assert bank.version is None


def test_the_highest_number(bank: Live) -> None:
    (bank.migrations / "9223372036854775807_far.up.sql").write_text("SELECT 1;\n")
    bank.inv("db.migrate").check()
    assert bank.version == (2**63 - 1, False)


def at(bank: Live, version: int, dirty: bool = False) -> None:
    """As another branch, or golang-migrate by hand, left it."""
    with bank.connect() as database:
        database.execute("CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL)")
        database.execute("ALTER TABLE schema_migrations OWNER TO bank")
        database.execute("INSERT INTO schema_migrations VALUES (%s, %s)", [version, dirty])


def test_a_version_that_no_file_has(bank: Live) -> None:
    at(bank, 99)
    told(bank.inv("db.migrate"), 3, "the database is at version 99, which no file has", "check out the commit")
    told(bank.inv("db.rollback", *YES), 3, "which no file has")
    assert bank.version == (99, False)


def test_dirty(bank: Live) -> None:
    at(bank, 2, dirty=True)
    for words in (("db.migrate",), ("db.rollback", *YES), ("db.goto", "--to", "1", *YES)):
        told(bank.inv(*words), 3, "the database is dirty at version 2", "inv db.repair --env sandbox")
    assert bank.version == (2, True)
    assert bank.runs() == []


def test_failing_sql(bank: Live) -> None:
    bank.write(
        {
            "1_a.up.sql": "CREATE TABLE a (i int);\n",
            "2_b.up.sql": "INSERT INTO a VALUES (1);\n-- a secret thought\nINSERT INTO nowhere VALUES (1);\n",
            "3_c.up.sql": "SELECT 1;\n",
        }
    )
    result = bank.inv("db.migrate")
    (run,) = bank.runs()
    assert told(result, 1) == [
        f"error: 2_b.up.sql did not finish: version 2 is dirty (bank on 127.0.0.1:{bank.port})",
        '  why: relation "nowhere" does not exist (line 3, column 13)',
        "  next: inv db.repair --env sandbox",
        f"  go on: inv runs.resume --id {run.id}",
    ]
    assert bank.version == (2, True)
    assert bank.ask("SELECT count(*) FROM a") == [(0,)]
    assert bank.history == [(1, "up")]
    bank.inv("db.repair", *YES).check()
    assert bank.version == (1, False)
    (bank.migrations / "2_b.up.sql").write_text("INSERT INTO a VALUES (2);\n")
    bank.inv("db.migrate").check()
    assert bank.version == (3, False)
    assert bank.ask("SELECT i FROM a") == [(2,)]
    assert [record for record in bank.history if record[1] == "up"] == [(1, "up"), (2, "up"), (3, "up")]


def test_a_failing_down_file(bank: Live) -> None:
    # golang-migrate then names the version that it was going to as the dirty one.
    (bank.migrations / "000005_sessions.down.sql").write_text("DROP TABLE nowhere;\n")
    bank.inv("db.migrate").check()
    told(
        bank.inv("db.rollback", *YES), 1, "000005_sessions.down.sql did not finish: version 4 is dirty", "inv db.repair"
    )
    assert bank.version == (4, True)
    assert "sessions" in bank.tables


def test_the_lock_is_held(bank: Live) -> None:
    with bank.connect(application_name="somebody") as somebody:
        somebody.execute("SELECT pg_advisory_lock(%s)", [lock_id("/bank", "public", "schema_migrations")])
        lines = told(
            bank.inv("db.migrate", "--wait", "1"), 3, "another migration works on the database", "inv db.status"
        )
        assert lines[1].startswith("  why: waited 1 s for somebody of postgres (pid ")
        assert "lock of golang-migrate held by somebody of postgres" in bank.inv("db.status").check().stdout
    assert bank.version is None
    bank.inv("db.migrate").check()


def test_as_far_as_is_said(bank: Live) -> None:
    bank.inv("db.migrate", "--to", "3").check()
    assert bank.version == (3, False)
    assert bank.inv("db.migrate", "--to", "3").check().stderr.splitlines()[-1] == "nothing to do"
    told(
        bank.inv("db.migrate", "--to", "2"),
        2,
        "--to 2 is below the current version 3",
        "inv db.goto --to 2 --env sandbox",
    )
    told(bank.inv("db.migrate", "--to", "77"), 2, "the newest is 5", "inv db.status --env sandbox")
    assert bank.version == (3, False)
    bank.inv("db.migrate").check()
    assert bank.version == (5, False)
    assert bank.history == [(n, "up") for n in range(1, 6)]
    assert list(bank.state.glob("migrations-*")) == []


def test_back(bank: Live) -> None:
    bank.inv("db.migrate").check()
    told(bank.inv("db.rollback"), 3, "not confirmed", "--confirm sandbox")
    assert bank.version == (5, False)
    bank.inv("db.rollback", *YES).check()
    bank.inv("db.rollback", "--steps", "2", *YES).check()
    assert bank.version == (2, False)
    assert bank.history[5:] == [(5, "down"), (4, "down"), (3, "down")]
    told(bank.inv("db.rollback", "--steps", "3", *YES), 2, "--steps 3 is too far", "inv db.status --env sandbox")
    bank.inv("db.goto", "--to", "0", *YES).check()
    assert bank.version is None
    assert bank.tables == {"schema_migrations", "longshore_migrations"}
    bank.inv("db.goto", "--to", "4", *YES).check()
    assert bank.version == (4, False)


def test_a_missing_down_file(bank: Live) -> None:
    bank.inv("db.migrate").check()
    (bank.migrations / "000004_users.down.sql").unlink()
    for words in (("db.rollback", "--steps", "2", *YES), ("db.goto", "--to", "0", *YES)):
        told(bank.inv(*words), 3, "version 4 (users) has no down file", "inv db.force --to 3 --env sandbox")
    assert bank.version == (5, False)
    assert {"users", "sessions"} <= bank.tables


def test_force(bank: Live) -> None:
    bank.inv("db.force", "--to", "3", *YES).check()
    assert bank.version == (3, False)
    assert "accounts" not in bank.tables
    # golang-migrate wants `force -- -1` for it.
    bank.inv("db.force", "--to", "0", *YES).check()
    assert bank.version is None
    assert bank.inv("db.force", "--to", "0", *YES).check().stderr.splitlines()[-1] == "nothing to do"
    told(bank.inv("db.force", "--to", "9", *YES), 2, "no migration has version 9", "inv db.status --env sandbox")


def test_a_number_that_comes_too_late(bank: Live) -> None:
    # golang-migrate passes over it without a word (issue 179).
    for path in bank.migrations.glob("000003_*"):
        path.unlink()
    bank.inv("db.migrate").check()
    (bank.migrations / "000003_late.up.sql").write_text("CREATE TABLE late ();\n")
    result = bank.inv("db.migrate").check()
    said = "000003_late.up.sql is below the database's version 5 and not in its history"
    assert f"warning: {said}: golang-migrate passes over it" in result.stderr
    assert bank.version == (5, False)


def test_a_run_that_was_overtaken_never_goes_down(bank: Live) -> None:
    bank.inv("db.migrate").check()
    (run,) = bank.runs()
    (bank.migrations / "000006_more.up.sql").write_text("CREATE TABLE more ();\n")
    (bank.migrations / "000006_more.down.sql").write_text("DROP TABLE more;\n")
    bank.inv("db.migrate").check()
    assert bank.version == (6, False)
    bank.inv("runs.resume", "--id", run.id).check()
    assert bank.version == (6, False)
    assert "more" in bank.tables


def test_looking_changes_nothing(bank: Live) -> None:
    # golang-migrate's own `version` makes its table.
    bank.inv("db.status").check()
    bank.inv("db.migrate", "--plan").check()
    assert bank.inv("db.migrate", "--plan", "--exit-code").code == 4
    assert bank.tables == set()
    assert bank.runs() == []
