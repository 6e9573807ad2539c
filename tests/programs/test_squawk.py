from __future__ import annotations

from pathlib import Path

import pytest

from longshore.errors import Failed
from longshore.programs.squawk import Finding, Squawk


def test_the_command_line() -> None:
    squawk = Squawk(Path("/bin/squawk"), Path("/m"))
    assert squawk.argv(["1_a.up.sql"], in_transaction=False) == [
        Path("/bin/squawk"),
        "--reporter",
        "json",
        "1_a.up.sql",
    ]
    assert squawk.argv(["1_a.up.sql"], in_transaction=True)[1:] == [
        "--reporter",
        "json",
        "--assume-in-transaction",
        "1_a.up.sql",
    ]


@pytest.mark.integration
def test_findings_of_the_real_program(tmp_path: Path) -> None:
    (tmp_path / "1_a.up.sql").write_text("SELECT 1;\nDROP TABLE a;\n")
    (tmp_path / "2_b.up.sql").write_text("SELEC 1;")
    found = Squawk.installed(tmp_path).check(["1_a.up.sql", "2_b.up.sql"], in_transaction=True)
    assert (
        Finding("1_a.up.sql", 2, "warning", "ban-drop-table", "Dropping a table may break existing clients.", "")
        in found
    )
    assert ("2_b.up.sql", 1, "error", "syntax-error") in [(one.file, one.line, one.level, one.rule) for one in found]
    (tmp_path / "3_c.up.sql").write_text("SELECT 1;")
    assert Squawk.installed(tmp_path).check(["3_c.up.sql"], in_transaction=True) == []


@pytest.mark.integration
def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Failed) as failed:
        Squawk.installed(tmp_path).check(["none.sql"], in_transaction=True)
    assert failed.value.lines()[:2] == [
        "error: squawk did not answer as expected",
        '  why: Failed to find files for provided patterns: ["none.sql"]',
    ]
