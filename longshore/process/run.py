"""Run a program and read what it says: an argv list, an environment of our own, a time limit, and no orphan left behind.

Rests on `sh` (2.x). Each program gets a session of its own, so that its whole tree can be ended by one signal; what that takes away, the
terminal's Ctrl-C, is forwarded by `longshore.process.signals`.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from longshore.errors import Failed, Interrupted, UsageError
from longshore.process import signals
from longshore.process.redaction import redact

LAST_LINES = 40
"""How many of a program's last lines an error keeps."""

GRACE = 5.0
"""Seconds between the polite signal and SIGKILL when a time limit is over."""

OnLine = Callable[[str], None]


@dataclass(frozen=True)
class Completed:
    """How a program ended. `stdout` and `stderr` are as the program wrote them: redact before showing."""

    argv: tuple[str, ...]
    code: int
    stdout: str
    stderr: str
    seconds: float


class ProgramFailed(Failed):
    """A program ended with a code that isn't among the accepted ones; `completed` holds what it said."""

    def __init__(self, completed: Completed, do: str | Sequence[str] = ()) -> None:
        said = last_line(completed.stderr) or last_line(completed.stdout) or "it printed nothing"
        super().__init__(
            f"{Path(completed.argv[0]).name} ended with exit code {completed.code}",
            on=redact(shlex.join(completed.argv[1:]))[:160],
            why=redact(said),
            do=do,
        )
        self.completed = completed


class TimedOut(Failed):
    """A program was ended because its time limit was over."""


class ProgramMissing(UsageError):
    """A program is neither at the path given nor on PATH."""


def last_line(text: str) -> str:
    """The last line that says something."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


def which(program: str, environment: Mapping[str, str] | None = None) -> str:
    """The program's path.

    Raises ProgramMissing.
    """
    found = shutil.which(program, path=(environment or os.environ).get("PATH"))
    if found is None:
        raise ProgramMissing(f"{program} is not installed", on=program, do="inv doctor")
    return found


def run(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    input: str | bytes | None = None,
    timeout: float | None = None,
    on_line: OnLine | None = None,
    ok: Collection[int] = (0,),
    stop: signal.Signals | None = None,
    keep_open: Collection[int] = (),
    stdout_to: Path | None = None,
    stdin_from: Path | None = None,
) -> Completed:
    """Run a program to its end.

    `env` is the whole environment (None: ours). `on_line` gets each line of stdout and stderr as it comes, redacted, without its newline.
    `ok` are the accepted exit codes. `timeout` is in seconds. `stop` is what the program gets for our SIGINT or SIGTERM (None: the same signal).
    `keep_open` are descriptors that the program inherits (a lock). `stdout_to` sends stdout to a file (made with mode 0600) instead of memory,
    `stdin_from` reads stdin from one.

    Raises ProgramMissing, ProgramFailed, TimedOut; Interrupted when a signal to us ended the program (after it has ended).
    """
    import sh  # laziness: sh imports asyncio

    command = [str(word) for word in argv]
    path = which(command[0], env)
    kept: dict[str, list[str]] = {"out": [], "err": []}

    def listen(name: str) -> Callable[[str], None]:
        def hear(line: str) -> None:
            kept[name].append(line)
            if on_line is not None:
                on_line(redact(line.rstrip("\r\n")))

        return hear

    ended = threading.Event()
    opened: list[IO[Any]] = []
    options: dict[str, Any] = {
        "_bg": True,
        "_bg_exc": False,
        "_tty_out": False,
        "_new_session": True,
        "_env": dict(os.environ if env is None else env),
        "_cwd": str(cwd) if cwd is not None else None,
        "_in": input,
        "_out": listen("out"),
        "_err": listen("err"),
        "_ok_code": range(256),
        "_done": lambda *_: ended.set(),
        "_decode_errors": "replace",
    }
    if keep_open:
        options["_pass_fds"] = set(keep_open)
    if stdout_to is not None:
        opened.append(os.fdopen(os.open(stdout_to, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb", buffering=0))
        options["_out"] = opened[-1]
    if stdin_from is not None:
        opened.append(stdin_from.open("rb", buffering=0))
        options["_in"] = opened[-1]

    started = time.monotonic()
    try:
        with signals.forwarding() as forward:
            running = sh.Command(path)(*command[1:], **options)
            forward.to(running.pid, stop)
            if not _await_end(ended, timeout):
                _end_tree(running, ended)
                raise TimedOut(
                    f"{Path(command[0]).name} did not end within {timeout:g} s",
                    on=redact(shlex.join(command[1:]))[:160],
                    why=redact(last_line("".join(kept["err"]) or "".join(kept["out"]))) or "it printed nothing",
                )
            code = _exit_code(running)
            interrupted = forward.interrupted
    finally:
        for file in opened:
            file.close()

    completed = Completed(tuple(command), code, "".join(kept["out"]), "".join(kept["err"]), time.monotonic() - started)
    if interrupted:
        raise ProgramInterrupted(completed)
    if code not in ok:
        raise ProgramFailed(completed)
    return completed


class ProgramInterrupted(Interrupted):
    """A signal to us was forwarded to the program, and it has ended; `completed` holds what it said."""

    def __init__(self, completed: Completed) -> None:
        super().__init__("interrupted", on=Path(completed.argv[0]).name)
        self.completed = completed


def interactive(argv: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> int:
    """Give a program the terminal (psql, k9s) and return its exit code. Ctrl-C is the program's own while it runs."""
    import sh

    command = [str(word) for word in argv]
    path = which(command[0], env)
    with signals.ignored():
        try:
            sh.Command(path)(
                *command[1:],
                _fg=True,
                _env=dict(os.environ if env is None else env),
                _cwd=str(cwd) if cwd is not None else None,
            )
        except sh.ErrorReturnCode as error:
            return int(error.exit_code)
    return 0


def _await_end(ended: threading.Event, timeout: float | None) -> bool:
    # Waiting in slices: a signal's handler runs between them on every platform.
    deadline = None if timeout is None else time.monotonic() + timeout
    while not ended.wait(0.5 if deadline is None else max(0.0, min(0.5, deadline - time.monotonic()))):
        if deadline is not None and time.monotonic() >= deadline:
            return False
    return True


def _exit_code(running: Any) -> int:
    import sh

    try:
        running.wait()
    except sh.ErrorReturnCode as error:
        return int(error.exit_code)
    return int(running.exit_code)


def _end_tree(running: Any, ended: threading.Event) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(running.pid, number)
        except ProcessLookupError:
            return
        if ended.wait(GRACE):
            break
    # What the direct child left behind in its session.
    try:
        os.killpg(running.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def last_lines(text: str, most: int = LAST_LINES) -> list[str]:
    """The last lines of what a program said, redacted."""
    return [redact(line) for line in deque(text.splitlines(), maxlen=most)]
