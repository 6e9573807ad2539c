"""One migration: its number, its title and its two files; and what can be wrong with them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from longshore.errors import UsageError

NAME = re.compile(r"([0-9]+)_(.*)\.(down|up)\.(.*)")
"""golang-migrate's source/parse.go; it must match the whole name."""

HIGHEST = 2**63 - 1
"""schema_migrations.version is a bigint."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with the files. `level` is `error` or `warning`; `kind` a word for programs; `files` are names in the folder."""

    level: str
    kind: str
    text: str
    files: tuple[str, ...] = ()
    do: str = ""


@dataclass(frozen=True)
class File:
    """One file of a migration. Its content is read when it is asked for, once."""

    path: Path
    version: int
    title: str
    direction: str
    """`up` or `down`."""

    @property
    def name(self) -> str:
        return self.path.name

    @cached_property
    def content(self) -> bytes:
        """The file's bytes.

        Raises UsageError when it can't be read.
        """
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise UsageError(
                "a migration can't be read", on=str(self.path), why=error.strerror or str(error)
            ) from error

    @cached_property
    def sha256(self) -> str:
        """The digest of its bytes, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def text(self) -> str:
        """Its text; bytes that aren't UTF-8 become U+FFFD (PostgreSQL would refuse them)."""
        return self.content.decode("utf-8", errors="replace")


@dataclass(frozen=True)
class Migration:
    """A version: its two files, either of which may be missing."""

    version: int
    title: str
    up: File | None
    down: File | None

    def file(self, direction: str) -> File | None:
        """The file for `up` or `down`."""
        return self.up if direction == "up" else self.down
