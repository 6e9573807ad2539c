"""kill -9 of db.migrate at each record of its journal, and while golang-migrate runs: the same command again comes to the same end."""

from __future__ import annotations

import pytest

from tests.gate import AT_THE_GATE, closed
from tests.live import Live, lives, migrates_of, told, until

pytestmark = pytest.mark.integration

RECORDS = 11
"""Of an uninterrupted run on an empty database (`test_how_many_records_there_are`)."""

TRIGGER = """
import os, signal, sys
from invoke.main import program
from longshore.steps import journal, run

moment, number, seen = sys.argv[1], int(sys.argv[2]), 0

class Trigger(journal.FileSink):
    def write(self, record):
        global seen
        seen += 1
        if moment == "before" and seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
        super().write(record)
        if moment == "after" and seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

run.Run.sink = Trigger
program.run(["inv", *sys.argv[3:]])
"""
"""`inv` with a journal that kills its own process, right before or right after it has written a record."""

ALWAYS = {("before", 1, "again"), ("before", 8, "again"), ("after", 6, "resume"), ("after", 7, "resume")}


def mark(bank: Live) -> None:
    """Each file leaves a row behind, so that one that is applied twice shows."""
    for path in bank.migrations.glob("*.up.sql"):
        note = f"CREATE TABLE IF NOT EXISTS marks (version int);\nINSERT INTO marks VALUES ({int(path.name[:6])});\n"
        path.write_text(path.read_text() + note)


def assert_whole(bank: Live) -> None:
    """Everything is there, once."""
    assert bank.version == (5, False)
    assert bank.ask("SELECT version FROM marks ORDER BY version") == [(n,) for n in range(1, 6)]
    assert sorted(bank.history) == [(n, "up") for n in range(1, 6)]
    assert {"accounts", "entries", "transfers", "users", "sessions"} <= bank.tables


def test_how_many_records_there_are(bank: Live) -> None:
    mark(bank)
    bank.inv("db.migrate").check()
    assert len(bank.records()) == RECORDS
    assert_whole(bank)


@pytest.mark.parametrize(
    ("moment", "number", "way"),
    [
        pytest.param(
            moment,
            number,
            way,
            marks=[]
            if (moment, way) == ("after", "again") or (moment, number, way) in ALWAYS
            else pytest.mark.exhaustive,
        )
        for moment in ("before", "after")
        for number in range(1, RECORDS + 1)
        for way in ("again", "resume")
    ],
)
def test_killed_at_a_record(bank: Live, moment: str, number: int, way: str) -> None:
    mark(bank)
    killed = bank.inv.begin(moment, str(number), "db.migrate", script=TRIGGER).end()
    assert killed.code == -9, killed.stderr
    assert len(bank.records()) == number - (moment == "before")
    (journal,) = (bank.state / "runs").glob("*.jsonl")

    if way == "again":
        bank.inv("db.migrate").check()
    elif (moment, number) == ("before", 1):
        # Not even what it was to do is known.
        told(bank.inv("runs.resume", "--id", journal.stem), 2, then="inv runs.list")
        return
    else:
        bank.inv("runs.resume", "--id", journal.stem).check()
    assert_whole(bank)
    if number in (8, RECORDS):
        again = bank.inv("db.migrate").check()
        assert again.stderr.splitlines()[-1] == "nothing to do"
        assert_whole(bank)


def test_killed_while_golang_migrate_runs(bank: Live) -> None:
    mark(bank)
    second = bank.migrations / "000002_entries.up.sql"
    second.write_text(AT_THE_GATE + second.read_text())
    with closed(bank) as gate:
        first = bank.inv.begin("db.migrate")
        gate.reached(first)
        first.kill()
        (orphan,) = migrates_of(bank.project)
        assert bank.version == (2, True)

        again = bank.inv.begin("db.migrate")
        again.says("waiting up to 60 s for db.migrate of ")
        assert f"(process {first.pid}, " in again.said
        assert "which has ended; a program that it started still runs" in again.said
        hurried = told(bank.inv("db.migrate", "--wait", "0"), 3, "another run works on sandbox-database", "--wait")
        assert "a program that it started still runs" in hurried[0]
        assert lives(orphan.pid)
        gate.open()
    again.end().check()
    until(lambda: not lives(orphan.pid))
    assert_whole(bank)
    assert bank.inv("db.migrate").check().stderr.splitlines()[-1] == "nothing to do"


def test_killed_with_golang_migrate(bank: Live) -> None:
    # A power cut: nobody finishes the file, PostgreSQL rolls it back, and the number stays dirty.
    second = bank.migrations / "000002_entries.up.sql"
    second.write_text(AT_THE_GATE + second.read_text())
    with closed(bank) as gate:
        first = bank.inv.begin("db.migrate")
        backend = gate.reached(first)
        first.kill()
        (orphan,) = migrates_of(bank.project)
        orphan.kill()
        until(lambda: not lives(orphan.pid))
        with bank.connect() as database:
            database.execute("SELECT pg_terminate_backend(%s)", [backend])
        until(lambda: not bank.backends("%pg_try_advisory_xact_lock%WHILE%"))
    told(bank.inv("db.migrate"), 3, "the database is dirty at version 2", "inv db.repair --env sandbox")
    assert bank.version == (2, True)
