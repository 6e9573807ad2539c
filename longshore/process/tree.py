"""End a program together with what it started: the whole group (of the session that it was given), by one signal."""

from __future__ import annotations

import os
import signal
import threading
import time

GRACE = 5.0
"""Seconds between the polite signal and SIGKILL."""


def end(pid: int, ended: threading.Event) -> None:
    """End a program whose time is over, and all that it started; `ended` is set by whoever waits for it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        _signal_group(pid, number)
        ended.wait(GRACE)


def end_leftovers(pid: int) -> None:
    """End what the program started and left behind in its session."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not _signal_group(pid, number):
            return
        deadline = time.monotonic() + GRACE
        while _lives(pid) and time.monotonic() < deadline:
            time.sleep(0.05)


def _signal_group(group: int, number: signal.Signals) -> bool:
    """Whether there was anyone to signal."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _lives(group: int) -> bool:
    """Whether anyone of the group is more than a zombie (whose parent, not ours, forgets to wait for it)."""
    import psutil

    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                return True
        except (psutil.Error, OSError):
            continue
    return False
