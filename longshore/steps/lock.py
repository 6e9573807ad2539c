"""One run at a time for a subject of an environment, on this machine.

An flock that child processes inherit: while an orphaned `migrate` lives, the lock is held. It only spares work; what decides between a laptop
and CI is on the server (design, Safety).
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from longshore.errors import Refused, UsageError
from longshore.process import signals

POLL = 0.2


@contextmanager
def hold(
    folder: Path, subject: str, holder: str, *, wait: float, say: Callable[[str], None], next_command: str = ""
) -> Iterator[int]:
    """Hold the lock of `subject`; the value is its descriptor, for the programs that must inherit it.

    `holder` is who to name to the others. Waits up to `wait` seconds, saying once for whom.
    Raises Refused when the time is over, UsageError when there can be no lock.
    """
    path = folder / f"{subject}.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(
            "can't make the lock that keeps two runs apart", on=str(path), why=str(error.strerror)
        ) from None
    try:
        _acquire(descriptor, path, subject, wait, say, next_command)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"holder": holder, "pid": os.getpid(), "since": time.time()}).encode(), 0)
        try:
            yield descriptor
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        # Closing is what releases; a child that inherited the descriptor keeps the lock until it ends.
        os.close(descriptor)


def is_held(folder: Path, subject: str) -> bool:
    """Whether a run, or a program that it left behind, holds the lock now."""
    try:
        descriptor = os.open(folder / f"{subject}.lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _acquire(descriptor: int, path: Path, subject: str, wait: float, say: Callable[[str], None], then: str) -> None:
    deadline = time.monotonic() + wait
    told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            who = _holder(path)
        left = deadline - time.monotonic()
        if left <= 0:
            raise Refused(
                f"another run works on {subject}",
                on=who,
                why=f"waited {wait:g} s for it",
                do=then or "wait for it to end, or --wait SECONDS to wait longer",
            )
        if not told:
            say(f"waiting up to {wait:g} s for {who}, which works on {subject}")
            told = True
        signals.sleep(min(POLL, left))


def _holder(path: Path) -> str:
    try:
        told = json.loads(path.read_text())
        since = max(0, round(time.time() - float(told["since"])))
        alive = Path(f"/proc/{told['pid']}").exists() if Path("/proc/self").exists() else True
        left = "" if alive else ", which has ended; a program that it started still runs"
        return f"{told['holder']} (process {told['pid']}, since {since} s{left})"
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return "a program left behind by an earlier run"
