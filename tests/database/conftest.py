"""A PostgreSQL server for the session, and the real golang-migrate."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from longshore.steps.looking import Looking
from longshore.steps.report import Silent
from longshore.toolchain.programs import ensure
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
    """The real program, built now where it isn't yet."""
    return MigrateProgram(str(ensure("migrate", Looking(Silent()))))
