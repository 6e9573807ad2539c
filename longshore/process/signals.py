"""Ctrl-C and SIGTERM: forwarded to the programs that run, raised as Interrupted where none runs.

`install` is called once, by the command line. A program runs in a session of its own and so never gets the terminal's Ctrl-C itself. The
second signal is sent on as SIGTERM, the third as SIGKILL, so that a person can always get out.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from longshore.errors import Interrupted


class Forward:
    """One running program's share of the signals."""

    def __init__(self) -> None:
        self._pid: int | None = None
        self._stop: signal.Signals | None = None
        self._count = 0
        self._last: signal.Signals | None = None

    @property
    def interrupted(self) -> bool:
        """Whether a signal came while the program ran."""
        return self._count > 0

    def to(self, pid: int, stop: signal.Signals | None) -> None:
        """Name the program; what came before it was known is sent now."""
        self._pid, self._stop = pid, stop
        self._send()

    def send(self, number: signal.Signals) -> None:
        """Send the program what it should get for the signal that we got."""
        self._count += 1
        self._last = number
        self._send()

    def _send(self) -> None:
        if self._pid is None or self._last is None:
            return
        escalation = (self._stop or self._last, signal.SIGTERM, signal.SIGKILL)
        try:
            os.killpg(self._pid, escalation[min(self._count, 3) - 1])
        except ProcessLookupError:
            return


_running: list[Forward] = []
_lock = threading.RLock()
_handed_over = 0
"""The process id of the interactive program that has the terminal; 0: none, -1: it is being started."""
_came = False
"""Set by the first signal. A plain switch: the handler may interrupt the very thread that holds an Event's lock, and `set` would wait for it for ever."""

SLICE = 0.2
"""Seconds between two looks whether a signal has come."""


@contextmanager
def forwarding() -> Iterator[Forward]:
    """While inside, signals go to the program named by `.to()` and are not raised here."""
    forward = Forward()
    with _lock:
        _running.append(forward)
    try:
        yield forward
    finally:
        with _lock:
            _running.remove(forward)


@contextmanager
def handed_over() -> Iterator[Callable[[int], None]]:
    """While inside, an interactive program has the terminal: Ctrl-C reaches it by itself, SIGTERM is sent on to the process id that is told."""
    global _handed_over
    kept, _handed_over = _handed_over, -1

    def to(pid: int) -> None:
        global _handed_over
        _handed_over = pid

    try:
        yield to
    finally:
        _handed_over = kept


def install() -> None:
    """Take over SIGINT and SIGTERM of this process (main thread only)."""
    signal.signal(signal.SIGINT, _handle)
    signal.signal(signal.SIGTERM, _handle)


def _handle(number: int, frame: FrameType | None) -> None:
    global _came
    if _handed_over:
        if signal.Signals(number) is signal.SIGTERM and _handed_over > 0:
            os.kill(_handed_over, signal.SIGTERM)
        return
    first, _came = not _came, True
    with _lock:
        running = list(_running)
    if running:
        for forward in running:
            forward.send(signal.Signals(number))
        return
    if first or signal.Signals(number) is signal.SIGINT:
        raise Interrupted("interrupted", why=f"{signal.Signals(number).name} came")


def came() -> bool:
    """Whether a signal has come: what fails after it (a library that swallowed the interruption) was interrupted."""
    return _came


def check() -> None:
    """Raise Interrupted where a signal has come: for loops that wait."""
    if _came:
        raise Interrupted("interrupted")


def sleep(seconds: float) -> None:
    """Sleep, or raise Interrupted as soon as a signal comes."""
    deadline = time.monotonic() + seconds
    check()
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(SLICE, left))
        check()
