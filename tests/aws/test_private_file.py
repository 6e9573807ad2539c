from __future__ import annotations

from pathlib import Path

import pytest

from longshore.aws import private_file
from longshore.errors import Failed


def test_mode_and_folder(tmp_path: Path) -> None:
    path = tmp_path / ".aws" / "credentials"
    private_file.change(path, lambda text: text + "x")
    assert path.read_text() == "x"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    path.chmod(0o644)
    private_file.change(path, lambda text: text + "y")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["credentials"]


def test_what_a_link_points_to_is_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "vault" / "keys", tmp_path / "credentials"
    target.parent.mkdir()
    target.write_text("a")
    link.symlink_to(target)
    private_file.change(link, lambda text: text + "b")
    assert link.is_symlink()
    assert target.read_text() == "ab"


def test_an_edit_of_another_program_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    path.write_text("a")
    rivals = iter(["from another\n", "and again\n"])

    def edit(text: str) -> str:
        if rival := next(rivals, ""):
            path.write_text(text + rival)
        return text + "ours\n"

    private_file.change(path, edit)
    assert path.read_text() == "afrom another\nand again\nours\n"


def test_a_file_that_changes_every_time_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    path.write_text("")

    def edit(text: str) -> str:
        path.write_text(text + "rival")
        return "ours"

    with pytest.raises(Failed, match="could not be replaced"):
        private_file.change(path, edit)
    assert "ours" not in path.read_text()
    assert [each.name for each in tmp_path.iterdir()] == ["credentials"]


def test_an_edit_that_fails_leaves_the_file_intact(tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    path.write_text("a")
    with pytest.raises(ZeroDivisionError):
        private_file.change(path, lambda text: text * (1 // 0))
    assert path.read_text() == "a"
    assert [each.name for each in tmp_path.iterdir()] == ["credentials"]
