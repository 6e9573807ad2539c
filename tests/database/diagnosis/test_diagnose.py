from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from longshore.database.diagnosis.diagnose import Diagnosis, diagnose
from longshore.database.diagnosis.proposal import Way
from longshore.database.files.folder import read_folder
from longshore.database.history import Record, add
from longshore.database.state import read_state
from longshore.errors import UsageError
from tests.database.servers import MigrateProgram, TestServer, until, write

pytestmark = pytest.mark.integration

ACCOUNTS = {
    "1_accounts.up.sql": "CREATE TABLE accounts (id bigserial PRIMARY KEY, owner text NOT NULL);",
    "1_accounts.down.sql": "DROP TABLE accounts;",
}


@dataclass
class Bench:
    """A database, a folder, and golang-migrate."""

    postgres: TestServer
    database: str
    program: MigrateProgram
    folder: Path
    query: str = "sslmode=disable"

    def migrate(self, files: dict[str, str], *words: str) -> str:
        connection = self.postgres.connection(self.database, self.query)
        ended = self.program(connection, write(self.folder, files), *words)
        # Its server process may outlive it by a moment, with the lock.
        until(lambda: not read_state(connection).lock.holding)
        return ended.stderr

    def sql(self, text: str) -> None:
        with self.postgres.connect(self.database) as opened:
            opened.execute(text)

    def diagnose(self, reason: str | None = None, env: str = "") -> Diagnosis:
        connection = self.postgres.connection(self.database, self.query)
        found = diagnose(connection, read_state(connection), read_folder(self.folder), reason, env=env)
        json.dumps(found.json())
        assert found.lines()
        return found


@pytest.fixture
def bench(postgres: TestServer, database: str, migrate: MigrateProgram, tmp_path: Path) -> Bench:
    return Bench(postgres, database, migrate, tmp_path / "m")


def test_a_plain_file_is_rolled_back_whole(bench: Bench) -> None:
    reason = bench.migrate(
        {
            **ACCOUNTS,
            "2_entries.up.sql": "CREATE TABLE entries (id bigint);\n\n-- wrong\nALTER TABLE acounts\n  ADD note text;\n",
        },
        "up",
    )
    found = bench.diagnose(reason, env="prod")
    assert found.lines() == [
        "version 2 is dirty: 2_entries.up.sql (up) did not finish",
        "known by: it is the only file that leads there",
        'PostgreSQL said: relation "acounts" does not exist',
        "it failed in line 4: ALTER TABLE acounts ADD note text",
        "outcome: rolled back: the file is one transaction, and PostgreSQL ended it with an error; "
        "table entries, column note of acounts is not there",
        "proposal: force to version 1 (inv db.force --to 1 --env prod)",
    ]
    # The same without the complaint, as on another machine.
    found = bench.diagnose()
    assert (found.outcome, found.proposal.way, found.proposal.version) == ("rolled back", Way.FORCE, 1)
    assert found.proof == "the file is one transaction, and table entries, column note of acounts is not there"


def test_what_was_there_before_is_told_from_what_the_file_made(bench: Bench) -> None:
    bench.sql("CREATE TABLE entries (id bigint)")
    bench.migrate({**ACCOUNTS, "2_entries.up.sql": "CREATE TABLE entries (id bigint);"}, "up")
    found = bench.diagnose()
    assert (found.outcome, found.proof) == (
        "rolled back",
        "the file is one transaction, and table entries was there before it ran",
    )
    assert found.proposal.version == 1


def test_killed_after_the_work_was_done(bench: Bench) -> None:
    bench.migrate({**ACCOUNTS, "2_entries.up.sql": "CREATE TABLE entries (id bigint);"}, "goto", "1")
    # What a kill between the file's commit and the clean version leaves.
    bench.sql("BEGIN; TRUNCATE schema_migrations; INSERT INTO schema_migrations VALUES (2, true); COMMIT")
    bench.sql("CREATE TABLE entries (id bigint)")
    found = bench.diagnose()
    assert (found.outcome, found.proof) == ("applied", "the file is one transaction, and table entries is there")
    assert (found.statements, found.proposal.way, found.proposal.version) == ((), Way.FORCE, 2)


def test_a_failed_down_file_records_its_target(bench: Bench) -> None:
    files = {
        **ACCOUNTS,
        "2_entries.up.sql": "CREATE TABLE entries (id bigint);",
        "2_entries.down.sql": "DROP TABLE entries;\nDROP TABLE entires;",
        "3_last.up.sql": "SELECT 1;",
        "3_last.down.sql": "SELECT 1;",
    }
    bench.migrate(files, "goto", "2")
    reason = bench.migrate({}, "down", "1")
    for known in (reason, None):
        found = bench.diagnose(known)
        assert (found.version, found.file, found.direction, found.outcome) == (
            1,
            "2_entries.down.sql",
            "down",
            "rolled back",
        )
        assert (found.proposal.way, found.proposal.version) == (Way.FORCE, 2)
    assert found.certain == "table entries of version 2 is there"
    assert [statement.line for statement in bench.diagnose(reason).statements] == [2]


def test_a_failed_down_of_the_first_file(bench: Bench) -> None:
    bench.migrate({**ACCOUNTS, "1_accounts.down.sql": "DROP TABLE acounts;"}, "up")
    bench.migrate({}, "down", "-all")
    found = bench.diagnose()
    assert (found.version, found.file, found.outcome) == (None, "1_accounts.down.sql", "rolled back")
    assert found.lines()[0] == "the empty version is dirty: 1_accounts.down.sql (down) did not finish"
    assert found.lines()[-1] == "proposal: force to version 1 (inv db.force --to 1)"


def test_a_failed_first_up_goes_back_to_the_empty_version(bench: Bench) -> None:
    reason = bench.migrate({"1_accounts.up.sql": "CREATE TABLE accounts (id bigint;"}, "up")
    found = bench.diagnose(reason)
    assert (found.outcome, found.proposal.version) == ("rolled back", None)
    assert found.lines()[-1] == "proposal: force to the empty version (inv db.force --to 0)"


def test_an_invalid_index_is_dropped_first(bench: Bench) -> None:
    bench.migrate(ACCOUNTS, "up")
    bench.sql("INSERT INTO accounts (owner) VALUES ('a'), ('a')")
    reason = bench.migrate(
        {"2_index.up.sql": "CREATE UNIQUE INDEX CONCURRENTLY accounts_owner ON accounts (owner);"}, "up"
    )
    found = bench.diagnose(reason)
    assert (found.outcome, found.proposal.way, found.proposal.version) == ("rolled back", Way.DROP_INDEX, 1)
    assert found.proposal.indexes == ("public.accounts_owner",)
    assert found.lines()[2:] == [
        'PostgreSQL said: could not create unique index "accounts_owner", Key (owner)=(a) is duplicated.',
        "it failed in line 1: CREATE UNIQUE INDEX CONCURRENTLY accounts_owner ON accounts (owner)",
        "outcome: rolled back: only an INVALID index is left",
        "left behind: INVALID index public.accounts_owner on accounts",
        "proposal: DROP INDEX CONCURRENTLY public.accounts_owner",
        "  then force to version 1 (inv db.force --to 1)",
    ]


def test_concurrently_beside_others_leaves_nothing(bench: Bench) -> None:
    files = {
        **ACCOUNTS,
        "2_index.up.sql": "SET lock_timeout = '5s';\nCREATE INDEX CONCURRENTLY by_owner ON accounts (owner);",
    }
    found = bench.diagnose(bench.migrate(files, "up"))
    assert [statement.line for statement in found.statements] == [2]
    assert (found.outcome, found.proposal.way, found.proposal.version) == ("rolled back", Way.FORCE, 1)


def test_an_explicit_commit_leaves_a_part(bench: Bench) -> None:
    files = {
        **ACCOUNTS,
        "2_parts.up.sql": "BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;\nBEGIN;\nCREATE TABLE b (id int);\nSELECT nonsense;\nCOMMIT;",
    }
    found = bench.diagnose(bench.migrate(files, "up"), env="prod")
    assert (found.outcome, found.proof) == ("part", "table a is there, table b is not there")
    assert [statement.line for statement in found.statements] == [6]
    assert found.lines()[-3:] == [
        "proposal: by hand, one of:",
        "  undo what it did (table a) in inv db.shell --env prod, then inv db.force --to 1 --env prod",
        "  finish what is missing (table b) in inv db.shell --env prod, then inv db.force --to 2 --env prod",
    ]


def test_begin_and_commit_around_all_is_one_transaction(bench: Bench) -> None:
    files = {**ACCOUNTS, "2_whole.up.sql": "BEGIN;\nCREATE TABLE a (id int);\nALTER TABLE nothing ADD x int;\nCOMMIT;"}
    found = bench.diagnose(bench.migrate(files, "up"))
    assert (found.outcome, found.proposal.version, [s.line for s in found.statements]) == ("rolled back", 1, [3])


def test_x_multi_statement_leaves_a_part(bench: Bench) -> None:
    bench.query = "sslmode=disable&x-multi-statement=true"
    files = {
        **ACCOUNTS,
        "2_multi.up.sql": "CREATE TABLE a (id int);\nCREATE TABLE b (id int);\nALTER TABLE nothing ADD x int;",
    }
    reason = bench.migrate(files, "up")
    found = bench.diagnose(reason)
    assert found.outcome == "part"
    assert [statement.line for statement in found.statements] == [3]
    assert bench.diagnose().outcome == "part"


def test_a_backend_that_still_runs(bench: Bench) -> None:
    folder = write(bench.folder, {**ACCOUNTS, "2_slow.up.sql": "CREATE TABLE slow (id int); SELECT pg_sleep(600);"})
    connection = bench.postgres.connection(bench.database)
    running = bench.program.start(connection, folder, "up")
    try:
        until(lambda: read_state(connection).version == 2)
    finally:
        running.kill()
        running.communicate()
    try:
        found = bench.diagnose(env="prod")
        assert (found.outcome, found.proposal.way) == ("running", Way.WAIT)
        assert found.lines()[-1] == "proposal: wait until it ends, then look again: inv db.repair --env prod"
    finally:
        bench.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()"
        )
    until(lambda: not read_state(connection).lock.holding)
    found = bench.diagnose()
    assert (found.outcome, found.proposal.version) == ("rolled back", 1)


def test_only_data_without_the_complaint_is_unknown(bench: Bench) -> None:
    files = {
        **ACCOUNTS,
        "2_data.up.sql": "INSERT INTO accounts (owner) VALUES ('a');\nINSERT INTO accounts (owner) VALUES (NULL);",
    }
    reason = bench.migrate(files, "up")
    assert (bench.diagnose().outcome, bench.diagnose().proposal.way) == ("unknown", Way.BY_HAND)
    found = bench.diagnose(reason)
    assert (found.outcome, found.proposal.version) == ("rolled back", 1)
    assert [statement.line for statement in found.statements] == [1, 2]
    assert found.lines()[3:6] == [
        "it failed in one of these:",
        "  line 1: INSERT INTO accounts (owner) VALUES ('a')",
        "  line 2: INSERT INTO accounts (owner) VALUES (NULL)",
    ]


def test_names_in_the_message_find_the_statement(bench: Bench) -> None:
    files = {
        **ACCOUNTS,
        "2_many.up.sql": "CREATE TABLE currencies (code text PRIMARY KEY);\n"
        "INSERT INTO accounts (owner) VALUES ('b');\nINSERT INTO currencies VALUES ('EUR'), ('EUR');\nCREATE INDEX i ON accounts (owner);",
    }
    found = bench.diagnose(bench.migrate(files, "up"))
    assert 1 <= len(found.statements) <= 2
    assert 3 in [statement.line for statement in found.statements]


def test_a_complaint_about_another_file_is_not_believed(bench: Bench) -> None:
    old = bench.migrate({"1_accounts.up.sql": "CREATE TABLE accounts (id nonsense);"}, "up")
    bench.sql("DROP TABLE schema_migrations")
    bench.migrate({**ACCOUNTS, "2_entries.up.sql": "CREATE TABLE entries (id nothing_known);"}, "up")
    found = bench.diagnose(old)
    assert (found.file, found.message, found.outcome) == ("2_entries.up.sql", "", "rolled back")


def test_the_history_tells_the_way_where_objects_do_not(bench: Bench) -> None:
    files = {
        "1_a.up.sql": "SELECT 1;", "1_a.down.sql": "SELECT 1;",
        "2_b.up.sql": "SELECT 2;", "2_b.down.sql": "SELECT 1/0;",
    }  # fmt: skip
    bench.migrate(files, "up")
    reason = bench.migrate({}, "down", "1")
    found = bench.diagnose()
    assert (found.direction, found.certain) == ("up", "")
    assert "which way it went is assumed: nothing in the database tells" in found.lines()
    from datetime import UTC, datetime

    with bench.postgres.connect(bench.database) as opened:
        records = [Record(n, "up", f"{n}.sql", "x", datetime.now(UTC), 0.1, "me", "", "", "run") for n in (1, 2)]
        add(opened, "public", records)
    assert (bench.diagnose().file, bench.diagnose().certain) == ("2_b.down.sql", "the history has this version applied")
    assert (bench.diagnose(reason).file, bench.diagnose(reason).certain) == (
        "2_b.down.sql",
        "golang-migrate's complaint repeats it",
    )


def test_a_version_that_no_file_has(bench: Bench) -> None:
    bench.migrate(ACCOUNTS, "up")
    bench.sql("UPDATE schema_migrations SET version = 99, dirty = true")
    found = bench.diagnose()
    assert found.lines() == [
        "version 99 is dirty: no file of the folder has it",
        "outcome: unknown: without its file nobody can tell what it did",
        "proposal: by hand, one of:",
        "  check out the commit that has the file, then inv db.repair",
        "  look at the tables in inv db.shell, then inv db.force --to VERSION",
    ]


def test_a_clean_version_needs_no_repair(bench: Bench) -> None:
    bench.migrate(ACCOUNTS, "up")
    with pytest.raises(UsageError, match="the version is not dirty"):
        bench.diagnose()


SHAPES = {
    "enum and function": "CREATE TYPE status AS ENUM ('new', 'done');\nCREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$\n"
    "BEGIN\n  NEW.at := now(); -- it's\n  RETURN NEW;\nEND;\n$$;\n",
    "do block": "DO $do$\nBEGIN\n  IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'x') THEN\n    CREATE TYPE x AS ENUM ('a');\n"
    "  END IF;\nEND $do$;\nCREATE SCHEMA app;\nCREATE TABLE app.t (id int);\nCREATE MATERIALIZED VIEW app.m AS SELECT 1 AS x;\n",
    "alter": "ALTER TABLE accounts ADD COLUMN currency varchar(3) NOT NULL DEFAULT 'EUR';\n"
    "ALTER TABLE accounts ADD CONSTRAINT owner_currency UNIQUE (owner, currency);\nCREATE INDEX ON accounts (currency);\n",
    "trigger and policy": "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN RETURN NEW; END $f$;\n"
    "CREATE TRIGGER t BEFORE UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION f();\nALTER TABLE accounts ENABLE ROW LEVEL SECURITY;\n"
    "CREATE POLICY own ON accounts USING (true);\n",
    "if not exists everywhere": "-- a note for a linter\nCREATE TABLE IF NOT EXISTS members (\n    team varchar(26) NOT NULL,\n"
    "    PRIMARY KEY (team)\n);\n\nALTER TABLE members ADD COLUMN IF NOT EXISTS seen bigint;\n"
    "CREATE INDEX IF NOT EXISTS by_seen ON members (seen);\nDROP INDEX IF EXISTS by_nothing;\n",
    "quoted names, keys without names": 'CREATE TABLE "users" (\n  "name" varchar PRIMARY KEY,\n'
    "  \"changed\" timestamptz NOT NULL DEFAULT ('0001-01-01 00:00:00Z')\n);\n\n"
    'ALTER TABLE "accounts" ADD FOREIGN KEY ("owner") REFERENCES "users" ("name");\n-- CREATE INDEX ON "accounts" ("owner");\n',
    "labelled block": "CREATE SCHEMA app;\nDO $$\n\t<< clear >>\nBEGIN\n\tIF ((SELECT count(*) FROM accounts) > 0) THEN\n"
    "\t\tDELETE FROM accounts WHERE owner = 'x';\n\tEND IF;\nEND clear\n$$;\n",
    "rename": "ALTER TABLE accounts RENAME COLUMN owner TO holder;\nALTER TABLE accounts RENAME TO books;\n",
    "view and sequence": 'CREATE VIEW "Rich" AS SELECT * FROM accounts;\nCREATE SEQUENCE IF NOT EXISTS numbers;\nCOMMENT ON VIEW "Rich" IS \'x;y\';\n',
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("fails", [True, False])
def test_shapes_of_other_peoples_files(bench: Bench, shape: str, fails: bool) -> None:
    text = SHAPES[shape] + ("ALTER TABLE missing ADD x int;\n" if fails else "")
    if fails:
        reason = bench.migrate({**ACCOUNTS, "2_shape.up.sql": text}, "up")
        found = bench.diagnose(reason)
        assert [statement.title for statement in found.statements] == ["ALTER TABLE missing ADD x int"]
        assert bench.diagnose().outcome == found.outcome == "rolled back"
    else:
        bench.migrate({**ACCOUNTS, "2_shape.up.sql": text}, "goto", "1")
        bench.sql("BEGIN; TRUNCATE schema_migrations; INSERT INTO schema_migrations VALUES (2, true); COMMIT")
        bench.sql(text)
        assert (bench.diagnose().outcome, bench.diagnose().proposal.version) == ("applied", 2)
