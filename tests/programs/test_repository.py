from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from longshore.errors import Failed
from longshore.programs.repository import Repository
from tests.live import git

pytestmark = pytest.mark.integration


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    git(folder, "init", "-q")
    return folder


def commit(tree: Path, message: str = "change") -> str:
    git(tree, "add", "-A")
    git(tree, "commit", "-q", "-m", message)
    return subprocess.run(
        ["git", "-C", tree, "rev-parse", "--short", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()


def around(folder: Path) -> Repository:
    found = Repository.around(folder)
    assert found is not None
    return found


def contents(repository: Repository) -> dict[str, bytes]:
    """Each blob by its path, and each commit's message."""
    found = {}
    for item, _ in repository.objects():
        content = item.content.read(item.size)
        if item.kind == "blob":
            found[item.path] = content
        elif item.kind == "commit":
            found["message"] = content.partition(b"\n\n")[2]
    return found


def test_every_object_that_is_reached(tree: Path) -> None:
    (tree / "a b").write_bytes(b"\x00\xff\nblob 3\n")
    (tree / "empty").touch()
    commit(tree, "first\n\nbody")
    (tree / "a b").unlink()
    (tree / "sub").mkdir()
    (tree / "sub" / "text").write_text("text")
    git(tree, "checkout", "-q", "-b", "other")
    commit(tree, "second")
    git(tree, "checkout", "-q", "main")
    (tree / "staged").write_text("staged")
    git(tree, "add", "staged")
    (tree / "staged").unlink()
    found = contents(around(tree / "sub" if (tree / "sub").exists() else tree))
    assert found.pop("message") in (b"first\n\nbody\n", b"second\n")
    assert found == {"a b": b"\x00\xff\nblob 3\n", "empty": b"", "sub/text": b"text", "staged": b"staged"}


def test_the_commit_that_brought_it_in(tree: Path) -> None:
    (tree / "a").write_text("one")
    first = commit(tree)
    (tree / "a").write_text("two")
    second = commit(tree)
    repository = around(tree)
    ids = {item.content.read(item.size): item.id for item, _ in repository.objects()}
    assert (repository.first_commit(ids[b"one"]), repository.first_commit(ids[b"two"])) == (first, second)


def test_the_tracked_files(tree: Path) -> None:
    for name in ("a", "b\nc", "ignored"):
        (tree / name).touch()
    (tree / ".gitignore").write_text("ignored\n")
    commit(tree)
    (tree / "new").touch()
    assert sorted(path.name for path in around(tree).tracked()) == [".gitignore", "a", "b\nc"]


def test_an_empty_repository_and_none(tree: Path, tmp_path: Path) -> None:
    assert list(around(tree).objects()) == []
    assert around(tree).tracked() == []
    assert Repository.around(tmp_path) is None


def test_shallow_and_partial_clones(tree: Path, tmp_path: Path) -> None:
    (tree / "a").write_text("one")
    commit(tree)
    (tree / "a").write_text("two")
    commit(tree)
    git(tree, "config", "uploadpack.allowFilter", "true")
    whole = around(tree)
    assert (whole.shallow, whole.partial) == (False, False)
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{tree}", "shallow")
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{tree}", "partial")
    assert around(tmp_path / "shallow").shallow
    assert around(tmp_path / "partial").partial
    assert "one" not in {content.decode() for content in contents(around(tmp_path / "shallow")).values()}


def test_an_object_that_is_missing(tree: Path) -> None:
    (tree / "a").write_text("one")
    commit(tree)
    listed = subprocess.run(["git", "-C", tree, "hash-object", "a"], check=True, capture_output=True, text=True).stdout
    (tree / ".git" / "objects" / listed[:2] / listed[2:].strip()).unlink()
    with pytest.raises(Failed):
        contents(around(tree))
