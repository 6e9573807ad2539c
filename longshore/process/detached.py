"""Servers that outlive the command that started them, and how to know them again later.

A server is known by its process id *and* its start time, so that a process id that was given out anew is never signalled.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

GRACE = 10.0
ORPHANS_GRACE = 2.0
"""Seconds in which the children of a server that has ended must end, too."""


@dataclass(frozen=True)
class Server:
    """A process on this machine: its id and when it started (seconds since the epoch, as the system tells it)."""

    pid: int
    started: float

    def alive(self) -> bool:
        """Whether it is still this process that runs under the id."""
        import psutil

        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < 1.0
            return bool(same and process.status() != psutil.STATUS_ZOMBIE)
        except psutil.Error:
            return False

    def stop(self, grace: float = GRACE) -> None:
        """End it and what it started: SIGTERM, which leaves it to itself to end its own children; then SIGTERM to those that it left behind,
        and SIGKILL to what is left `grace` seconds after the first signal, or a little later. Ended already is fine.
        """
        import psutil

        if not self.alive():
            return
        try:
            process = psutil.Process(self.pid)
            tree = [process, *process.children(recursive=True)]
        except psutil.Error:
            return
        _send([process], signal.SIGTERM)
        _wait([process], grace)
        _send(tree, signal.SIGTERM)
        left = _wait(tree, min(grace, ORPHANS_GRACE))
        _send(left, signal.SIGKILL)
        _wait(left, grace)


def _send(processes: list[psutil.Process], number: signal.Signals) -> None:
    import psutil

    for process in processes:
        try:
            process.send_signal(number)
        except psutil.Error:
            continue


def _wait(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that still run afterwards. A zombie has ended: in a container, process 1 may never take note of it."""
    import psutil

    deadline = time.monotonic() + seconds
    while processes and time.monotonic() < deadline:
        _, left = psutil.wait_procs(processes, timeout=0.1)
        processes = [process for process in left if not _has_ended(process)]
    return processes


def _has_ended(process: psutil.Process) -> bool:
    import psutil

    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return True


def server(pid: int) -> Server:
    """The server that runs under this id now.

    Raises ProcessLookupError when none does.
    """
    import psutil

    try:
        return Server(pid, psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        raise ProcessLookupError(pid) from None


def start(
    argv: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: int | None = None,
    group: int | None = None,
    detach: bool = True,
) -> Server:
    """Start a server whose output goes to `log` (0600, appended) and whose stdin is empty; it inherits no descriptor of ours.

    With `detach` it gets a session of its own and survives us. `user` and `group` are numeric ids to drop to (as root only).
    """
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        child = subprocess.Popen(
            [str(word) for word in argv],
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            env=dict(os.environ if env is None else env),
            cwd=cwd,
            user=user,
            group=group,
            extra_groups=[] if user is not None else None,
            start_new_session=detach,
            close_fds=True,
        )
    finally:
        os.close(descriptor)
    # The interpreter would warn of a child that nobody waits for; this one is meant to stay.
    child.returncode = 0 if detach else child.returncode
    try:
        return server(child.pid)
    except ProcessLookupError:
        return Server(child.pid, time.time())
