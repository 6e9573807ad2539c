from __future__ import annotations

from pathlib import Path

import pytest

from longshore.programs.repository import Repository
from longshore.secrets.check.in_git import findings
from longshore.secrets.check.search import Search
from longshore.secrets.check.sensitive import needles
from longshore.steps.report import Silent
from tests.live import git

pytestmark = pytest.mark.integration

CANARY = "canary-7Qx2z-A9"
FINDS = Search(needles({"TOKEN": CANARY}))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "clean").write_text("nothing\n")
    commit(folder)
    return folder


def commit(tree: Path, message: str = "change") -> None:
    git(tree, "add", "-A")
    git(tree, "commit", "-q", "-m", message)


def told(tree: Path) -> list[tuple[str, str, str]]:
    repository = Repository.around(tree)
    assert repository is not None
    found = list(findings(repository, FINDS, "inv secrets.set --key KEY", Silent()))
    for one in found:
        assert CANARY not in repr(one)
        assert one.state != "fault" or one.mend.endswith("inv secrets.set --key TOKEN")
    return [(one.on.replace(str(tree), "TREE"), one.state, one.detail) for one in found]


def test_nothing(tree: Path) -> None:
    assert told(tree) == [("TREE", "ok", "1 files"), ("TREE", "ok", "3 objects")]


def test_in_the_work_tree_before_it_is_committed(tree: Path) -> None:
    (tree / "clean").write_text(f"token: {CANARY}\n")
    assert told(tree) == [("clean", "fault", "holds the value of TOKEN"), ("TREE", "ok", "3 objects")]


def test_in_the_index_only(tree: Path) -> None:
    (tree / "clean").write_text(CANARY)
    git(tree, "add", "clean")
    (tree / "clean").write_text("nothing\n")
    assert told(tree)[-1] == ("clean", "fault", "holds the value of TOKEN")


def test_in_a_commit_that_another_took_back(tree: Path) -> None:
    (tree / "sub").mkdir()
    (tree / "sub" / "app.env").write_text(f"TOKEN={CANARY}\n")
    commit(tree)
    (tree / "sub" / "app.env").write_text(f"TOKEN={CANARY}\nA=1\n")
    commit(tree)
    git(tree, "rm", "-q", "sub/app.env")
    commit(tree)
    first, (where, state, detail) = told(tree)
    assert first == ("TREE", "ok", "1 files")
    assert (where, state) == ("sub/app.env", "fault")
    assert detail.startswith("holds the value of TOKEN, since commit ")
    assert detail.endswith(", in 2 versions of it")


def test_on_a_branch_in_a_stash_in_a_message_and_in_a_binary(tree: Path) -> None:
    git(tree, "checkout", "-q", "-b", "other")
    (tree / "image.bin").write_bytes(b"\x00" * 70_000 + CANARY.encode() + b"\xff" * 70_000)
    commit(tree, f"use {CANARY}")
    git(tree, "checkout", "-q", "main")
    (tree / "clean").write_text(CANARY)
    git(tree, "stash", "-q")
    (_, *history) = told(tree)
    assert [where.partition(" of commit")[0] for where, _, _ in history] == ["clean", "image.bin", "the message"]
    assert {state for _, state, _ in history} == {"fault"}


def test_a_shallow_clone_says_that_it_saw_a_part(tree: Path, tmp_path: Path) -> None:
    (tree / "clean").write_text("more\n")
    commit(tree)
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{tree}", "shallow")
    assert told(tmp_path / "shallow")[-1][1:] == (
        "not checked",
        "this clone is shallow: what is older than it has can't be seen",
    )


def test_a_partial_clone_is_not_searched(tree: Path, tmp_path: Path) -> None:
    git(tree, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{tree}", "partial")
    assert told(tmp_path / "partial")[-1][1] == "not checked"


def test_a_link_is_not_followed(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text(CANARY)
    (tree / "link").symlink_to(tmp_path / "outside")
    commit(tree)
    assert [state for _, state, _ in told(tree)] == ["ok", "ok"]
