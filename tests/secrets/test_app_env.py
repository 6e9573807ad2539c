from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.errors import Failed, LongshoreError, Refused, UsageError
from longshore.secrets import app_env
from tests.secrets.helpers import in_child

NOBODY = 65_534
LONG = "K=" + "x" * 20_000 + "\n"


def names(folder: Path | str) -> list[str]:
    return sorted(entry.name for entry in Path(folder).iterdir())


def test_the_file_is_whole_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "app.env"
    before = os.umask(0o277)
    try:
        app_env.replace(path, "A=ü\n")
    finally:
        os.umask(before)
    assert path.read_bytes() == "A=ü\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names(tmp_path) == ["app.env"]
    assert app_env.is_current(path, "A=ü\n")


def test_a_file_that_others_can_read_is_not_current(tmp_path: Path) -> None:
    path = tmp_path / "app.env"
    path.write_text("A=1\n")
    path.chmod(0o644)
    assert not app_env.is_current(path, "A=1\n")
    app_env.replace(path, "A=1\n")
    assert app_env.is_current(path, "A=1\n")
    assert not app_env.is_current(path, "A=2\n")
    assert not app_env.is_current(tmp_path / "none", "")


def limited(path: Path) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, 8_192))
    try:
        app_env.replace(path, LONG)
    except Failed as error:
        told = error.lines()
    assert told == [f"error: could not write the file ({path})", "  why: File too large; it is as it was"]


def test_a_write_that_is_cut_off_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "app.env"
    path.write_text("OLD=1\n")
    assert in_child(lambda: limited(path)) == 0
    assert path.read_text() == "OLD=1\n"
    assert names(tmp_path) == ["app.env"]


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for 16 KiB, in a mount namespace of ours where that is allowed, else /dev/full stands for it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = (
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder], capture_output=True).returncode == 0
    )
    yield folder if mounted else Path("/dev/full")
    if mounted:
        subprocess.run(["umount", folder], check=True)


def test_a_full_disk_leaves_the_old_file(full_disk: Path) -> None:
    if full_disk == Path("/dev/full"):
        # No right to mount: the same error of the system, from where it can be had.
        with full_disk.open("wb", buffering=0) as file, pytest.raises(OSError) as caught:
            app_env._write(file.fileno(), b"x")
        assert isinstance(app_env.explained(caught.value, full_disk), LongshoreError)
        return
    path = full_disk / "app.env"
    path.write_text("OLD=1\n")
    with pytest.raises(Failed) as caught_failure:
        app_env.replace(path, LONG)
    assert caught_failure.value.lines() == [
        f"error: could not write the file ({path})",
        "  why: No space left on device; it is as it was",
        "  next: free some space, then run it again",
    ]
    assert path.read_text() == "OLD=1\n"
    assert names(full_disk) == ["app.env"]


def refused_by_the_system(path: Path) -> None:
    try:
        app_env.replace(path, LONG)
    except UsageError as error:
        told = error.lines()
    assert told == [
        f"error: can't write the file ({path})",
        "  why: Permission denied; it is as it was",
        "  next: write elsewhere: --out PATH",
    ]


def test_a_read_only_folder_leaves_the_old_file() -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "app.env"
        path.write_text("OLD=1\n")
        Path(name).chmod(0o555)
        try:
            assert in_child(lambda: refused_by_the_system(path), user=NOBODY) == 0
        finally:
            Path(name).chmod(0o755)
        assert path.read_text() == "OLD=1\n"
        assert names(name) == ["app.env"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such folder"):
        app_env.replace(tmp_path / "none" / "app.env", "A=1\n")


def test_a_link_to_a_file_of_the_same_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "dev.env").write_text("OLD=1\n")
    (tmp_path / "app.env").symlink_to("dev.env")
    app_env.replace(tmp_path / "app.env", "A=1\n")
    assert (tmp_path / "app.env").is_symlink()
    assert (tmp_path / "dev.env").read_text() == "A=1\n"


def test_a_link_to_another_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x").write_text("OLD=1\n")
    (tmp_path / "app.env").symlink_to("other/x")
    with pytest.raises(Refused) as caught:
        app_env.replace(tmp_path / "app.env", "A=1\n")
    assert str(caught.value).replace(str(tmp_path), "DIR") == (
        "error: this is a symbolic link to another place, nothing was written (DIR/app.env -> other/x)\n"
        "  why: a link is followed to a file of the same folder only\n"
        "  next: remove the link\n"
        "  next: or write the file itself: --out DIR/other/x"
    )
    assert (tmp_path / "other" / "x").read_text() == "OLD=1\n"


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(Refused, match="no regular file"):
            app_env.replace(path, "A=1\n")


def kill_while_writing(path: Path) -> None:
    with app_env._beside(path) as (descriptor, _):
        os.write(descriptor, b"HALF")
        os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_killed_process_left_is_removed_later_and_never_somebody_else_s(tmp_path: Path) -> None:
    path = tmp_path / "app.env"
    path.write_text("OLD=1\n")
    assert in_child(lambda: kill_while_writing(path)) == -signal.SIGKILL
    assert path.read_text() == "OLD=1\n"
    (left,) = [entry for entry in tmp_path.iterdir() if entry != path]
    assert stat.S_IMODE(left.stat().st_mode) == 0o600
    app_env.replace(path, "A=1\n")
    assert left.exists(), "it is young: its writer may be about to lock it"
    long_ago = time.time() - 2 * app_env.STALE
    os.utime(left, (long_ago, long_ago))
    with app_env._beside(path) as (_, held):
        os.utime(held, (long_ago, long_ago))
        app_env.replace(path, "A=2\n")
        assert held.exists(), "its writer lives"
    assert names(tmp_path) == ["app.env"]


def write_often(path: Path, letter: str) -> None:
    for _ in range(150):
        app_env.replace(path, f"{letter}=" + letter * 30_000 + "\n")


def test_two_writers_at_once_and_a_reader_sees_whole_files_only(tmp_path: Path) -> None:
    path = tmp_path / "app.env"
    whole = {f"{letter}=" + letter * 30_000 + "\n" for letter in "AB"}
    app_env.replace(path, min(whole))
    children = []
    for letter in "AB":
        child = os.fork()
        if child == 0:
            code = 1
            try:
                write_often(path, letter)
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    reads = 0
    while children:
        assert path.read_text() in whole
        reads += 1
        # By its id: any child would also be one that another test has killed.
        for child in list(children):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                assert status == 0
                children.remove(child)
    assert reads > 2
    assert names(tmp_path) == ["app.env"]
