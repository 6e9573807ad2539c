"""What a dialect is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from longshore.errors import UsageError


class Dialect(Protocol):
    """One reader of a file of keys and values, or several parsers that one name covers."""

    name: str

    def encode(self, values: Mapping[str, str], heading: str = "") -> str:
        """The file's text, in the order of the keys' names, with `heading` as a comment where the reader skips comments.

        What it returns has been read back by the reader's own rules. Raises CannotCarry.
        """

    def assignment(self, key: str, value: str) -> str | None:
        """One assignment, with its line's end, that the reader reads back as exactly this value; None where there is none."""

    def parse(self, text: str) -> dict[str, str]:
        """What the reader reads, whatever its process's environment is.

        Raises CannotParse; UsageError for a value that is not the same to each of its parsers. Both name keys and lines only.
        """


class CannotCarry(UsageError):
    """Values that no style of the dialect brings back exact. Nothing was written."""

    def __init__(self, dialect: str, keys: Sequence[str], why: str) -> None:
        super().__init__(f"{dialect} would not read back exactly what is stored", on=", ".join(keys), why=why)
        self.keys = tuple(keys)


class CannotParse(UsageError):
    """A file that the reader fails on."""


DELIMITER = "longshore_"
"""What the delimiters of our heredocs begin with (the dialect github has no comments); 32 random hexadecimal digits follow."""

_HEADING = re.compile(r"# Written by longshore for (\w+) ")
_HEREDOC = re.compile(rf"\w+<<{DELIMITER}[0-9a-f]{{32}}\n")


def heading(dialect: str, where: str) -> str:
    """The first line of a file that longshore writes: for whom, and from where."""
    return f"Written by longshore for {dialect} from {where}: do not edit, do not commit"


def written_for(text: str) -> str:
    """The dialect that longshore wrote this file in; empty for a file of somebody else's."""
    if _HEREDOC.match(text):
        return "github"
    found = _HEADING.match(text)
    return found.group(1) if found else ""


def colliding(keys: Mapping[str, object]) -> list[str]:
    """The keys that differ from another one only in case, sorted."""
    folded: dict[str, list[str]] = {}
    for key in keys:
        folded.setdefault(key.lower(), []).append(key)
    return sorted(key for same in folded.values() if len(same) > 1 for key in same)
