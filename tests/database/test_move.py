"""What golang-migrate's complaints mean to a person, and what is told when it could not complain."""

from __future__ import annotations

import pytest

from longshore.database.move import explain
from tests.live import AT_THE_GATE, Live, closed, migrates_of, told


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            "migration failed: syntax error at end of input in line 0: SELECT broken(\n (details: pq: syntax error at end of input)",
            "syntax error at end of input",
        ),
        (
            'migration failed: column "rate" does not exist (column 44) in line 3: CREATE INDEX i ON a (rate);'
            ' (details: pq: column "rate" does not exist)',
            'column "rate" does not exist (line 3, column 44)',
        ),
        ("timeout: can't acquire database lock", "another golang-migrate holds its lock"),
        ("Dirty database version 2. Fix and force version.", "Dirty database version 2. Fix and force version."),
        ("", ""),
    ],
)
def test_explain(error: str, expected: str) -> None:
    assert explain(error) == expected


@pytest.mark.integration
def test_migrate_is_killed(bank: Live) -> None:
    bank.write(
        {
            "1_a.up.sql": "CREATE TABLE a (i int);\n",
            "2_b.up.sql": AT_THE_GATE,
            "3_c.up.sql": "CREATE TABLE c (i int);\n",
        }
    )
    with closed(bank) as gate:
        begun = bank.inv.begin("db.migrate")
        gate.reached()
        (program,) = migrates_of(bank.project)
        program.kill()
        lines = told(begun.end(), 1, "2_b.up.sql did not finish: version 2 is dirty", "inv db.repair --env sandbox")
    assert lines[1] == "  why: it was ended by SIGKILL"
    assert bank.history == [(1, "up")]


@pytest.mark.integration
def test_a_run_that_is_gone_on_with_after_others_went_back_keeps_the_history_whole(bank: Live) -> None:
    (bank.migrations / "000006_six.up.sql").write_text("SELECT 1/0;\n")
    (bank.migrations / "000006_six.down.sql").write_text("SELECT 1;\n")
    bank.inv("db.migrate").check(1)
    (run,) = bank.runs()
    bank.inv("db.repair", "--confirm", "sandbox").check()
    bank.inv("db.goto", "--to", "4", "--confirm", "sandbox").check()
    (bank.migrations / "000006_six.up.sql").write_text("CREATE TABLE six (i int);\n")
    bank.inv("runs.resume", "--id", run.id).check()
    assert bank.history == [*((n, "up") for n in range(1, 6)), (5, "down"), (5, "up"), (6, "up")]
