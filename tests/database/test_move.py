"""What golang-migrate's complaints mean to a person."""

from __future__ import annotations

import pytest

from longshore.database.move import explain


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
