"""Reads a folder of golang-migrate files by golang-migrate's own rule, and tells what that rule passes over in silence."""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from longshore.database.files import naming
from longshore.database.files.migration import HIGHEST, NAME, Fault, File, Migration
from longshore.errors import UsageError

__all__ = ["Fault", "File", "Migration", "Migrations", "content_faults", "read_folder"]

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Migrations:
    """A folder's migrations in golang-migrate's order, and the faults of their names."""

    path: Path
    items: tuple[Migration, ...]
    faults: tuple[Fault, ...] = ()
    _versions: tuple[int, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_versions", tuple(item.version for item in self.items))

    def __iter__(self) -> Iterator[Migration]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def versions(self) -> tuple[int, ...]:
        return self._versions

    @property
    def last(self) -> int | None:
        """The highest version, or None without files."""
        return self._versions[-1] if self._versions else None

    def get(self, version: int | None) -> Migration | None:
        """The migration of a version."""
        if version is None:
            return None
        at = bisect_left(self._versions, version)
        return self.items[at] if at < len(self.items) and self._versions[at] == version else None

    def pending(self, current: int | None) -> tuple[Migration, ...]:
        """What `migrate up` would apply at this version (None: the empty one)."""
        return self.items if current is None else self.items[bisect_right(self._versions, current) :]

    def previous(self, version: int) -> int | None:
        """The version before this one; None: the empty one."""
        at = bisect_left(self._versions, version)
        return self._versions[at - 1] if at else None

    def following(self, version: int | None) -> int | None:
        """The version after this one, or None after the last."""
        pending = self.pending(version)
        return pending[0].version if pending else None

    def files(self) -> Iterator[File]:
        """All files, up before down."""
        for item in self.items:
            yield from (file for file in (item.up, item.down) if file is not None)


def read_folder(path: Path) -> Migrations:
    """Read the names in a folder (no file is opened).

    Raises UsageError when the folder isn't there, isn't a folder or can't be read.
    """
    try:
        with os.scandir(path) as entries:
            names = sorted((entry.name, entry.is_dir(follow_symlinks=False), entry.is_symlink()) for entry in entries)
    except FileNotFoundError:
        raise UsageError(
            "the folder of migrations is not there", on=str(path), do="inv db.new --name first, or set MIGRATIONS"
        ) from None
    except NotADirectoryError:
        raise UsageError("MIGRATIONS is not a folder", on=str(path), do="inv env.show") from None
    except OSError as error:
        raise UsageError(
            "the folder of migrations can't be read", on=str(path), why=error.strerror or str(error)
        ) from error
    found: dict[int, dict[str, list[File]]] = {}
    ignored: list[str] = []
    faults: list[Fault] = []
    for name, is_folder, is_link in names:
        match = None if is_folder else NAME.fullmatch(name)
        if match is None or int(match[1]) > HIGHEST:
            if not is_folder:
                ignored.append(name)
            continue
        file = File(path / name, int(match[1]), match[2], match[3])
        if is_link and not file.path.is_file():
            faults.append(Fault("error", "broken-link", f"{name} is a link that leads to no file", (name,)))
        found.setdefault(file.version, {}).setdefault(file.direction, []).append(file)
    items = tuple(_migration(version, found[version]) for version in sorted(found))
    faults += naming.faults(items, found, ignored)
    return Migrations(path, items, tuple(faults))


def _migration(version: int, by_direction: dict[str, list[File]]) -> Migration:
    up, down = by_direction.get("up"), by_direction.get("down")
    title = (up or down or [])[0].title
    return Migration(version, title, up[0] if up else None, down[0] if down else None)


def content_faults(files: Iterable[File]) -> list[Fault]:
    """What is wrong inside the files: nothing in it, a byte order mark, bytes that aren't UTF-8. Opens each."""
    faults = []
    for file in files:
        content = file.content
        if content.startswith(BOM):
            faults.append(
                Fault(
                    "error",
                    "bom",
                    f"{file.name} begins with a byte order mark: PostgreSQL refuses it",
                    (file.name,),
                    "save it without BOM",
                )
            )
        elif not content.strip():
            faults.append(Fault("warning", "empty", f"{file.name} is empty: its version changes nothing", (file.name,)))
        elif b"\0" in content or not _is_utf8(content):
            faults.append(
                Fault("error", "encoding", f"{file.name} is not UTF-8 text", (file.name,), "save it as UTF-8")
            )
    return faults


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
