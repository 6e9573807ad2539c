"""How a version is written where golang-migrate has none: the empty version, before the first file."""

from __future__ import annotations

from longshore.database.files.folder import Migrations

EMPTY = -1
"""golang-migrate's own number for it (database.NilVersion)."""


def number(version: int | None) -> int:
    """A version that was read, as a number that can be compared."""
    return EMPTY if version is None else version


def shown(version: int | None) -> str:
    """A version for a person."""
    return "none" if version in (None, EMPTY) else str(version)


def wished(to: int, migrations: Migrations) -> int:
    """A version from the command line: 0 is the empty one, unless a file has that number."""
    return EMPTY if to == 0 and migrations.get(0) is None else to
