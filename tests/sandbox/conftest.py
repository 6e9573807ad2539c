"""A sandbox that runs, for the tests that only look at it; and throw-away projects for those that break theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from longshore.environments.environment import Environment
from longshore.sandbox import lifecycle
from tests.sandbox import project


@pytest.fixture
def make_project(tmp_path: Path) -> Iterator[Callable[[str], Environment]]:
    """Makes projects by folder name; whatever of their sandboxes is left at the end is removed."""
    made: list[Environment] = []

    def make(name: str = "project") -> Environment:
        made.append(project.make(tmp_path / name))
        return made[-1]

    yield make
    for environment in made:
        project.run(environment, lifecycle.reset)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """One sandbox for all tests that leave it as it is. Its folder has characters that shells and files stumble over.

    (Not `$NAME` of a variable that is set: botocore replaces that in the path of AWS_CONFIG_FILE.)
    """
    environment = project.make(tmp_path_factory.mktemp("running") / 'it\'s a "hard" $ % folder')
    project.run(environment, lifecycle.up)
    yield environment
    project.run(environment, lifecycle.reset)
