"""Where a database is and how to reach it, in the terms of each program that is to connect: libpq's, golang-migrate's, psycopg's.

golang-migrate uses lib/pq 1.10.9, which reads fewer variables than libpq and panics over some of them; what both read goes through the
environment, so that the password is never in a URL on a command line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from longshore.database.connection import tls

SCRUBBED = frozenset(
    {
        # lib/pq panics or fails over these.
        *(
            "PGHOSTADDR",
            "PGSERVICE",
            "PGSERVICEFILE",
            "PGREALM",
            "PGREQUIRESSL",
            "PGSSLCRL",
            "PGSSLCRLDIR",
            "PGREQUIREPEER",
        ),
        *("PGKRBSRVNAME", "PGGSSLIB", "PGSYSCONFDIR", "PGLOCALEDIR", "PGDATESTYLE", "PGCLIENTENCODING"),
        # These would send the program elsewhere, or to someone else's rights.
        *(
            "PGHOST",
            "PGPORT",
            "PGUSER",
            "PGPASSWORD",
            "PGPASSFILE",
            "PGDATABASE",
            "PGOPTIONS",
            "PGAPPNAME",
            "PGCONNECT_TIMEOUT",
        ),
        *(
            "PGSSLMODE",
            "PGSSLROOTCERT",
            "PGSSLCERT",
            "PGSSLKEY",
            "PGSSLCERTMODE",
            "PGSSLSNI",
            "PGSSLNEGOTIATION",
            "PGSSLCOMPRESSION",
        ),
        *(
            "PGSSLMINPROTOCOLVERSION",
            "PGSSLMAXPROTOCOLVERSION",
            "PGCHANNELBINDING",
            "PGREQUIREAUTH",
            "PGGSSENCMODE",
            "PGGSSDELEGATION",
        ),
        *(
            "PGTARGETSESSIONATTRS",
            "PGLOADBALANCEHOSTS",
            "PGMINPROTOCOLVERSION",
            "PGMAXPROTOCOLVERSION",
            "PGTZ",
            "PGGEQO",
        ),
    }
)
"""Variables to take out of a child's environment before those of `libpq_environment` are put in."""

VARIABLES = {
    "application_name": "PGAPPNAME",
    "channel_binding": "PGCHANNELBINDING",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "gssencmode": "PGGSSENCMODE",
    "load_balance_hosts": "PGLOADBALANCEHOSTS",
    "passfile": "PGPASSFILE",
    "require_auth": "PGREQUIREAUTH",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "sslcert": "PGSSLCERT",
    "sslcertmode": "PGSSLCERTMODE",
    "sslkey": "PGSSLKEY",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "sslsni": "PGSSLSNI",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
"""libpq's parameters that have a variable which lib/pq reads too or passes over."""

ELSEWHERE = ("hostaddr", "passfile", "sslcert", "sslkey")
"""libpq's parameters that are named even where they are empty: PGHOSTADDR of the shell would be asked instead of the host, and so on."""

ONLY_PARAMETERS = frozenset(
    {
        "keepalives",
        "keepalives_idle",
        "keepalives_interval",
        "keepalives_count",
        "tcp_user_timeout",
        "fallback_application_name",
        "sslpassword",
    }
)
"""libpq's parameters without a variable: psycopg gets them, a program doesn't."""


@dataclass(frozen=True)
class Connection:
    """A database's address and the rights to it. Nothing is missing: what the text left out has libpq's default."""

    host: str
    """A name, an address without brackets, or the folder of a unix socket (it begins with `/`)."""
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    """libpq's own parameters (sslmode, sslrootcert, connect_timeout, ...)."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Settings of the server's session that the text asked for (search_path, lock_timeout, ...)."""
    migrate: Mapping[str, str] = field(default_factory=dict)
    """golang-migrate's own parameters, `x-...`."""
    left_out: tuple[str, ...] = ()
    """Names of parameters that only an application's pool understands; no program here gets them."""
    key: str = "DB_SOURCE"
    """The key of the secret that it is from."""

    @property
    def is_socket(self) -> bool:
        return self.host.startswith("/")

    @property
    def is_local(self) -> bool:
        """Whether the traffic stays on this machine: a socket or a loopback address."""
        return self.is_socket or tls.is_loopback(self.host)

    @property
    def address(self) -> str:
        """Where it is, for a person: `bank on db.example:5432`; no user, no password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.database} on {host}" + ("" if self.is_socket else f":{self.port}")

    @property
    def tls_note(self) -> str:
        """A warning where the traffic to another machine is readable or the server isn't verified, with no CA file set; else empty."""
        return self.tls(None).note

    def tls(self, ca_file: Path | None) -> tls.Policy:
        """How the traffic is protected, given the environment's DB_CA_FILE.

        Raises UsageError where the text asks for what lib/pq can't do or names a CA file that isn't there.
        """
        return tls.policy(
            self.parameters.get("sslmode", ""),
            self.parameters.get("sslrootcert", ""),
            ca_file,
            local=self.is_local,
            socket=self.is_socket,
            key=self.key,
        )

    def libpq_environment(
        self, ca_file: Path | None = None, settings: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """The variables from which psql, pg_dump and golang-migrate connect. `settings` are further ones of the session (lock_timeout)."""
        policy = self.tls(ca_file)
        variables = {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGDATABASE": self.database,
            "PGSSLMODE": policy.mode,
        }
        if self.password:
            variables["PGPASSWORD"] = self.password
        if policy.root:
            variables["PGSSLROOTCERT"] = policy.root
        variables |= {VARIABLES[name]: value for name, value in self.parameters.items() if name in VARIABLES}
        options = self._options(settings)
        return variables | ({"PGOPTIONS": options} if options else {})

    def child_environment(
        self, base: Mapping[str, str], ca_file: Path | None = None, settings: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """`base` without what would send the program elsewhere, with the variables of this connection."""
        kept = {name: value for name, value in base.items() if name not in SCRUBBED}
        return kept | self.libpq_environment(ca_file, settings)

    def migrate_url(self) -> str:
        """golang-migrate's `-database`: no password in it. The rest comes from `libpq_environment`.

        The port is always there: lib/pq misreads `[::1]` without one. A socket's folder is a parameter: Go refuses `%2F` in a host.
        """
        user = quote(self.user, safe="")
        database = quote(self.database, safe="")
        parameters = dict(self.migrate)
        if self.is_socket:
            where = ""
            parameters = {"host": self.host, "port": str(self.port)} | parameters
        else:
            where = f"[{quote(self.host, safe=':')}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        query = urlencode(parameters, quote_via=quote)
        return f"postgres://{user}@{where}/{database}" + (f"?{query}" if query else "")

    def psycopg_arguments(
        self, ca_file: Path | None = None, settings: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Keyword arguments for `psycopg.connect`. What would send it elsewhere, or make it somebody else, is not left to the shell's variables."""
        policy = self.tls(ca_file)
        arguments: dict[str, Any] = dict.fromkeys(ELSEWHERE, "")
        arguments |= {
            name: value for name, value in self.parameters.items() if name in VARIABLES or name in ONLY_PARAMETERS
        }
        arguments |= {"host": self.host, "port": self.port, "user": self.user, "dbname": self.database}
        # Also an empty one: without it libpq looks at PGPASSWORD, which may be another database's.
        arguments["password"] = self.password
        arguments["sslmode"] = policy.mode
        if policy.root or policy.mode == "verify-full":
            # lib/pq falls back to the system's roots by itself, libpq only when it is told.
            arguments["sslrootcert"] = policy.root or "system"
        arguments["client_encoding"] = "utf8"
        arguments["options"] = self._options(settings)
        return arguments

    def _options(self, settings: Mapping[str, str] | None) -> str:
        """libpq's `options`: what the text has, then a `-c` for each setting; blanks and backslashes are escaped as the server wants."""
        words = [self.parameters["options"]] if self.parameters.get("options") else []
        for name, value in (dict(self.settings) | dict(settings or {})).items():
            words.append(f"-c {name}=" + value.replace("\\", "\\\\").replace(" ", "\\ "))
        return " ".join(words)
