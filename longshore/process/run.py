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
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from longshore.errors import Failed, Interrupted, UsageError
from longshore.process import signals, tree
from longshore.process.redaction import redact

LAST_LINES = 40
"""How many of a program's last lines an error keeps."""

NOTHING = Path(os.devnull)

OnLine = Callable[[str], None]


@dataclass(frozen=True)
class Completed:
    """How a program ended; `code` is negative for the signal that ended it. `stdout` and `stderr` are as the program wrote them: redact before showing."""

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
            f"{Path(completed.argv[0]).name} {_how(completed.code)}",
            on=_arguments(completed.argv),
            why=redact(said),
            do=do,
        )
        self.completed = completed


def _how(code: int) -> str:
    return f"ended with exit code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"


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
    return str(Path(found).absolute())


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
    if cwd is not None and not cwd.is_dir():
        raise UsageError(f"{Path(command[0]).name} can't be started", on=str(cwd), why="there is no such folder")
    heard = _Heard(on_line)
    started = time.monotonic()
    with ExitStack() as files, signals.forwarding() as forward:
        options = _options(env, cwd, heard, keep_open)
        # Not None: with a listener, sh would leave stdin open for ever.
        options["_in"] = input if input is not None else files.enter_context((stdin_from or NOTHING).open("rb", 0))
        if stdout_to is not None:
            options["_out"] = files.enter_context(open(stdout_to, "wb", 0, opener=_private))
        try:
            running = sh.Command(path)(*command[1:], **options)
        except sh.ForkException as error:
            _bury(error)
            why = redact(last_line(str(error)))
            raise Failed(f"{Path(command[0]).name} can't be started", on=path, why=why) from None
        forward.to(running.pid, stop)
        ended = threading.Event()
        threading.Thread(target=_reap, args=(running, ended), daemon=True).start()
        try:
            in_time = _await_end(ended, timeout)
        except BaseException:
            tree.end(running.pid, ended)
            raise
        if not in_time:
            tree.end(running.pid, ended)
            raise TimedOut(
                f"{Path(command[0]).name} did not end within {timeout:g} s",
                on=_arguments(command),
                why=redact(last_line(heard.stderr) or last_line(heard.stdout)) or "it printed nothing",
            )
        tree.end_leftovers(running.pid)
        code = int(running.process.exit_code)
        interrupted = forward.interrupted
    if heard.fault is not None:
        raise heard.fault

    completed = Completed(tuple(command), code, heard.stdout, heard.stderr, time.monotonic() - started)
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
    """Give a program the terminal (psql, k9s) and return its exit code; 128 + N when signal N ended it, as a shell tells it.

    Ctrl-C is the program's own while it runs; SIGTERM to us is sent on to it. Not by `sh`, which doesn't tell the process's id here.
    """
    import subprocess

    command = [str(word) for word in argv]
    path = which(command[0], env)
    with signals.handed_over() as hand_over:
        child = subprocess.Popen([path, *command[1:]], env=dict(os.environ if env is None else env), cwd=cwd)
        hand_over(child.pid)
        code = child.wait()
    return code if code >= 0 else 128 - code


def _await_end(ended: threading.Event, timeout: float | None) -> bool:
    # Waiting in slices: a signal's handler runs between them on every platform.
    deadline = None if timeout is None else time.monotonic() + timeout
    while not ended.wait(0.5 if deadline is None else max(0.0, min(0.5, deadline - time.monotonic()))):
        if deadline is not None and time.monotonic() >= deadline:
            return False
    return True


class _Heard:
    """What a program said so far. Called from the thread in which sh reads."""

    def __init__(self, on_line: OnLine | None) -> None:
        self._on_line = on_line
        self._out: list[str] = []
        self._err: list[str] = []
        self.fault: BaseException | None = None
        """What the listener raised: raised again once the program has ended. In sh's thread it would stop the reading, and the program with it."""

    @property
    def stdout(self) -> str:
        return "".join(self._out)

    @property
    def stderr(self) -> str:
        return "".join(self._err)

    def out(self, line: str) -> None:
        self._out.append(line)
        self._tell(line)

    def err(self, line: str) -> None:
        self._err.append(line)
        self._tell(line)

    def _tell(self, line: str) -> None:
        if self._on_line is None or self.fault is not None:
            return
        try:
            self._on_line(redact(line.rstrip("\r\n")))
        except BaseException as fault:
            self.fault = fault


def _options(
    env: Mapping[str, str] | None, cwd: Path | None, heard: _Heard, keep_open: Collection[int]
) -> dict[str, Any]:
    options: dict[str, Any] = {
        "_bg": True,
        "_bg_exc": False,
        "_tty_out": False,
        "_new_session": True,
        "_env": dict(os.environ if env is None else env),
        "_cwd": str(cwd) if cwd is not None else None,
        "_out": heard.out,
        "_err": heard.err,
        "_encoding": "utf-8",
        "_decode_errors": "replace",
    }
    if keep_open:
        options["_pass_fds"] = set(keep_open)
        options["_preexec_fn"] = partial(_let_through, keep_open)
    return options


def _let_through(descriptors: Collection[int]) -> None:
    # sh leaves them open until the exec, which closes what Python has opened. In the child, so that nobody else inherits them.
    for descriptor in descriptors:
        os.set_inheritable(descriptor, True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _arguments(argv: Sequence[str]) -> str:
    return redact(shlex.join(argv[1:]))[:160]


def _bury(error: Exception) -> None:
    """Wait for the child that could not become the program. sh doesn't, and its error doesn't name it: it is the `self` of who raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    pid = getattr(trace.tb_frame.f_locals.get("self"), "pid", None) if trace is not None else None
    if pid:
        os.waitpid(pid, 0)


def _reap(running: Any, ended: threading.Event) -> None:
    """Wait for the program and for the rest of what it says. sh itself looks for the end only when its output ends."""
    try:
        running.process.wait()
    finally:
        ended.set()


def last_lines(text: str, most: int = LAST_LINES) -> list[str]:
    """The last lines of what a program said, redacted."""
    return [redact(line) for line in deque(text.splitlines(), maxlen=most)]
