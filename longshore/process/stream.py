"""Read a program's output while it runs, as bytes, in bounded memory: for output that is too large, or too secret, to be kept."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from longshore.errors import Failed
from longshore.process import signals, tree
from longshore.process.run import LAST_LINES, NOTHING, Completed, ProgramFailed, ProgramInterrupted, which


@contextmanager
def reading(
    argv: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str], stdin_from: Path = NOTHING
) -> Iterator[BinaryIO]:
    """Inside, its stdout is there to be read. Whoever leaves before the end ends the program.

    Raises ProgramMissing; at the end ProgramFailed for another exit code than 0, Interrupted when a signal to us ended it.
    """
    import sh  # laziness: sh imports asyncio

    command = [str(word) for word in argv]
    path = which(command[0], env)
    said: deque[str] = deque(maxlen=LAST_LINES)
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb") as output, signals.forwarding() as forward:
        with os.fdopen(theirs, "wb", 0) as end, stdin_from.open("rb", 0) as source:
            try:
                running = sh.Command(path)(
                    *command[1:], _bg=True, _bg_exc=False, _new_session=True, _tty_out=False, _env=dict(env), _cwd=str(cwd),
                    _in=source, _out=end, _err=said.append, _encoding="utf-8", _decode_errors="replace",
                )  # fmt: skip
            except sh.ForkException:
                raise Failed(f"{command[0]} can't be started", on=path) from None
        forward.to(running.pid, None)
        ended = threading.Event()
        threading.Thread(target=_reap, args=(running, ended), daemon=True).start()
        try:
            yield output
            rest = output.read(1)
        except BaseException:
            tree.end(running.pid, ended)
            raise
        if rest:
            tree.end(running.pid, ended)
            return
        ended.wait()
        code: int = running.process.exit_code or 0
        completed = Completed(tuple(command), code, "", "".join(said), 0.0)
        if forward.interrupted:
            raise ProgramInterrupted(completed)
        if completed.code != 0:
            raise ProgramFailed(completed)


def _reap(running: Any, ended: threading.Event) -> None:
    try:
        running.process.wait()
    finally:
        ended.set()
