"""Ctrl-C and SIGTERM while golang-migrate works: the file that it is at is finished, and what is said and written down is true."""

from __future__ import annotations

import os
import signal

import pytest

from longshore.database.advisory import lock_id
from tests.gate import AT_THE_GATE, closed
from tests.live import Live, error_of, migrates_of, told, until

pytestmark = pytest.mark.integration

FILES = {
    "1_table.up.sql": "CREATE TABLE marks (version int);\nINSERT INTO marks VALUES (1);\n",
    "2_gate.up.sql": AT_THE_GATE + "INSERT INTO marks VALUES (2);\nCREATE TABLE two ();\n",
    "3_more.up.sql": "INSERT INTO marks VALUES (3);\n",
    "4_last.up.sql": "INSERT INTO marks VALUES (4);\n",
}


def marks(bank: Live) -> list[int]:
    return [version for (version,) in bank.ask("SELECT version FROM marks ORDER BY version")]


def nobody_works(bank: Live) -> None:
    assert migrates_of(bank.project) == []
    until(lambda: not bank.backends("%DO $$ BEGIN WHILE NOT%"))


@pytest.mark.parametrize(("number", "alone"), [(signal.SIGINT, False), (signal.SIGTERM, False), (signal.SIGTERM, True)])
def test_one_signal(bank: Live, number: signal.Signals, alone: bool) -> None:
    """To the whole job, as a terminal does, or to `inv` alone, as a CI runner does."""
    bank.write(FILES)
    with closed(bank) as gate:
        ours = bank.inv.begin("db.migrate")
        gate.reached(ours)
        if alone:
            os.kill(ours.pid, number)
        else:
            ours.interrupt(number)
        ours.says("Stopping after this running migration")
        gate.open()
        result = ours.end()
    (run,) = bank.runs()
    lines = told(result, 130, "interrupted", f"inv runs.resume --id {run.id}")
    assert lines[1] == "  why: 2 of 4 files applied; version 2 is clean"
    assert bank.version == (2, False)
    assert marks(bank) == [1, 2]
    assert bank.history == [(1, "up"), (2, "up")]
    assert (bank.records()[-1]["event"], bank.records()[-1]["outcome"]) == ("run.end", "interrupted")
    nobody_works(bank)

    bank.inv("runs.resume", "--id", run.id).check()
    assert bank.version == (4, False)
    assert marks(bank) == [1, 2, 3, 4]
    assert bank.history == [(n, "up") for n in range(1, 5)]


def test_ctrl_c_twice(bank: Live) -> None:
    """The second one ends golang-migrate at once; its backend goes on until the statement ends, and its lock is waited for."""
    bank.write(FILES)
    with closed(bank) as gate:
        ours = bank.inv.begin("db.migrate")
        gate.reached(ours)
        ours.interrupt()
        ours.says("Stopping after this running migration")
        ours.interrupt()
        result = ours.end()
        lines = told(result, 130, "2_gate.up.sql did not finish: version 2 is dirty", "inv db.repair --env sandbox")
        assert lines[-1].startswith("  go on: inv runs.resume --id ")
        assert migrates_of(bank.project) == []
        assert bank.records()[-1]["outcome"] == "interrupted"
        assert bank.history == [(1, "up")]

        again = bank.inv.begin("db.migrate")
        again.says("waiting for longshore ")
        gate.open()
        # What the backend had finished all the same, nobody wrote down as clean.
        told(again.end(), 3, "the database is dirty at version 2", "inv db.repair --env sandbox")
    nobody_works(bank)
    bank.inv("db.repair", "--confirm", "sandbox").check()
    bank.inv("db.migrate").check()
    assert bank.version == (4, False)
    assert marks(bank) == [1, 2, 3, 4]


def test_ctrl_c_while_it_waits(bank: Live) -> None:
    bank.write(FILES)
    with closed(bank) as gate:
        first = bank.inv.begin("db.migrate")
        gate.reached(first)
        second = bank.inv.begin("db.migrate")
        second.says("waiting up to 60 s")
        second.interrupt()
        assert error_of(second.end().check(130)) == ["error: interrupted, nothing was touched", "  why: SIGINT came"]
        assert len(bank.runs()) == 1
        gate.open()
    first.end().check()
    assert bank.version == (4, False)


def test_ctrl_c_while_it_waits_for_another_machine(bank: Live) -> None:
    # golang-migrate's lock is held, and nothing is dirty: it waits within its run.
    bank.write(FILES)
    with bank.connect() as somebody:
        somebody.execute("SELECT pg_advisory_lock(%s)", [lock_id("/bank", "public", "schema_migrations")])
        ours = bank.inv.begin("db.migrate")
        ours.says("waiting for session of postgres (pid ")
        ours.interrupt()
        told(ours.end(), 130, "interrupted", "inv runs.resume --id ")
        assert bank.version is None
        assert bank.records()[-1]["outcome"] == "interrupted"
    bank.inv("db.migrate", "--to", "1").check()
    assert bank.version == (1, False)
