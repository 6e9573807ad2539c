"""A file of secrets, replaced whole: written beside with mode 0600, synced, renamed; what a link points to is replaced, never the link."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from longshore.errors import Failed

ATTEMPTS = 10


def change(path: Path, edit: Callable[[str], str]) -> None:
    """Replace the file's text by `edit(text)` (the text of a file that isn't there is empty).

    What another program writes meanwhile is not lost: the file is read again right before the rename, and where it has changed the edit is
    made anew. Raises Failed when it changes every time, OSError when it can't be written; the file is intact then.
    """
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for _ in range(ATTEMPTS):
        before = _bytes(target)
        after = edit((before or b"").decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            # mkstemp makes it 0600.
            with os.fdopen(descriptor, "wb") as file:
                file.write(after)
                file.flush()
                os.fsync(file.fileno())
            if _bytes(target) == before:
                Path(name).replace(target)
                _sync_folder(target.parent)
                return
        finally:
            Path(name).unlink(missing_ok=True)
    raise Failed(
        f"{path} could not be replaced", why=f"another program changed it {ATTEMPTS} times meanwhile", do="run it again"
    )


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
