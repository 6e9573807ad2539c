"""The sandbox's processes: written down as soon as they have an id, found again after whatever became of the supervisor."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from longshore.process.detached import Server
from longshore.sandbox.files import read_json, write_json
from longshore.sandbox.layout import Layout

SUPERVISOR = "supervisor"
SUPERVISOR_MODULE = "longshore.sandbox.supervisor"
CLUSTER = "eks-"
REGISTRY = "registry"
PARTS = ("apiserver", "cert-manager", "controller-manager", "etcd", "kwok", "scheduler")
POSTGRES_GRACE = 5.0
SUPERVISOR_GRACE = 20.0
"""Seconds until SIGKILL. The supervisor's is longer: it ends the others first."""
POLL = 0.01
KILL_GRACE = 5.0
"""Seconds that the system has to take a killed process away."""


@dataclass(frozen=True)
class Recorded:
    """A process as it was written down. `since` is in seconds since the epoch; port 0: it listens nowhere itself."""

    name: str
    pid: int
    started: float
    port: int
    since: float

    @property
    def server(self) -> Server:
        return Server(self.pid, self.started)

    def __str__(self) -> str:
        return f"{self.name} (process {self.pid})"


def of_cluster(cluster: str, part: str) -> str:
    """The name of a part of a cluster's control plane: `eks-bank-dev.apiserver`. No cluster's name has a dot."""
    return f"{CLUSTER}{cluster}.{part}"


def part_of(name: str) -> tuple[str, str] | None:
    """The cluster and the part that a process's name says; None for those of no cluster."""
    if not name.startswith(CLUSTER):
        return None
    cluster, _, part = name.removeprefix(CLUSTER).rpartition(".")
    return cluster, part


def record(layout: Layout, name: str, server: Server, port: int = 0) -> None:
    """Write a process down."""
    write_json(_file(layout, name), asdict(Recorded(name, server.pid, server.started, port, time.time())))


def forget(layout: Layout, name: str) -> None:
    """Its end is certain."""
    _file(layout, name).unlink(missing_ok=True)


def recorded(layout: Layout) -> list[Recorded]:
    """All that are written down, the supervisor first, alive or not."""
    found = []
    for path in sorted(layout.processes.glob("*.json")):
        try:
            found.append(Recorded(**read_json(path)))
        except TypeError:
            continue
    return sorted(found, key=lambda one: one.name != SUPERVISOR)


def living(layout: Layout, data: Path) -> list[Recorded]:
    """The processes of this sandbox that live: those written down, and those that their command line betrays.

    The latter are there when a supervisor was killed between the start of a server and its record.
    """
    alive = [one for one in recorded(layout) if one.server.alive()]
    known = {one.pid for one in alive}
    return alive + [one for one in _betrayed(layout, data) if one.pid not in known]


def _betrayed(layout: Layout, data: Path) -> list[Recorded]:
    import psutil

    found = []
    for process in psutil.process_iter(["cmdline", "create_time", "status"]):
        argv = process.info["cmdline"] or []
        started = process.info["create_time"]
        if started is None or process.pid == os.getpid() or process.info["status"] == psutil.STATUS_ZOMBIE:
            continue
        if SUPERVISOR_MODULE in argv[:-1] and argv[-1] == str(layout.folder):
            found.append(Recorded(SUPERVISOR, process.pid, started, 0, started))
        elif f"--disk={layout.registry}" in argv[1:]:
            found.append(Recorded(REGISTRY, process.pid, started, 0, started))
        elif (name := _part(layout, argv)) is not None:
            found.append(Recorded(name, process.pid, started, 0, started))
        elif "-D" in argv[:-1] and Path(argv[argv.index("-D") + 1]).is_relative_to(data):
            found.append(Recorded("postgres", process.pid, started, 0, started))
    return sorted(found, key=lambda one: one.name != SUPERVISOR)


def _part(layout: Layout, argv: Sequence[str]) -> str | None:
    """The name of the part of a control plane that this is: all are told files in their cluster's folder."""
    program = Path(argv[0]).name.removeprefix("kube-") if argv else ""
    if program not in PARTS:
        return None
    for word in argv[1:]:
        told = Path(word.partition("=")[2])
        if told.is_relative_to(layout.clusters) and told != layout.clusters:
            return of_cluster(told.relative_to(layout.clusters).parts[0], program)
    return None


def stop_all(layout: Layout, data: Path) -> None:
    """End every process of this sandbox, the supervisor first."""
    for one in living(layout, data):
        if one.name == SUPERVISOR:
            one.server.stop(SUPERVISOR_GRACE)
        elif one.name == REGISTRY or part_of(one.name) is not None:
            kill(one.server)
        else:
            stop_postgres(one.server)
    for one in recorded(layout):
        forget(layout, one.name)


def stop_postgres(server: Server) -> None:
    """End a PostgreSQL server without waiting for its clients (SIGINT: fast shutdown; SIGTERM would wait for them)."""
    _signal(server, signal.SIGINT)
    if not _ends_within(POSTGRES_GRACE, server):
        server.stop(POSTGRES_GRACE)
    reap(server)


def kill(server: Server) -> None:
    """End a server whose data is thrown away. Ended already is fine."""
    _signal(server, signal.SIGKILL)
    _ends_within(KILL_GRACE, server)
    reap(server)


def _signal(server: Server, number: signal.Signals) -> None:
    if server.alive():
        with suppress(ProcessLookupError):
            os.kill(server.pid, number)


def _ends_within(seconds: float, server: Server) -> bool:
    deadline = time.monotonic() + seconds
    while not _has_ended(server):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL)
    return True


def _has_ended(server: Server) -> bool:
    """Also of a zombie that is another's child, of which process 1 may take no note, but not before all its threads have ended:
    until then it holds its ports.
    """
    import psutil

    if server.alive():
        return False
    try:
        return os.waitpid(server.pid, os.WNOHANG)[0] == server.pid
    except ChildProcessError:
        pass
    try:
        process = psutil.Process(server.pid)
        return bool(process.create_time() != server.started or process.num_threads() <= 1)
    except psutil.Error:
        return True


def reap(server: Server) -> None:
    """Take the exit code of a child that has ended, so that it is no zombie."""
    try:
        os.waitpid(server.pid, os.WNOHANG)
    except ChildProcessError:
        return


def _file(layout: Layout, name: str) -> Path:
    return layout.processes / f"{name}.json"
