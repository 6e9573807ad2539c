"""A PostgreSQL server for the session, and the real golang-migrate."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from longshore.errors import UsageError
from longshore.toolchain.programs import find
from tests.database.servers import MigrateProgram, TestServer, server


@pytest.fixture(scope="session")
def postgres() -> Iterator[TestServer]:
    """The embedded server."""
    with server() as started:
        yield started


@pytest.fixture
def database(postgres: TestServer) -> str:
    """A new, empty database."""
    return postgres.new_database()


@pytest.fixture(scope="session")
def migrate() -> MigrateProgram:
    """The real program, as the toolchain has it or PATH."""
    try:
        return MigrateProgram(str(find("migrate")))
    except UsageError:
        found = shutil.which("migrate")
        assert found is not None, "golang-migrate is needed: inv tools.install"
        return MigrateProgram(found)
