from __future__ import annotations

import fcntl
import json
import os
import stat
import time
from pathlib import Path

import pytest

from longshore.errors import Exit, Refused, UsageError
from longshore.steps import lock
from tests.command import Python, until

KEY = "prod-database"
HOLD = """
import time
from pathlib import Path
from longshore.steps import lock
with lock.hold(Path("locks"), "prod-database", "db.migrate of anna@laptop", wait=0, say=print):
    Path("held").touch()
    while not Path("go").exists():
        time.sleep(0.02)
"""


def take(folder: Path, wait: float = 0) -> tuple[str, list[str]]:
    told: list[str] = []
    try:
        with lock.hold(folder / "locks", KEY, "me", wait=wait, say=told.append, next_command="inv db.status"):
            return "held", told
    except Refused as error:
        assert error.code is Exit.REFUSED
        return str(error), told


def test_held_and_given_back(tmp_path: Path) -> None:
    before = time.time()
    with lock.hold(tmp_path / "locks", KEY, "me", wait=0, say=print) as descriptor:
        path = tmp_path / "locks" / f"{KEY}.lock"
        written = json.loads(path.read_text())
        assert (written["holder"], written["pid"]) == ("me", os.getpid())
        assert before <= written["since"] <= time.time()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert os.fstat(descriptor).st_ino == path.stat().st_ino
        assert os.get_inheritable(descriptor) is False
        assert lock.is_held(tmp_path / "locks", KEY)
    assert path.read_text() == ""
    assert not lock.is_held(tmp_path / "locks", KEY)
    assert not lock.is_held(tmp_path / "none", KEY)
    assert take(tmp_path) == ("held", [])


def test_given_back_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), lock.hold(tmp_path / "locks", KEY, "me", wait=0, say=print):
        raise RuntimeError
    assert take(tmp_path)[0] == "held"


def test_two_subjects_do_not_meet(tmp_path: Path) -> None:
    with lock.hold(tmp_path / "locks", "prod-access", "other", wait=0, say=print):
        assert take(tmp_path)[0] == "held"


def test_the_time_is_over(python: Python, tmp_path: Path) -> None:
    process = python.start(HOLD)
    until(lambda: (tmp_path / "held").exists())
    said, told = take(tmp_path, 0.3)
    first, why, then = said.splitlines()
    who = f"db.migrate of anna@laptop (process {process.pid}, since "
    assert first.startswith(f"error: another run works on {KEY} ({who}")
    assert (why, then) == ("  why: waited 0.3 s for it", "  next: inv db.status")
    assert len(told) == 1
    assert told[0].startswith(f"waiting up to 0.3 s for {who}")
    assert told[0].endswith(f", which works on {KEY}")
    (tmp_path / "go").touch()
    process.communicate(timeout=30)


def test_it_comes_while_waiting(python: Python, tmp_path: Path) -> None:
    process = python.start(HOLD)
    until(lambda: (tmp_path / "held").exists())
    told: list[str] = []

    def say(text: str) -> None:
        told.append(text)
        (tmp_path / "go").touch()

    with lock.hold(tmp_path / "locks", KEY, "me", wait=60, say=say):
        assert process.wait(30) == 0
    assert len(told) == 1
    process.communicate()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"garbage",
        b"\xff\xfe",
        b"[]",
        b"5",
        b'{"holder": "x"}',
        b'{"holder": "x", "pid": 1, "since": "y"}',
        b'{"holder": "x", "pid": 1, "since": -1e999}',
        b'{"holder": "x", "pid": 1, "since": NaN}',
        b"[" * 100_000,
    ],
)
def test_a_holder_that_is_garbage(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "locks").mkdir()
    path = tmp_path / "locks" / f"{KEY}.lock"
    path.write_bytes(text)
    with path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "(a program left behind by an earlier run)" in take(tmp_path)[0]
    assert take(tmp_path)[0] == "held"


@pytest.mark.parametrize("blocked", ["locks", "locks/prod-database.lock"])
def test_there_can_be_no_lock(tmp_path: Path, blocked: str) -> None:
    # A file where the folder should be, a folder where the file should be. (Root may write anywhere.)
    if blocked == "locks":
        (tmp_path / blocked).touch()
    else:
        (tmp_path / blocked).mkdir(parents=True)
    with pytest.raises(UsageError) as raised:
        take(tmp_path)
    first, why = str(raised.value).splitlines()
    assert first == f"error: can't make the lock that keeps two runs apart ({tmp_path}/locks/{KEY}.lock)"
    assert why in ("  why: File exists", "  why: Is a directory", "  why: Not a directory")
