"""`inv` on the real sandbox: started as a job, read while it runs, and what tests say about its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import psutil

from longshore.toolchain import cache
from tests.command import ROOT, Inv, Result, lives, until


class LiveInv(Inv):
    """`inv` with the real cache of built programs: nothing is built again."""

    def env(self, env: Mapping[str, str] | None = None) -> dict[str, str]:
        return super().env({"LONGSHORE_CACHE": str(cache.root()), "PYTHONPATH": str(ROOT), **(env or {})})

    def begin(self, *args: str, env: Mapping[str, str] | None = None, script: str = "") -> Running:
        """Started as a shell starts a job: the leader of a process group, which a terminal's Ctrl-C goes to.

        `script` changes something of the library, then is `inv` for the words after its `-c`.
        """
        argv = [sys.executable, "-c", script, *args] if script else self.argv(*args)
        return Running(argv, self.project, self.env(env))


class Running:
    """A command that runs; what it says goes to files, so that it can be read meanwhile."""

    def __init__(self, argv: list[str], cwd: Path, env: Mapping[str, str]) -> None:
        self.argv = argv
        folder = Path(tempfile.mkdtemp(prefix="running-", dir=cwd.parent))
        self._out, self._err = folder / "stdout", folder / "stderr"
        with self._out.open("w") as out, self._err.open("w") as err:
            self.process = subprocess.Popen(
                argv, cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=out, stderr=err, process_group=0
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def said(self) -> str:
        """What is on stderr by now."""
        return self._err.read_text()

    def says(self, text: str) -> None:
        """Wait until it has said this."""
        until(lambda: text in self.said or self.process.poll() is not None)
        assert text in self.said, self.said

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> None:
        """As a terminal does: the whole group of the job gets it."""
        os.killpg(self.pid, number)

    def kill(self) -> None:
        """kill -9 of this process alone."""
        self.process.kill()
        self.process.wait(30)

    def end(self, patience: float = 90) -> Result:
        """Wait for its end."""
        self.process.wait(patience)
        return Result(tuple(self.argv), self.process.returncode, self._out.read_text(), self.said)


def error_of(result: Result) -> list[str]:
    """The message: the last thing on stderr, from `error:` on."""
    lines = result.stderr.splitlines()
    begins = [number for number, line in enumerate(lines) if line.startswith("error: ")]
    assert begins, f"no error was told:\n{result.stderr}"
    return lines[begins[-1] :]


def told(result: Result, code: int, what: str = "", then: str = "") -> list[str]:
    """The message of a command that ended with this code: at most five lines, with `what` in it and `then` as a next command."""
    result.check(code)
    lines = error_of(result)
    assert len(lines) <= 5, lines
    assert what in " ".join(lines), lines
    commands = [line for line in lines if line.startswith(("  next: ", "  go on: "))]
    assert commands, lines
    assert not then or any(then in line for line in commands), lines
    return lines


def migrates_of(project: Path) -> list[psutil.Process]:
    """The golang-migrates that work on this project's files, orphans among them."""
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            if words and Path(words[0]).name == "migrate" and any(str(project) in word for word in words[1:]):
                found.append(process)
        except psutil.Error:
            continue
    return [process for process in found if lives(process.pid)]
