from __future__ import annotations

import stat
from pathlib import Path

import pytest

from longshore.sandbox.files import read_json, reason_in, write_json, write_private


def test_a_file_is_private_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_private(path, "\ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("text", ["", "{", "[1]"])
def test_a_damaged_json_file_reads_as_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / "x").write_text(text)
    assert read_json(tmp_path / "x") == {}


def test_json_comes_back(tmp_path: Path) -> None:
    write_json(tmp_path / "x", {"a": [1, "ä"]})
    assert read_json(tmp_path / "x") == {"a": [1, "ä"]}


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ("", ""),
        ("one\ntwo\n\n", "two"),
        ("LOG: x\nFATAL:  could not create lock file: No space left on device\nLOG: shut down\n",
         "FATAL:  could not create lock file: No space left on device"),
        ("Traceback (most recent call last):\n  File\nModuleNotFoundError: No module named 'x'\n", "ModuleNotFoundError: No module named 'x'"),
    ],
)  # fmt: skip
def test_the_telling_line_of_a_log(tmp_path: Path, log: str, reason: str) -> None:
    (tmp_path / "log").write_text(log)
    assert reason_in(tmp_path / "log") == reason


def test_no_log_tells_nothing(tmp_path: Path) -> None:
    assert reason_in(tmp_path / "none") == ""
