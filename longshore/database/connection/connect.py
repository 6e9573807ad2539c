"""Connects to a database by psycopg, and says what is wrong when that fails."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longshore.database.connection.connection import Connection
from longshore.errors import Failed
from longshore.process.redaction import redact

if TYPE_CHECKING:
    import psycopg

CONNECT_TIMEOUT = 10
STATEMENT_TIMEOUT_MS = 20_000
LOCK_TIMEOUT_MS = 5_000


class CannotConnect(Failed):
    """The database can't be reached or doesn't let us in."""


@contextmanager
def connect(
    connection: Connection,
    ca_file: Path | None = None,
    *,
    read_only: bool = True,
    settings: Mapping[str, str] | None = None,
    application: str = "longshore",
    env: str = "",
) -> Iterator[psycopg.Connection[Any]]:
    """A psycopg connection, closed at the end.

    Read-only is one read-only transaction with time limits of its own: settings of a session would stay behind in a pooler. Otherwise each
    statement commits by itself. `env` is the environment's name, for the commands in an error's text.

    Raises CannotConnect; Failed when a statement fails inside.
    """
    import psycopg

    arguments = connection.psycopg_arguments(ca_file, settings)
    arguments.setdefault("connect_timeout", CONNECT_TIMEOUT)
    arguments.setdefault("application_name", application)
    try:
        opened = psycopg.connect(autocommit=not read_only, prepare_threshold=None, **arguments)
    except psycopg.Error as error:
        raise explain(str(error), connection, env) from None
    try:
        with opened:
            if read_only:
                opened.read_only = True
                opened.execute(
                    f"SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_MS}; SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"
                )
            yield opened
    except psycopg.Error as error:
        raise _failed(error, connection, env) from error


def _failed(error: psycopg.Error, connection: Connection, env: str) -> Failed:
    if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
        return CannotConnect(
            "the connection to the database was lost", on=connection.address, why=_first(str(error)), do=_status(env)
        )
    return Failed(
        "the database refused a query",
        on=connection.address,
        why=f"{_first(str(error))} ({error.sqlstate})",
        do=_status(env),
    )


def explain(message: str, connection: Connection, env: str = "") -> CannotConnect:
    """What libpq's text means for a person: what is wrong, and the next command. The text's last word is the server's own."""
    flag = f" --env {env}" if env else ""
    url = f"inv secrets.set --key {connection.key}{flag}"
    own = "inv sandbox.up" if connection.is_local else ""
    host, role, base = connection.host, connection.user, connection.database
    cases: list[tuple[str, str, str, tuple[str, ...]]] = [
        (r"password authentication failed", f"the database refused the password of {role}", "", (url,)),
        (
            r"no password supplied",
            f"the database wants a password of {role}, and {connection.key} has none",
            "",
            (url,),
        ),
        (r'database ".*" does not exist', f"there is no database {base}", "", (f"inv db.create{flag}", url)),
        (r'role ".*" does not exist', f"there is no role {role}", "", (url,)),
        (
            r"is not permitted to log in",
            f"the role {role} may not log in",
            "",
            (f"ALTER ROLE {role} LOGIN, as an administrator",),
        ),
        (
            r"permission denied for database",
            f"the role {role} may not connect to {base}",
            "",
            ("GRANT CONNECT, as an administrator",),
        ),
        (
            r"too many (connections|clients)|remaining connection slots",
            "the database has no connection left",
            "",
            ("end idle sessions, or wait and try again",),
        ),
        (
            r"does not match host ?name|server certificate for",
            "the server's certificate bears another name",
            f"it is not for {host}",
            ("name the server as its certificate does; through a tunnel write sslmode=verify-ca",),
        ),
        (
            r"certificate verify failed|self.signed certificate|unable to get (local )?issuer",
            "the server's certificate is not signed by the CA",
            "",
            ("set DB_CA_FILE to the CA of this server (RDS: global-bundle.pem)", f"inv env.show{flag}"),
        ),
        (r"root certificate file .* does not exist", "the CA file is not there", "", ("set DB_CA_FILE",)),
        (
            r"could not read root certificate file",
            "the CA file holds no certificate",
            "",
            ("set DB_CA_FILE to a PEM file",),
        ),
        (
            r"server does not support SSL",
            "the server has no TLS",
            "",
            (f"a server on this machine: write sslmode=disable in {connection.key}",),
        ),
        (
            r"no encryption|SSL off|no pg_hba.conf entry",
            f"the server's pg_hba.conf lets {role} in from here only another way",
            "",
            (f"where it wants TLS: set DB_CA_FILE, or sslmode=require in {connection.key}",),
        ),
        (
            r"unsupported startup parameter",
            "a pooler (pgbouncer) stands between",
            "",
            ("use the database's direct endpoint: a pooler breaks golang-migrate's lock", url),
        ),
        (
            r"failed to resolve host|could not translate host name|Name or service not known",
            f"the host {host} is not known",
            "",
            (url, "inside a VPC: connect its VPN, or a tunnel, first"),
        ),
        (
            r"the database system is (starting|shutting)|not yet accepting",
            "the database is starting or stopping",
            "",
            ("try again",),
        ),
        (
            r"timeout|timed out",
            f"the database did not answer within {_limit(connection)} s",
            "",
            (own or "check security groups, VPN, tunnel",),
        ),
        (
            r"Connection refused|No such file or directory|actively refused",
            "nothing answers there" if not connection.is_socket else "no server has its socket there",
            "",
            (own or "check the host and port", url if connection.is_local else ""),
        ),
        (r"No route to host|Network is unreachable", f"there is no way to {host}", "", ("check VPN and network",)),
    ]
    for pattern, what, why, do in cases:
        if re.search(pattern, message, re.I):
            return CannotConnect(
                what, on=connection.address, why=why or _first(message), do=[line for line in do if line]
            )
    return CannotConnect(
        "the database can't be reached", on=connection.address, why=_first(message), do=f"inv doctor{flag}"
    )


def _limit(connection: Connection) -> str:
    return connection.parameters.get("connect_timeout", str(CONNECT_TIMEOUT))


def _status(env: str) -> str:
    return "inv db.status" + (f" --env {env}" if env else "")


def _first(message: str) -> str:
    """The line that tells most: what follows libpq's `... failed:`, without its prefix."""
    lines = [line.strip(" -\t") for line in message.splitlines() if line.strip()]
    told = next((line for line in lines if re.search(r"FATAL|SSL|failed: ", line)), lines[0] if lines else "")
    return redact(re.sub(r"^.*FATAL: +|^.*failed: +(?=\S)", "", told, count=1))
