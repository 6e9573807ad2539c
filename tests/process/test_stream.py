from __future__ import annotations

import os
from pathlib import Path

import pytest

from longshore.process.run import ProgramFailed, ProgramMissing
from longshore.process.stream import reading
from tests.command import lives

pytestmark = pytest.mark.integration


def test_bytes_come_as_they_are(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 4000)
    with reading(["cat"], cwd=tmp_path, env=os.environ, stdin_from=source) as output:
        assert output.read() == source.read_bytes()


def test_a_failure_is_told_at_the_end(tmp_path: Path) -> None:
    with (
        pytest.raises(ProgramFailed) as caught,
        reading(["sh", "-c", "echo out; echo why >&2; exit 3"], cwd=tmp_path, env=os.environ) as output,
    ):
        assert output.read() == b"out\n"
    assert caught.value.lines()[:2] == [
        "error: sh ended with exit code 3 (-c 'echo out; echo why >&2; exit 3')",
        "  why: why",
    ]


def test_who_leaves_early_ends_the_program(tmp_path: Path) -> None:
    script = "echo $$; while :; do echo y; done"
    with reading(["sh", "-c", script], cwd=tmp_path, env=os.environ) as output:
        pid = int(output.readline())
    assert not lives(pid)
    with (
        pytest.raises(KeyError),
        reading(["sh", "-c", script], cwd=tmp_path, env=os.environ) as output,
    ):
        pid = int(output.readline())
        raise KeyError
    assert not lives(pid)


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProgramMissing), reading(["no-such-program"], cwd=tmp_path, env=os.environ):
        pass
