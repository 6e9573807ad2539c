"""Put a file of secrets in its place: whole or not at all, and readable by its owner only.

The text is written beside the file, synced, read back, and renamed over it (rename(2) is atomic): whoever reads sees the whole old file or the
whole new one, and any failure leaves the old one as it was.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from longshore.errors import Failed, LongshoreError, Refused, UsageError

MODE = 0o600
STALE = 60.0
"""Seconds after which a temporary file that nobody holds is taken for the remains of a killed process."""

NOT_ALLOWED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def is_current(path: Path, text: str) -> bool:
    """Whether the file holds exactly this text, for its owner only."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or stat.S_IMODE(status.st_mode) != MODE:
            return False
        return file.read() == text.encode()


def place(path: Path) -> Path:
    """The file that is to be replaced: `path`, or what it links to in the same folder.

    A link out of the folder is refused: its target would be replaced where nobody looks, under another folder's rules of what is ignored.
    Raises Refused; UsageError where the folder doesn't exist.
    """
    if not path.parent.is_dir():
        raise UsageError("there is no such folder", on=str(path.parent), do=f"mkdir -p {path.parent}")
    target = path
    if path.is_symlink():
        target = path.parent / path.readlink()
        if target.parent.resolve() != path.parent.resolve() or target.is_symlink():
            raise Refused(
                "this is a symbolic link to another place, nothing was written",
                on=f"{path} -> {path.readlink()}",
                why="a link is followed to a file of the same folder only",
                do=("remove the link", f"or write the file itself: --out {path.resolve()}"),
            )
    if target.exists() and not target.is_file():
        raise Refused("this is no regular file, nothing was written", on=str(target), do="name a file: --out app.env")
    return target


def replace(path: Path, text: str) -> None:
    """Make this text the whole content of the file, mode 0600.

    Raises Failed or UsageError (it is as it was before), Refused as `place` does.
    """
    target = place(path)
    try:
        _sweep(target)
        with _beside(target) as (descriptor, temporary):
            os.fchmod(descriptor, MODE)  # whatever the umask is
            write(descriptor, text.encode())
            if temporary.read_bytes() != text.encode():
                raise Failed("what was written is not what is read back", on=str(temporary), why=f"{path} is as it was")
            temporary.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise explained(error, path) from None


@contextmanager
def _beside(target: Path) -> Iterator[tuple[int, Path]]:
    """A new file in the same folder, held by a lock, gone at the end unless it was renamed."""
    temporary = target.parent / f".{target.name}.{secrets.token_hex(6)}.tmp"
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield descriptor, temporary
    finally:
        temporary.unlink(missing_ok=True)
        os.close(descriptor)


def write(descriptor: int, data: bytes) -> None:
    """All of it, and synced."""
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
    os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(target: Path) -> None:
    """Remove what a killed process left: it holds secrets."""
    for left in target.parent.glob(f".{target.name}.{'[0-9a-f]' * 12}.tmp"):
        # Another process may sweep the same file.
        with suppress(FileNotFoundError, BlockingIOError, PermissionError):
            descriptor = os.open(left, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if time.time() - os.fstat(descriptor).st_mtime > STALE:
                    left.unlink()
            finally:
                os.close(descriptor)


def explained(error: OSError, path: Path) -> LongshoreError:
    """The error for a person: this file could not be written."""
    why = f"{error.strerror}; it is as it was" if path.exists() else str(error.strerror)
    if error.errno in NOT_ALLOWED:
        return UsageError("can't write the file", on=str(path), why=why, do="write elsewhere: --out PATH")
    do = "free some space, then run it again" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
    return Failed("could not write the file", on=str(path), why=why, do=do)
