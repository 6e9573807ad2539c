"""`longshore init` with values that no env file may hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import Inv


@pytest.mark.parametrize(
    ("flag", "value", "expected"),
    [
        ("--app", "Bank App", "lower case letters, digits and dashes"),
        ("--region", "nowhere", "a region such as eu-central-1"),
        ("--account", "12", "twelve digits"),
    ],
)
def test_a_malformed_value_is_refused_before_a_file_is_written(
    inv: Inv, tmp_path: Path, flag: str, value: str, expected: str
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    told = inv("-r", str(inv.project), "init", flag, value, cwd=empty).check(2)
    assert told.stderr.splitlines() == [f"error: {flag} can't be {value!r} (init)", f"  why: expected {expected}"]
    assert list(empty.iterdir()) == []
