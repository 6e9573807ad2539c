"""Becoming another program: what is told, in a process of its own."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from longshore.errors import UsageError
from longshore.process.replace import replace
from longshore.process.run import ProgramMissing
from tests.command import PATIENCE, Python

SCRIPT = """
import sys
from longshore.process.replace import replace
replace(sys.argv[1:], {"PATH": "/usr/bin:/bin", "ONLY": "this"})
"""


@pytest.mark.integration
def test_words_environment_and_exit_code_are_the_program_s(python: Python) -> None:
    ended = python(SCRIPT, "env")
    assert sorted(ended.stdout.splitlines()) == ["ONLY=this", "PATH=/usr/bin:/bin"]
    ended = python(SCRIPT, "sh", "-c", 'echo "[$1]"; exit 7', "x", "a  b")
    assert (ended.code, ended.stdout) == (7, "[a  b]\n")


@pytest.mark.integration
def test_the_process_is_the_same_and_a_signal_is_the_program_s(python: Python) -> None:
    child = python.start(SCRIPT, "sh", "-c", "echo $$; exec sleep 60")
    assert child.stdout is not None
    assert int(child.stdout.readline()) == child.pid
    child.send_signal(signal.SIGTERM)
    assert child.wait(PATIENCE) == -signal.SIGTERM


@pytest.mark.integration
def test_a_broken_pipe_ends_the_program(python: Python) -> None:
    # Python ignores SIGPIPE: `yes` would go on for ever, or complain.
    ended = python(SCRIPT, "sh", "-c", "yes | head -n 1")
    assert (ended.stdout, ended.stderr) == ("y\n", "")


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(ProgramMissing):
        replace(["no-such-program"], os.environ)


def test_a_file_that_can_t_be_started(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("no program\n")
    text.chmod(0o755)
    with pytest.raises(UsageError) as caught:
        replace([str(text)], os.environ)
    assert caught.value.lines() == [f"error: {text} can't be started ({text})", "  why: Exec format error"]
    # Else the next write to a pipe that nobody reads would end us without a word.
    assert signal.getsignal(signal.SIGPIPE) is signal.SIG_IGN
