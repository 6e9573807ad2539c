"""Which file counts, as kubectl has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.cluster import kubeconfigs
from longshore.cluster.kubeconfigs import Together, locked, paths
from longshore.errors import Failed
from tests.command import Python

NAMES = {"clusters": "longshore-prod", "contexts": "prod"}


def context(name: str) -> str:
    return f"contexts:\n- name: {name}\n  context: {{cluster: {name}-cluster}}\n"


def together(folder: Path, *texts: str | None) -> Together:
    files = []
    for number, text in enumerate(texts):
        files.append(folder / f"f{number}")
        if text is not None:
            files[-1].write_text(text)
    return Together.read(files)


def test_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert paths(variables={}) == (tmp_path / ".kube" / "config",)
    assert paths(variables={"KUBECONFIG": ""}) == (tmp_path / ".kube" / "config",)
    assert paths(variables={"KUBECONFIG": ":/a/b::c:/a/b"}) == (Path("/a/b"), tmp_path / "c")
    assert paths("~/mine", {"KUBECONFIG": "/a"}) == (tmp_path / "mine",)


def test_the_first_that_names_it_wins(tmp_path: Path) -> None:
    first = context("a") + "current-context: ''\n"
    second = context("a").replace("a-cluster", "other") + "current-context: b\n"
    found = together(tmp_path, None, first, second)
    assert found.named("contexts") == {"a": {"cluster": "a-cluster"}}
    assert found.current == "b", "an empty one doesn't count"


def test_where_an_entry_belongs(tmp_path: Path) -> None:
    found = together(tmp_path, None, "kind: Config\n", context("prod"))
    assert found.place(NAMES).path.name == "f2", "where it is already"
    assert found.place({"contexts": "new"}).path.name == "f1", "else the first that is there"
    (tmp_path / "f1").unlink()
    (tmp_path / "f2").unlink()
    assert together(tmp_path, None, None).place(NAMES).path.name == "f1", "else the last"


def test_the_current_context_is_set_where_it_counts(tmp_path: Path) -> None:
    found = together(tmp_path, "kind: Config\n", "current-context: b\n")
    assert found.place_of_current(found.sources[0]).path.name == "f1"
    found = together(tmp_path, "kind: Config\n", "kind: Config\n")
    assert found.place_of_current(found.sources[0]).path.name == "f0"


def test_a_lock_that_nobody_gives_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubeconfigs, "LOCK_SECONDS", 0.1)
    file = tmp_path / "config"
    lock = tmp_path / "config.lock"
    lock.touch()
    with pytest.raises(Failed) as failed, locked(file):
        raise AssertionError("it was locked")
    assert failed.value.do == (f"if no kubectl is at work: rm {lock}",)
    assert lock.exists(), "it isn't ours to take away"
    lock.unlink()
    with pytest.raises(ZeroDivisionError), locked(file):
        raise ZeroDivisionError
    assert not lock.exists()


def test_the_lock_of_one_that_was_killed(tmp_path: Path, python: Python) -> None:
    """kill -9 in the middle of a write: the next one goes on at once."""
    script = """
import os, signal, sys
from pathlib import Path
from longshore.cluster.kubeconfigs import locked
with locked(Path(sys.argv[1])):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    file = tmp_path / "config"
    assert python(script, file).code == -9
    assert (tmp_path / "config.lock").exists()
    with locked(file):
        pass
    assert not (tmp_path / "config.lock").exists()


def test_the_lock_of_one_that_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubeconfigs, "LOCK_SECONDS", 0.1)
    file = tmp_path / "config"
    with locked(file), pytest.raises(Failed, match="is locked"), locked(file):
        raise AssertionError("it was locked")
