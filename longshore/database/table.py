"""Where golang-migrate keeps its version: found by its own rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString

from longshore.database.connection.connection import Connection
from longshore.errors import Failed

if TYPE_CHECKING:
    import psycopg
    from psycopg.sql import Composed

DEFAULT = "schema_migrations"
TRUE = ("1", "t", "T", "TRUE", "true", "True")


@dataclass(frozen=True)
class Place:
    """A schema and a table in it."""

    schema: str
    table: str

    def __str__(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.table)}"

    def statement(self, text: LiteralString) -> Composed:
        """A statement with the table in place of `{}`."""
        from psycopg import sql

        return sql.SQL(text).format(sql.Identifier(self.schema, self.table))


def quoted(name: str) -> str:
    """An identifier as a person would write it: in quotes only where it needs them."""
    return name if re.fullmatch(r"[a-z_][a-z0-9_$]*", name) else '"' + name.replace('"', '""') + '"'


def read_place(database: psycopg.Connection[Any], connection: Connection) -> Place:
    """The schema and table that golang-migrate would use: the first schema of the search_path that exists, unless x-migrations-table has one.

    Raises Failed when the search_path names no schema that exists: golang-migrate would stop there too.
    """
    row = database.execute("SELECT current_schema(), current_setting('search_path')").fetchone()
    schema, path = row or (None, "")
    table = connection.migrate.get("x-migrations-table") or DEFAULT
    if connection.migrate.get("x-migrations-table-quoted") in TRUE and connection.migrate.get("x-migrations-table"):
        names = re.findall(r'"(.*?)"', table)
        return Place(names[0] if len(names) == 2 else schema or "", names[-1])
    if schema is None:
        raise Failed(
            "no schema to work in",
            on=connection.address,
            why=f"none of the search_path ({path}) exists, or {connection.user} may not use it",
            do="create the schema, or set search_path in the URL",
        )
    return Place(schema, table)
