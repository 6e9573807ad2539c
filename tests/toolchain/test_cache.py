from __future__ import annotations

import sys
from pathlib import Path

import pytest

from longshore.toolchain import cache
from longshore.toolchain.catalogue import MIGRATE, GoProgram


def test_the_folder_is_the_users_wish_then_xdgs_then_the_platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/her")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    monkeypatch.setenv("LONGSHORE_CACHE", "~/own")
    assert cache.root() == Path("/home/her/own")
    monkeypatch.delenv("LONGSHORE_CACHE")
    assert cache.root() == Path("/xdg/longshore")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache.root() == Path("/home/her/.cache/longshore")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache.root() == Path("/home/her/Library/Caches/longshore")


def test_each_pin_and_platform_has_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LONGSHORE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "go.mod").write_text("module x\n\ngo 1.24\n")
    plain = GoProgram("x", ".", folder=tmp_path)
    folders = [
        cache.folder(plain),
        cache.folder(GoProgram("x", "./other", folder=tmp_path)),
        cache.folder(GoProgram("x", ".", tags=("a",), folder=tmp_path)),
    ]
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    folders.append(cache.folder(plain))
    assert len(set(folders)) == 4
    assert {folder.parent for folder in folders} == {tmp_path / "cache" / "tools"}
    assert cache.binary(plain) == folders[-1] / "bin" / "x"
    assert folders[-1].name.startswith("x-")


def test_only_a_program_that_can_be_started_is_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LONGSHORE_CACHE", str(tmp_path))
    assert not cache.is_built(MIGRATE)
    path = cache.binary(MIGRATE)
    path.parent.mkdir(parents=True)
    path.write_text("")
    path.chmod(0o755)
    assert cache.is_built(MIGRATE)
