"""What the builder gets, and the copy of it for images that hold app.env."""

from __future__ import annotations

import os
import stat
import subprocess

import pytest

from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.images.dockerfile import Dockerfile
from longshore.images.files import files
from longshore.images.staged import staged
from longshore.images.workspace import sweep
from tests.images.conftest import Write


def names(dockerfile: Dockerfile) -> set[str]:
    return {path for path, _ in files(dockerfile)}


def test_the_files_that_dockerignore_leaves_in(dockerfile: Dockerfile, write: Write, environment: Environment) -> None:
    write("app.env", "A=1")
    write("sub/app.env", "A=1")
    write(".longshore/x", "x")
    (environment.root / "linked").symlink_to(environment.root / "sub")
    all = {".dockerignore", ".gitignore", "Dockerfile", "main.go", "env/base.env", "env/dev.env"}
    assert names(dockerfile) == {*all, "sub/app.env", "linked"}
    write(".dockerignore", "*\n!main.go\n!sub\n")
    assert names(dockerfile) == {"main.go", "sub/app.env"}


def test_a_pattern_that_docker_refuses(dockerfile: Dockerfile, write: Write) -> None:
    write(".dockerignore", "[a\n")
    with pytest.raises(UsageError, match="Docker refuses a pattern"):
        names(dockerfile)


def test_the_copy_has_app_env_and_the_project_stays_as_it_is(
    dockerfile: Dockerfile, write: Write, environment: Environment
) -> None:
    own = write("app.env", "REAL=1")
    environment.state.mkdir()
    before = {path: path.stat().st_mtime_ns for path in environment.root.iterdir() if path != environment.state}
    with staged(environment, dockerfile, "BAKED=1") as copy:
        assert (copy.context / "app.env").read_text() == "BAKED=1"
        assert stat.S_IMODE((copy.context / "app.env").stat().st_mode) == 0o644
        assert stat.S_IMODE(copy.path.parent.stat().st_mode) == 0o700
        assert (copy.context / "main.go").read_text() == "package main\n"
        assert not (copy.context / ".dockerignore").exists()
        assert copy.path.read_text() == dockerfile.path.read_text()
    assert own.read_text() == "REAL=1"
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert list((environment.state / "tmp").iterdir()) == []


def test_the_copy_is_gone_after_a_failure_and_a_killed_ones_is_swept(
    dockerfile: Dockerfile, environment: Environment
) -> None:
    with pytest.raises(RuntimeError), staged(environment, dockerfile, "SECRET=1"):
        raise RuntimeError
    folder = environment.state / "tmp"
    assert list(folder.iterdir()) == []
    ended = subprocess.Popen(["true"])
    ended.wait()
    killed, living = folder / f"build-{ended.pid}-abc", folder / f"build-{os.getpid()}-abc"
    for one in (killed, living):
        one.mkdir()
    assert sweep(environment) == [killed]
    assert [path for path in (killed, living) if path.exists()] == [living]
