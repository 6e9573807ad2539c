"""Roles and databases in a PostgreSQL server. A password goes there as its SCRAM verifier, so that no statement holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

RDS_ADMINISTRATORS = "rds_superuser"


def set_password(connection: Connection, role: str, password: str) -> None:
    """Give a role a password."""
    from psycopg import sql

    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier)))


def make_application(connection: Connection, name: str, password: str) -> None:
    """A role that may create databases, and a database of the same name that it owns. There already is fine; the password is set anew."""
    _make_role(connection, name, "LOGIN CREATEDB")
    set_password(connection, name, password)
    make_database(connection, name, name)


def make_master(connection: Connection, name: str, password: str) -> None:
    """RDS's master user: no superuser, but it may create databases and roles and is a member of rds_superuser."""
    from psycopg import sql

    _make_role(connection, RDS_ADMINISTRATORS, "NOLOGIN")
    connection.execute("GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO rds_superuser WITH ADMIN OPTION")
    _make_role(connection, name, "LOGIN CREATEDB CREATEROLE")
    connection.execute(sql.SQL("GRANT rds_superuser TO {}").format(sql.Identifier(name)))
    set_password(connection, name, password)


def make_database(connection: Connection, name: str, owner: str) -> None:
    """A database, where there is none of that name."""
    from psycopg import sql

    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(owner)))


def _make_role(connection: Connection, name: str, attributes: str) -> None:
    from psycopg import sql

    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone() is None:
        connection.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(name), sql.SQL(attributes)))
