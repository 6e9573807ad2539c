"""gotenv's pattern for one line, matched by hand.

The pattern is the same in 1.2 and 1.6 (`linePattern` in github.com/subosito/gotenv/gotenv.go):

    \\A\\s*(?:export\\s+)?([\\w\\.]+)(?:\\s*=\\s*|:\\s+?)('(?:\\'|[^'])*'|"(?:\\"|[^"])*"|[^#\\n]+)?\\s*(?:\\s*\\#.*)?\\z

Go matches it in linear time; a backtracking engine needs cubic time for a long value with many blanks. The order of preference is Go's
(leftmost, first alternative, longest repeat), \\s and \\w are ASCII.
"""

from __future__ import annotations

import re

_HEAD = re.compile(r"[\t\n\f\r ]*(?:export[\t\n\f\r ]+(?=[A-Za-z0-9_.]))?([A-Za-z0-9_.]++)")
_EQUALS = re.compile(r"[\t\n\f\r ]*=[\t\n\f\r ]*")
_BLANKS = re.compile(r"[\t\n\f\r ]*")
_UNQUOTED = re.compile(r"[^#\n]*")


def match(line: str) -> tuple[str, str] | None:
    """The key and the value as they stand in the line (quotes and all), or None where the line does not match."""
    found = _HEAD.match(line)
    if found is None:
        return None
    end = found.end(1)
    if separator := _EQUALS.match(line, end):
        value = _value(line, separator.end())
        return None if value is None else (found.group(1), value)
    if line[end : end + 1] == ":":
        # At least one blank, and as few as will do.
        for start in range(end + 2, _blanks_end(line, end + 1) + 1):
            if (value := _value(line, start)) is not None:
                return found.group(1), value
    return None


def _value(line: str, start: int) -> str | None:
    quote = line[start : start + 1]
    if quote in ("'", '"'):
        last = line.rfind(quote)
        while last > start:
            if _only_a_comment(line, last + 1):
                return line[start : last + 1]
            last = line.rfind(quote, start + 1, last)
    unquoted = _UNQUOTED.match(line, start)
    assert unquoted is not None  # it matches the empty string
    # Giving back characters never helps: what is given back is a blank, which the comment's part skips, or it can't be skipped.
    return unquoted.group() if _only_a_comment(line, unquoted.end()) else None


def _only_a_comment(line: str, start: int) -> bool:
    """Whether nothing follows but blanks and one comment."""
    at = _blanks_end(line, start)
    return at == len(line) or (line[at] == "#" and "\n" not in line[at:])


def _blanks_end(line: str, start: int) -> int:
    blanks = _BLANKS.match(line, start)
    assert blanks is not None  # it matches the empty string
    return blanks.end()
