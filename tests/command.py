"""`inv` as a child process of the tests, in a clean environment, and Python scripts of ours that use the library."""

from __future__ import annotations

import fcntl
import os
import pty
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PATIENCE = 30.0
"""Seconds after which a condition that does not come is a failure."""


@dataclass(frozen=True)
class Result:
    """How a command ended. At a terminal, `stderr` also has what was typed."""

    argv: tuple[str, ...]
    code: int
    stdout: str
    stderr: str

    def check(self, exit_code: int = 0) -> Result:
        assert self.code == exit_code, f"{self.argv} ended with {self.code}:\n{self.stdout}\n{self.stderr}"
        assert "Traceback" not in self.stderr, self.stderr
        return self


def until(condition: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait for a condition by looking again and again."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


def lives(pid: int) -> bool:
    """Whether there is such a process, and it is no zombie."""
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def clean(home: Path, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a new login: nothing of AWS's or ours, a home of its own."""
    home.mkdir(exist_ok=True)
    basic = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "AWS_EC2_METADATA_DISABLED": "true"}
    return basic | dict(env or {})


def start(
    argv: list[str], *, cwd: Path, env: Mapping[str, str], stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[str]:
    """Start a command whose output is read later."""
    return subprocess.Popen(
        argv, cwd=cwd, env=dict(env), stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def run(
    argv: list[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    input: str | None = None,
    tty: bool = False,
    after: str = "",
) -> Result:
    """Run a command to its end; with `tty`, stdin and stderr are a terminal, where the input is typed once `after` is seen."""
    if tty:
        return at_terminal(argv, cwd=cwd, env=env, input=input or "", after=after)
    ended = subprocess.run(
        argv, cwd=cwd, env=dict(env), input=input or "", capture_output=True, text=True, timeout=120, check=False
    )
    return Result(tuple(argv), ended.returncode, ended.stdout, ended.stderr)


def at_terminal(argv: list[str], *, cwd: Path, env: Mapping[str, str], input: str, after: str) -> Result:
    """The same at a pseudo terminal, which is the child's own: Ctrl-C (\\x03) is a signal to it."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        argv,
        cwd=cwd,
        env={"TERM": "xterm", **env},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    seen = bytearray()

    def read() -> None:
        left = input.encode()
        while True:
            if left and after.encode() in seen:
                os.write(ours, left)
                left = b""
            try:
                read = os.read(ours, 4096)
            except OSError:  # Linux tells by EIO that the other side has gone.
                return
            if not read:
                return
            seen.extend(read)

    reader = threading.Thread(target=read)
    reader.start()
    stdout, _ = child.communicate(timeout=120)
    reader.join()
    os.close(ours)
    return Result(tuple(argv), child.returncode, stdout, seen.decode(errors="replace"))


class Inv:
    """`inv ARGS` of the interpreter that runs the tests. The folder is the project's unless another one is named."""

    def __init__(self, project: Path, home: Path) -> None:
        self.project = project
        self.home = home

    def __call__(
        self,
        *args: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        input: str | None = None,
        tty: bool = False,
        after: str = "",
    ) -> Result:
        return run(self.argv(*args), cwd=cwd or self.project, env=self.env(env), input=input, tty=tty, after=after)

    def argv(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "invoke", *args]

    def env(self, env: Mapping[str, str] | None = None) -> dict[str, str]:
        return clean(self.home, env)

    def start(self, *args: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        return start(self.argv(*args), cwd=cwd or self.project, env=self.env(env))


class Python:
    """A script that can import this checkout, as a child process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, script: str, *args: object, env: Mapping[str, str] | None = None) -> Result:
        return run(self.argv(script, *args), cwd=self.folder, env=self.env(env))

    def start(self, script: str, *args: object, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        return start(self.argv(script, *args), cwd=self.folder, env=self.env(env))

    def argv(self, script: str, *args: object) -> list[str]:
        return [sys.executable, "-c", script, *(str(arg) for arg in args)]

    def env(self, env: Mapping[str, str] | None = None) -> dict[str, str]:
        return clean(self.folder, {"PYTHONPATH": str(ROOT), **(env or {})})
