"""The sandbox's own process: serves AWS, starts PostgreSQL and the control planes of clusters, revives what dies, ends all.

`python -m longshore.sandbox.supervisor STATE_DIR` (absolute). `up` starts it detached; SIGTERM ends it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import signal
import sys
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

from longshore.errors import Failed, LongshoreError
from longshore.process import detached
from longshore.process.redaction import know
from longshore.sandbox import client_files, kept, processes, roles, settings
from longshore.sandbox.cluster.clusters import KubernetesClusters
from longshore.sandbox.cluster.part import Part
from longshore.sandbox.databases import PostgresDatabases
from longshore.sandbox.files import write_json, write_private
from longshore.sandbox.kept import Kept
from longshore.sandbox.layout import Layout, unusable
from longshore.sandbox.postgres import Place, PostgresServer
from longshore.sandbox.registry.registry import LocalRegistry
from longshore.sandbox.running import Running
from longshore.sandbox.settings import Settings

LOOK_EVERY = 0.5
MOST_REVIVALS = 5
WITHIN = 60.0
"""A server that dies more often than this within so many seconds stays dead."""


def say(text: str) -> None:
    """A line of the supervisor's log."""
    print(time.strftime("%Y-%m-%dT%H:%M:%S%z"), text, flush=True)


class Supervisor:
    """One sandbox while it runs."""

    def __init__(self, layout: Layout, wishes: Settings, keep: Kept, ending: threading.Event) -> None:
        self._layout = layout
        self._settings = wishes
        self._kept = keep
        self._ending = ending
        self._place = Place.of(layout)
        self._databases = PostgresDatabases(self._place)
        self._postgres = PostgresServer(
            self._place, "postgres", self._place.data / "postgres",
            superuser="postgres", password=keep.administrator_password, port=keep.ports.get("postgres", 0),
        )  # fmt: skip
        self._webhooks = secrets.token_urlsafe(24)
        know(self._webhooks)
        self._clusters = KubernetesClusters(
            layout, lambda: client_files.endpoint(keep), self._webhooks, keep.ports,
            lambda: kept.save(layout, keep), wishes.region,
        )  # fmt: skip
        self._registry = LocalRegistry(layout, keep.ports)
        self._revivals: dict[str, deque[float]] = {}
        self._forsaken = False

    def run(self) -> None:
        """Start, watch until the end is wished for, stop. Raises LongshoreError when the start fails."""
        from longshore.sandbox import aws

        with ThreadPoolExecutor(max_workers=1) as pool:
            started = pool.submit(self._start_postgres)
            cloud = None
            try:
                cloud = aws.serve(
                    self._settings, self._kept, self._databases, self._clusters, self._webhooks, self._registry
                )
                started.result()
                if not self._ending.is_set():
                    self._tell("writing the profiles")
                    kept.save(self._layout, self._kept)
                    client_files.write(self._layout, self._settings, self._kept)
                    cloud.seed_secrets()
                    me = detached.server(os.getpid())
                    url = client_files.endpoint(self._kept)
                    Running.announce(self._layout, me, url, self._kept.ports, self._settings.plays)
                    say("all servers answer")
                self._watch()
            finally:
                self._ending.set()
                say("stopping")
                if cloud is not None:
                    cloud.stop()
                started.cancel() or started.exception()
                self._registry.stop()
                self._clusters.stop()
                self._databases.stop()
                self._postgres.stop()
                self._layout.state.unlink(missing_ok=True)
                if self._forsaken:
                    shutil.rmtree(self._place.data, ignore_errors=True)

    def _start_postgres(self) -> None:
        self._tell("starting PostgreSQL")
        self._postgres.initialise()
        self._postgres.start(given_up=self._ending.is_set)
        self._kept.ports["postgres"] = self._postgres.port
        with self._postgres.connect() as connection:
            roles.make_application(connection, self._settings.app, self._kept.application_password)
        self._tell("starting AWS")

    def _tell(self, text: str) -> None:
        say(text)
        write_private(self._layout.progress, text)

    def _watch(self) -> None:
        while not self._ending.wait(LOOK_EVERY):
            if not self._layout.lock.exists():
                say("the state folder is gone, and so is the wish for this sandbox")
                self._forsaken = True
                return
            servers: list[PostgresServer | Part | LocalRegistry] = [
                self._postgres, *self._databases.servers(), *self._clusters.parts(), self._registry,
            ]  # fmt: skip
            for server in servers:
                if server.died():
                    self._revive(server)

    def _revive(self, server: PostgresServer | Part | LocalRegistry) -> None:
        times = self._revivals.setdefault(server.name, deque(maxlen=MOST_REVIVALS))
        now = time.monotonic()
        if len(times) == MOST_REVIVALS and now - times[0] < WITHIN:
            return
        times.append(now)
        say(f"{server.name} died; starting it again")
        try:
            if server.revive():
                # Only PostgreSQL's is waited for.
                say(f"{server.name} {'answers' if isinstance(server, PostgresServer) else 'runs'} again")
        except (LongshoreError, OSError) as error:
            say(str(error))
        if len(times) == MOST_REVIVALS:
            say(f"{server.name} died {MOST_REVIVALS} times; it stays as it is for {WITHIN:g} s")


def main(folder: Path) -> int:
    """Run the sandbox of this state folder to its end; the exit code says how it went, failure.json why."""
    ending = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ending.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    layout = Layout(folder)
    lock = os.open(layout.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("another supervisor has this sandbox")
        return 1
    processes.record(layout, processes.SUPERVISOR, detached.server(os.getpid()))
    try:
        wishes = settings.read(layout)
        if wishes is None:
            raise Failed("the sandbox's settings can't be read", on=str(layout.settings), do="inv sandbox.up")
        Supervisor(layout, wishes, kept.load_or_make(layout), ending).run()
    except LongshoreError as error:
        return _failed(layout, error)
    except OSError as error:
        return _failed(layout, unusable(error, folder))
    processes.forget(layout, processes.SUPERVISOR)
    say("stopped")
    return 0


def _failed(layout: Layout, error: LongshoreError) -> int:
    say(str(error))
    failure = {"what": error.what, "on": error.on, "why": error.why, "do": list(error.do)}
    try:
        write_json(layout.failure, failure)
    except OSError:
        say("(the reason could not be written down)")
    processes.forget(layout, processes.SUPERVISOR)
    return 1


if __name__ == "__main__":
    code = main(Path(sys.argv[1]))
    sys.stdout.flush()
    # Everything has been stopped: the interpreter's own end would wait for RDS's threads and take moto's memory apart piece by piece.
    os._exit(code)
