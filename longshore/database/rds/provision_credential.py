"""The steps of db.provision that give the application its way in: a password, the URL in the secret, and the proof that it works.

The password lives in the secret only. It is made, given to the role and written under a lock on the server, so that two runs don't overwrite
each other's; a run that was killed in between leaves a role whose password nobody has, and the next one gives it another.
"""

from __future__ import annotations

import secrets

from longshore.database.connection.connect import CannotConnect, connect
from longshore.database.connection.connection import Connection
from longshore.database.rds.master import cannot_reach, is_out_of_reach, is_turned_away
from longshore.database.rds.provision_database import Access
from longshore.errors import Failed, UsageError
from longshore.process.redaction import know
from longshore.secrets.secret import Secret
from longshore.secrets.store import Absent, Overtaken, Store
from longshore.steps.step import Context, Done, Look, Status, Step, ToDo, Unknown

PASSWORD_BYTES = 32
ATTEMPTS = 3


class Credential(Step):
    """A password for the role, and the URL in the environment's secret. What is there and works is left as it is."""

    name = "credential"

    def __init__(self, access: Access, store: Store) -> None:
        self._access = access
        self._store = store
        self.key = access.environment.db_url_key
        self.title = f"{self.key} in {store.where}"
        self.done = False
        """Whether the last look found it done."""

    def check(self, run: Context) -> Status:
        """Raises as Store.read does, and Unreachable."""
        status = self._status(run)
        self.done = isinstance(status, Done)
        return status

    def apply(self, run: Context) -> None:
        """Raises Overtaken when somebody else writes this key at the same time."""
        from psycopg import sql

        with self._access.locked(run) as master:
            if isinstance(self._status(run), Done):
                return  # another run was faster
            password = secrets.token_urlsafe(PASSWORD_BYTES)
            know(password)
            role = self._access.role
            # The server gets the verifier only: no statement that it may log holds the password.
            verifier = master.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
            master.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier)))
            self._write(password)

    def connection(self) -> Connection | None:
        """What the secret says now; None where it says nothing that can be read."""
        from longshore.database.connection.url import parse

        secret = self._read()
        text = secret.values.get(self.key, "") if secret else ""
        try:
            return parse(text, self.key) if text else None
        except UsageError:
            return None

    def _status(self, run: Context) -> Status:
        environment, instance, found = self._access.environment, self._access.instance(), self.connection()
        if (
            instance is None
            or found is None
            or (found.host.lower(), found.port) != (instance.host.lower(), instance.port)
        ):
            return ToDo(*self._changes(found))
        try:
            with connect(found, environment.db_ca_file, env=environment.name):
                return Done(f"{found.address} as {found.user}")
        except CannotConnect as error:
            if is_turned_away(error):
                return ToDo(f"give {self._access.role} another password, and write it: {error.what}")
            if not is_out_of_reach(error):
                raise
            if run.planning:
                return Unknown(f"{error.what}: {error.why}")
            raise cannot_reach(error, environment) from None

    def _changes(self, found: Connection | None) -> list[str]:
        target = f"{self._access.role} on {self._access.environment.db_instance}"
        before = f"; it is now {found.address}" if found else ""
        return [f"give the role {self._access.role} a password", f"write {self.key}: {target}{before}"]

    def _write(self, password: str) -> None:
        instance, role = self._access.instance(), self._access.role
        assert instance is not None
        url = f"postgresql://{role}:{password}@{instance.host}:{instance.port}/{role}?sslmode={self._access.sslmode}"
        know(url)
        for attempt in range(ATTEMPTS):
            base = self._read()
            try:
                self._store.write({**(base.values if base else {}), self.key: url}, base)
                return
            except Overtaken as error:
                # Another key was written meanwhile: it is kept, and ours is added to what is there now.
                if self.key in error.changed or attempt == ATTEMPTS - 1:
                    raise

    def _read(self) -> Secret | None:
        try:
            return self._store.read()
        except Absent:
            return None


class Proof(Look):
    """The application's own way in: a connection with what the secret now says."""

    name = "proof"

    def __init__(self, access: Access, credential: Credential) -> None:
        self.title = f"Connection as {access.role}"
        self._access = access
        self._credential = credential

    def check(self, run: Context) -> Status:
        """Raises CannotConnect, Unreachable."""
        environment = self._access.environment
        if run.planning and not self._credential.done:
            return Unknown(f"known after {self._credential.key} is written")
        found = self._credential.connection()
        if found is None:
            raise Failed(f"{self._credential.key} is gone again", on=environment.secrets, do="run it again")
        try:
            with connect(found, environment.db_ca_file, env=environment.name) as database:
                row = database.execute(
                    "SELECT current_setting('server_version'), (SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid())"
                ).fetchone()
        except CannotConnect as error:
            if is_out_of_reach(error):
                raise cannot_reach(error, environment) from None
            raise
        assert row is not None
        return Done(
            f"{found.address} as {found.user}: PostgreSQL {row[0]}, {row[1] or 'no TLS (it stays on this machine)'}"
        )
