"""Projects with a Dockerfile, and the real builder where a test builds."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from longshore.environments.environment import Environment
from longshore.environments.load import load
from longshore.images.dockerfile import Dockerfile
from tests.images.yard import store as store
from tests.images.yard import yard as yard
from tests.live import git

FILES = {
    "base": "DEFAULT_ENV=dev\nAWS_REGION=eu-central-1\nAPP=bank\nECR_REPOSITORY=bank\n",
    "dev": "AWS_PROFILE=default\nAWS_ACCOUNT_ID=111122223333\nSECRETS=file:app.env\n",
}


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """A project in git, with a Dockerfile that copies all of it."""
    root = tmp_path / "project"
    (root / "env").mkdir(parents=True)
    for name, text in FILES.items():
        (root / "env" / f"{name}.env").write_text(text)
    (root / "Dockerfile").write_text("FROM scratch\nWORKDIR /app\nCOPY . .\n")
    (root / ".dockerignore").write_text(".git\n.longshore\napp.env\n")
    (root / ".gitignore").write_text(".longshore\napp.env\n")
    (root / "main.go").write_text("package main\n")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "one")
    return load(root, "dev", variables={})


@pytest.fixture
def dockerfile(environment: Environment) -> Dockerfile:
    return Dockerfile(environment.root / "Dockerfile", environment.root)


@pytest.fixture
def protected(environment: Environment) -> Environment:
    return dataclasses.replace(environment, protected=True)


Write = Callable[[str, str], Path]


@pytest.fixture
def write(environment: Environment) -> Write:
    """Write a file of the project."""

    def write(name: str, text: str) -> Path:
        path = environment.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write
