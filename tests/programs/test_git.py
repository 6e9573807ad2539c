"""What git tells of the commit that an image is built from."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.programs import git
from tests.live import git as run


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    run(tmp_path, "init", "-q")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.go").write_text("package main\n")
    (tmp_path / ".gitignore").write_text("*.log\n")
    run(tmp_path, "add", ".")
    run(tmp_path, "commit", "-q", "-m", "one")
    return tmp_path


def test_the_head(repository: Path) -> None:
    found = git.head(repository / "app")
    assert found is not None
    assert (found.top, len(found.commit), found.version, found.remote) == (repository, 40, "", "")
    run(repository, "tag", "v1.2.0")
    run(repository, "remote", "add", "origin", "https://ana:t0ken@github.com/bank/bank.git")
    found = git.head(repository)
    assert found is not None
    assert (found.version, found.remote) == ("v1.2.0", "https://github.com/bank/bank")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("git@github.com:bank/bank.git", "https://github.com/bank/bank"),
        ("ssh://git@github.com/bank/bank.git", "https://github.com/bank/bank"),
        ("ssh://git@git.example.com:2222/bank/bank.git", "https://git.example.com/bank/bank"),
        ("https://github.com/bank/bank", "https://github.com/bank/bank"),
        ("/srv/git/bank.git", ""),
    ],
)
def test_the_remote_as_a_browser_takes_it(address: str, shown: str) -> None:
    assert git._public(address) == shown


def test_no_head_without_a_commit_or_a_repository(tmp_path: Path) -> None:
    assert git.head(tmp_path) is None
    run(tmp_path, "init", "-q")
    assert git.head(tmp_path) is None


def test_what_differs_from_the_commit(repository: Path) -> None:
    app = repository / "app"
    assert git.changed(repository, [app]) == []
    (app / "main.go").write_text("package other\n")
    (app / "new file.go").write_text("x")
    (app / "debug.log").write_text("ignored")
    (repository / "README").write_text("elsewhere")
    assert git.changed(repository, [app]) == [Path("app/main.go"), Path("app/new file.go")]
    (app / "main.go").unlink()
    run(repository, "mv", ".gitignore", "app/.gitignore")
    assert Path("app/main.go") in git.changed(repository, [app])
