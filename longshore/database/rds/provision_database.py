"""The step of db.provision that makes the application's database and role, and the way to the instance that it needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from longshore.database.rds.api import Instance, Rds
from longshore.database.rds.master import Master, Unreachable
from longshore.environments.environment import Environment
from longshore.errors import Failed, Refused
from longshore.steps.step import Context, Done, Status, Step, ToDo, Unknown

if TYPE_CHECKING:
    import psycopg

LOCK = 0x6C6F6E6773686F72
"""pg_advisory_lock's number: `longshor` in ASCII."""
LOCK_TIMEOUT = "30s"


class Access:
    """The way to the instance: as its master, and as the application."""

    def __init__(self, environment: Environment, rds: Rds) -> None:
        self.environment = environment
        self.rds = rds
        self.role = environment.app.replace("-", "_")
        """The name of the application's role, and of its database."""

    @property
    def sslmode(self) -> str:
        """The sandbox's PostgreSQL has no TLS, and its traffic stays on this machine."""
        return "disable" if self.environment.is_sandbox else "verify-full"

    def instance(self) -> Instance | None:
        """The instance, once it has an endpoint."""
        found = self.rds.instance(self.environment.db_instance)
        return found if found is not None and found.answers else None

    @contextmanager
    def as_master(self, run: Context) -> Iterator[psycopg.Connection[Any]]:
        """A connection of the master user's to the database `postgres`; each statement commits by itself.

        Raises Unreachable; Failed when the instance doesn't let us in.
        """
        instance = self.instance()
        if instance is None:
            raise Failed("the RDS instance is gone, or doesn't answer", on=self.environment.db_instance)
        with Master(self.environment, self.rds.session, instance, self.sslmode).connect(run) as opened:
            yield opened

    @contextmanager
    def locked(self, run: Context) -> Iterator[psycopg.Connection[Any]]:
        """The same, while no other run does what is done under this lock."""
        with self.as_master(run) as master:
            master.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
            master.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            yield master


class ApplicationDatabase(Step):
    """The application's role, and the database that it owns."""

    name = "database"

    def __init__(self, access: Access) -> None:
        self.title = f"Database {access.role} and role {access.role}"
        self._access = access

    def check(self, run: Context) -> Status:
        """Raises Refused where the database belongs to another role; Unreachable."""
        if self._access.instance() is None:
            return ToDo(*self._changes(None, None))
        try:
            with self._access.as_master(run) as master:
                may_log_in, owner = self._look(master)
        except Unreachable as error:
            if run.planning:
                return Unknown(f"{error.what}: {error.why}")
            raise
        changes = self._changes(may_log_in, owner)
        return ToDo(*changes) if changes else Done(f"{self._access.role} owns {self._access.role}")

    def apply(self, run: Context) -> None:
        from psycopg import sql

        name = sql.Identifier(self._access.role)
        with self._access.locked(run) as master:
            may_log_in, owner = self._look(master)
            if may_log_in is None:
                master.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
            elif not may_log_in:
                master.execute(sql.SQL("ALTER ROLE {} LOGIN").format(name))
            if owner is None:
                # RDS's master is no superuser: it can give a database only to a role that it is a member of.
                master.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(name))
                master.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))

    def _look(self, master: psycopg.Connection[Any]) -> tuple[bool | None, str | None]:
        """Whether the role may log in, and who owns the database; None for what isn't there."""
        name = [self._access.role]
        role = master.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", name).fetchone()
        query = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s"
        database = master.execute(query, name).fetchone()
        return (bool(role[0]) if role else None), (str(database[0]) if database else None)

    def _changes(self, may_log_in: bool | None, owner: str | None) -> list[str]:
        name = self._access.role
        if owner not in (None, name):
            raise Refused(
                f"the database {name} belongs to {owner}, nothing was touched",
                on=self._access.environment.db_instance,
                why=f"it would have to be {name}'s",
                do=f"as {owner}: ALTER DATABASE {name} OWNER TO {name}, and REASSIGN OWNED in it; or set another APP",
            )
        changes = []
        if may_log_in is None:
            changes.append(f"make the role {name}: it may log in, and is no superuser")
        elif not may_log_in:
            changes.append(f"let the role {name} log in")
        return [*changes, *([] if owner else [f"make the database {name}, owned by {name}"])]
