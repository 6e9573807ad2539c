"""What Go's standard library does to text, for the ports of parsers that are written in Go."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.secrets.dialects.unparsable import Unparsable

LONGEST_LINE = 64 * 1024
"""Bytes; bufio.Scanner gives up at a line of this length (bufio.MaxScanTokenSize)."""

SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
"""unicode.IsSpace."""

BLANK = "\t\v\f\r \x85\xa0"
"""What both godotenv and compose-go call a space within a line (their isSpace)."""


class TooLong(Unparsable):
    """A line that bufio.Scanner gives up at."""


def too_long(line: str) -> bool:
    """Whether bufio.Scanner gives up at this line."""
    return len(line) >= LONGEST_LINE // 4 and len(to_bytes(line)) >= LONGEST_LINE


def to_bytes(text: str) -> bytes:
    """As the file has it: UTF-8, whatever bytes that were none included."""
    return text.encode("utf-8", "surrogateescape")


def scanned(text: str) -> Iterator[tuple[int, str]]:
    """The lines and their numbers as bufio.ScanLines gives them: they end at LF, one CR before it is dropped; a last LF ends no further line.

    Raises TooLong where the scanner gives up.
    """
    lines = text.split("\n")
    for number, line in enumerate(lines if lines[-1] else lines[:-1], 1):
        if too_long(line):
            raise TooLong(f"line {number}: longer than 64 KiB")
        yield number, line.removesuffix("\r")
