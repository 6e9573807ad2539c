from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from longshore.errors import Refused
from longshore.secrets.ignored import refuse_if_committed


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A git work tree with a folder in it."""
    git(tmp_path, "init", "--quiet")
    (tmp_path / "sub").mkdir()
    return tmp_path


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def told(path: Path, top: Path) -> str:
    with pytest.raises(Refused) as caught:
        refuse_if_committed(path)
    return str(caught.value).replace(str(top), "DIR")


def test_a_file_that_git_would_commit_is_refused_with_the_line_to_add(tree: Path) -> None:
    assert told(tree / "sub" / "app.env", tree) == (
        "error: git would commit this file of secrets, nothing was written (DIR/sub/app.env)\n"
        "  why: no line of DIR/.gitignore ignores it\n"
        "  next: add this line to .gitignore: /sub/app.env"
    )


def test_a_file_that_is_ignored_is_fine(tree: Path) -> None:
    (tree / ".gitignore").write_text("app.env\n")
    refuse_if_committed(tree / "sub" / "app.env")


def test_a_file_that_is_tracked_is_refused_though_it_is_ignored(tree: Path) -> None:
    (tree / "app.env").write_text("A=1\n")
    git(tree, "add", "app.env")
    (tree / ".gitignore").write_text("app.env\n")
    assert told(tree / "app.env", tree) == (
        "error: git would commit this file of secrets, nothing was written (DIR/app.env)\n"
        "  why: it is tracked\n"
        "  next: git rm --cached app.env\n"
        "  next: add this line to .gitignore: /app.env"
    )


def test_a_repository_that_git_can_t_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /nowhere\n")
    assert "can't see whether git ignores the file" in told(tmp_path / "app.env", tmp_path)


def test_outside_of_a_work_tree_there_is_nothing_to_refuse(tmp_path: Path) -> None:
    refuse_if_committed(tmp_path / "app.env")


def test_without_git_there_is_nothing_to_refuse(tree: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "sub"))
    refuse_if_committed(tree / "app.env")
