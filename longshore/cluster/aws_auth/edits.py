"""Changes of a text at offsets, made together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class Entangled(Exception):
    """The text can be read, but not be changed here without a change elsewhere; says why."""


@dataclass(frozen=True, order=True)
class Edit:
    """`new` instead of what is from `start` up to `end`."""

    start: int
    end: int
    new: str = ""


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Raises Entangled where two edits overlap."""
    parts: list[str] = []
    at = 0
    for edit in sorted(edits):
        if edit.start < at:
            raise Entangled("two changes would overlap")
        parts += [text[at : edit.start], edit.new]
        at = edit.end
    return "".join([*parts, text[at:]])


def newline_of(text: str) -> str:
    """The line break that the text uses."""
    if "\r\n" in text:
        return "\r\n"
    return "\r" if "\r" in text and "\n" not in text else "\n"


def line_start(text: str, offset: int) -> int:
    """Where the line of this offset begins, after a byte order mark."""
    start = text.rfind("\n", 0, offset) + 1
    start = max(start, text.rfind("\r", start, offset) + 1)
    return start + 1 if start == 0 and text.startswith("\ufeff") else start


def line_end(text: str, offset: int) -> int:
    """Where the line of this offset ends, before its line break."""
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    lone = text.find("\r", offset, end)
    return end if lone < 0 else lone


def next_line(text: str, end: int) -> int:
    """Where the next line begins, from the end of one."""
    return end + (2 if text.startswith("\r\n", end) else 1 if end < len(text) else 0)


def skip_blank(text: str, offset: int) -> int:
    """The next offset that is neither white space nor comment."""
    while offset < len(text):
        if text[offset] == "#" and (offset == 0 or text[offset - 1].isspace()):
            offset = line_end(text, offset)
        elif text[offset].isspace() or text[offset] == "\ufeff":
            offset += 1
        else:
            break
    return offset
