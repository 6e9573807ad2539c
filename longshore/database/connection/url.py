"""Reads a PostgreSQL connection from the text that an application's settings hold, in every form that its users write."""

from __future__ import annotations

import re
from collections.abc import Sequence

from longshore import person
from longshore.database.connection import authority, keywords, tls
from longshore.database.connection.connection import ONLY_PARAMETERS, SCRUBBED, VARIABLES, Connection
from longshore.errors import UsageError
from longshore.process import redaction

__all__ = ["SCRUBBED", "Connection", "parse"]

SCHEMES = ("postgres", "postgresql")
DEFAULT_PORT = 5432
ENCODE = "python3 -c 'import getpass, urllib.parse as u; print(u.quote(getpass.getpass(), safe=\"\"))'"
BOOLEANS = {"1": True, "t": True, "T": True, "TRUE": True, "true": True, "True": True} | dict.fromkeys(
    ("0", "f", "F", "FALSE", "false", "False"), False
)
"""Go's strconv.ParseBool."""

OWN = frozenset({*VARIABLES, *ONLY_PARAMETERS, "sslmode", "sslrootcert", "options"})
PLACE = ("host", "port", "user", "password", "dbname")
REFUSED = {
    "hostaddr": "write the address as the host (with sslmode=verify-ca where the certificate bears the name)",
    "service": "write host, port, user and database",
    "servicefile": "write host, port, user and database",
    "requirepeer": "leave it out",
    "requiressl": "write sslmode=verify-full",
    "sslcrl": "leave it out",
    "sslcrldir": "leave it out",
    "krbsrvname": "leave it out: golang-migrate signs in with a password",
    "gsslib": "leave it out: golang-migrate signs in with a password",
}
"""libpq's parameters that golang-migrate's driver can't do, and what to do about each."""

POOLS = re.compile(
    r"pool_\w+|connection_limit|pool_timeout|socket_timeout|pgbouncer|statement_cache_(mode|capacity|size)|description_cache_capacity"
    r"|default_query_exec_mode|prefer_simple_protocol|binary_parameters|disable_prepared_binary_result|sslinline|max_protocol_version|min_protocol_version"
)
"""Parameters of pgx, lib/pq, Prisma and their pools: the server would refuse them as unknown settings."""

HARMLESS = ("client_encoding", "datestyle", "replication")
"""Parameters that golang-migrate can only have at its own value."""

SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")


def parse(text: str, key: str = "DB_SOURCE") -> Connection:
    """Read a URL (`postgres://`, `postgresql://`) or keyword/value text. `key` names the secret's key in messages.

    Where a password holds raw special characters it is taken if there is only one way to read it. The text and the password are known to the
    redaction from here on.

    Raises UsageError, whose text never holds a part of the value.
    """
    text = text.strip()
    redaction.know(text)
    if not text:
        raise UsageError(f"{key} is empty", do=f"inv secrets.set --key {key}")
    if text[0] in "\"'" and text[-1] == text[0]:
        raise UsageError(
            f"{key} is in quotes", why="the quotes are part of the value", do=f"inv secrets.set --key {key}"
        )
    scheme, separator, rest = text.partition("://")
    if separator and re.fullmatch(r"[A-Za-z0-9+.:-]+", scheme):
        return _from_url(scheme, rest, key)
    if keywords.looks_like(text):
        try:
            return _build(keywords.split(text), key)
        except ValueError as error:
            raise UsageError(f"{key} can't be read", why=str(error), do=f"inv secrets.set --key {key}") from None
    raise UsageError(f"{key} is no PostgreSQL connection", do="write postgres://USER:PASSWORD@HOST:5432/DATABASE")


def _from_url(scheme: str, rest: str, key: str) -> Connection:
    if scheme.lower() not in SCHEMES:
        raise UsageError(
            f"{key} has the scheme {scheme}://"
            if scheme.startswith(("postgres", "pgx", "jdbc"))
            else f"{key} is no PostgreSQL URL",
            why="golang-migrate's driver knows postgres:// and postgresql://",
            do="write postgres://USER:PASSWORD@HOST:5432/DATABASE",
        )
    userinfo = rest.rpartition("@")[0]
    redaction.know(userinfo.partition(":")[2])
    try:
        parts = authority.split(rest)
    except authority.Ambiguous as fault:
        raise UsageError(
            f"{key} can't be read",
            why=str(fault),
            do=("write the password with percent escapes; this prints it so:", ENCODE),
        ) from None
    place = [
        *(("user", parts.user), ("password", parts.password), ("host", parts.host)),
        *(("port", parts.port), ("dbname", parts.database)),
    ]
    return _build([*((name, value) for name, value in place if value), *parts.query], key)


def _build(pairs: Sequence[tuple[str, str]], key: str) -> Connection:
    """Sort the pairs by who understands them; the last one of a name wins, and an empty one counts as left out."""
    values = {name: value for name, value in pairs if value}
    redaction.know(*(values[name] for name in ("password", "sslpassword") if name in values))
    for name in values:
        if name in REFUSED:
            raise UsageError(f"golang-migrate can't use the parameter {name}", on=key, do=REFUSED[name])
    tls.check_mode(values.get("sslmode", ""), key)
    migrate = {name: value for name, value in values.items() if name.startswith("x-")}
    _check_migrate(migrate, key)
    left_out = tuple(name for name in values if POOLS.fullmatch(name) or name.lower() in HARMLESS)
    taken = {*PLACE, *OWN, *migrate, *left_out}
    settings = {name: value for name, value in values.items() if name not in taken}
    for name in settings:
        if not SETTING.fullmatch(name):
            raise UsageError("a parameter's name is malformed", on=key, do="write parameters as ?name=value&name=value")
    user = values.get("user") or person.user()
    return Connection(
        host=_host(values.get("host", "localhost"), key),
        port=_port(values.get("port", ""), key),
        user=user,
        password=values.get("password", ""),
        database=values.get("dbname", user),
        parameters={name: value for name, value in values.items() if name in OWN},
        settings=settings,
        migrate=migrate,
        left_out=left_out,
        key=key,
    )


def _host(host: str, key: str) -> str:
    if "," in host:
        raise UsageError(
            f"{key} names several hosts",
            why="golang-migrate connects to one",
            do="name the writer's endpoint only",
        )
    if host.startswith("@"):
        raise UsageError(
            f"{key} names an abstract socket", why="golang-migrate can't use one", do="name the socket's folder"
        )
    return host.strip("[]")


def _port(text: str, key: str) -> int:
    if not text:
        return DEFAULT_PORT
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise UsageError(
            f"{key} has a malformed port",
            why="a port is a number from 1 to 65535",
            do=f"inv secrets.set --key {key}",
        )
    return int(text)


def _check_migrate(parameters: dict[str, str], key: str) -> None:
    """golang-migrate would stop over these only after it has connected, or panic (an unquoted name that is said to be quoted)."""
    for name in ("x-migrations-table-quoted", "x-multi-statement"):
        if name in parameters and parameters[name] not in BOOLEANS:
            raise UsageError(f"{name} is neither true nor false", on=key, do=f"write {name}=true or leave it out")
    table = parameters.get("x-migrations-table", "")
    quoted = BOOLEANS.get(parameters.get("x-migrations-table-quoted", ""), False)
    if table and quoted and len(re.findall(r'"(.*?)"', table)) not in (1, 2):
        raise UsageError(
            "x-migrations-table is not quoted",
            on=key,
            do='write x-migrations-table="SCHEMA"."TABLE" (percent escaped: %22)',
        )
