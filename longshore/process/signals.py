"""Ctrl-C and SIGTERM: forwarded to the programs that run, raised as Interrupted where none runs.

`install` is called once, by the command line. A program runs in a session of its own and so never gets the terminal's Ctrl-C itself. The
second signal is sent on as SIGTERM, the third as SIGKILL, so that a person can always get out.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from longshore.errors import Interrupted


class Forward:
    """One running program's share of the signals."""

    def __init__(self) -> None:
        self._pid: int | None = None
        self._stop: signal.Signals | None = None
        self._count = 0

    @property
    def interrupted(self) -> bool:
        """Whether a signal came while the program ran."""
        return self._count > 0

    def to(self, pid: int, stop: signal.Signals | None) -> None:
        """Name the program; what came before it was known is sent now."""
        self._pid, self._stop = pid, stop
        if self._count:
            self._send(signal.SIGTERM)

    def send(self, number: signal.Signals) -> None:
        """Send the program what it should get for the signal that we got."""
        self._count += 1
        escalation = (self._stop or number, signal.SIGTERM, signal.SIGKILL)
        self._send(escalation[min(self._count, 3) - 1])

    def _send(self, number: signal.Signals) -> None:
        if self._pid is None:
            return
        try:
            os.killpg(self._pid, number)
        except ProcessLookupError:
            return


_running: list[Forward] = []
_lock = threading.RLock()
_ignoring = 0
happened = threading.Event()
"""Set by the first signal: what waits without a program (a poll of AWS) ends at its next look."""


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
def ignored() -> Iterator[None]:
    """While inside, an interactive program has the terminal: the signals are its own."""
    global _ignoring
    _ignoring += 1
    try:
        yield
    finally:
        _ignoring -= 1


def install() -> None:
    """Take over SIGINT and SIGTERM of this process (main thread only)."""
    signal.signal(signal.SIGINT, _handle)
    signal.signal(signal.SIGTERM, _handle)


def _handle(number: int, frame: FrameType | None) -> None:
    if _ignoring:
        return
    first = not happened.is_set()
    happened.set()
    with _lock:
        running = list(_running)
    if running:
        for forward in running:
            forward.send(signal.Signals(number))
        return
    if first or signal.Signals(number) is signal.SIGINT:
        raise Interrupted("interrupted", why=f"{signal.Signals(number).name} came")


def check() -> None:
    """Raise Interrupted where a signal has come: for loops that wait."""
    if happened.is_set():
        raise Interrupted("interrupted")


def sleep(seconds: float) -> None:
    """Sleep, or raise Interrupted as soon as a signal comes."""
    if happened.wait(seconds):
        raise Interrupted("interrupted")
