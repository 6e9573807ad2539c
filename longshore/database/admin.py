"""db.create and db.drop: the database itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from longshore.database.connection.connect import connect
from longshore.database.connection.connection import Connection
from longshore.database.reach import Reach
from longshore.environments.environment import Environment
from longshore.errors import Failed, Refused
from longshore.steps.step import Context, Done, Status, Step, ToDo

if TYPE_CHECKING:
    import psycopg

MAINTENANCE = "postgres"
"""The database that every PostgreSQL server has, from which others are made and dropped."""


class _OnServer(Step):
    def __init__(self, reach: Reach) -> None:
        self.reach = reach

    @property
    def connection(self) -> Connection:
        return self.reach.connection

    def _connect(self) -> Any:
        from dataclasses import replace

        server = replace(self.connection, database=MAINTENANCE)
        return connect(server, self.reach.environment.db_ca_file, read_only=False, env=self.reach.environment.name)

    def _exists(self, database: psycopg.Connection[Any]) -> bool:
        name = self.connection.database
        return database.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None

    def _execute(self, database: psycopg.Connection[Any], text: str, doing: str) -> None:
        import psycopg
        from psycopg import sql

        try:
            database.execute(sql.SQL(text).format(sql.Identifier(self.connection.database)))
        except psycopg.Error as error:
            raise Failed(
                f"can't {doing} the database {self.connection.database}",
                on=self.connection.address,
                why=str(error).splitlines()[0],
            ) from None


class Create(_OnServer):
    """Make the database that the secret names, where it isn't there."""

    name = "create"
    title = "Create the database"

    def check(self, run: Context) -> Status:
        with self._connect() as database:
            if self._exists(database):
                return Done(f"{self.connection.address} is there")
        return ToDo(f"CREATE DATABASE {self.connection.database} (owner {self.connection.user})")

    def apply(self, run: Context) -> None:
        with self._connect() as database:
            self._execute(database, "CREATE DATABASE {}", "create")


class Drop(_OnServer):
    """Drop the database with everything in it; refused while others are connected."""

    name = "drop"
    title = "Drop the database"

    def check(self, run: Context) -> Status:
        if self.connection.database == MAINTENANCE:
            raise Refused("the maintenance database is not dropped", on=self.connection.address)
        with self._connect() as database:
            if not self._exists(database):
                return Done(f"there is no {self.connection.address}")
            others = database.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [self.connection.database]
            ).fetchone()
        if others and others[0]:
            raise Refused(
                f"{others[0]} sessions are connected to it",
                on=self.connection.address,
                why="dropping would cut them off",
                do="stop the application first",
            )
        return ToDo(f"DROP DATABASE {self.connection.database}: all its data is lost")

    def apply(self, run: Context) -> None:
        with self._connect() as database:
            self._execute(database, "DROP DATABASE {}", "drop")


def create(environment: Environment) -> list[Step]:
    """The database of an environment, made where it is absent."""
    reach = Reach(environment)
    return [*reach.steps, Create(reach)]


def drop(environment: Environment) -> list[Step]:
    """The database of an environment, dropped."""
    reach = Reach(environment)
    return [*reach.steps, Drop(reach)]
