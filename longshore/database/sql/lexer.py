"""PostgreSQL's tokens: enough of its lexer to know where a statement ends and which names it holds.

https://www.postgresql.org/docs/current/sql-syntax-lexical.html, with standard_conforming_strings on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

TOKEN = re.compile(
    r"""
      (?P<space> \s+ | --[^\n]* )
    | (?P<block> /\* )
    | (?P<string> [eE]' (?: [^'\\] | \\. | '' )* ' | (?: [bBxXnN] | [uU]& )? ' [^']* (?: ''[^']* )* ' )
    | (?P<quoted> (?: [uU]& )? " [^"]* (?: ""[^"]* )* " )
    | (?P<dollar> \$ (?: [A-Za-z_\x80-\U0010ffff] [A-Za-z0-9_\x80-\U0010ffff]* )? \$ )
    | (?P<word> [A-Za-z_\x80-\U0010ffff] [A-Za-z0-9_$\x80-\U0010ffff]* )
    | (?P<number> [0-9] [A-Za-z0-9_.]* )
    | (?P<other> . )
    """,
    re.S | re.X,
)
COMMENT = re.compile(r"/\*|\*/")
META = re.compile(r"\\[^\n]*")
LONGEST_NAME = 63
"""PostgreSQL cuts longer identifiers to this many bytes (NAMEDATALEN - 1)."""


class Kind(Enum):
    """What a token is. Comments and blanks are none."""

    WORD = "word"
    QUOTED = "quoted identifier"
    STRING = "string"
    META = "psql command"
    OTHER = "other"


class Unterminated(ValueError):
    """A quote or comment that nothing ends; `position` is where it begins."""

    def __init__(self, what: str, position: int) -> None:
        super().__init__(what)
        self.what = what
        self.position = position


@dataclass(frozen=True, slots=True)
class Token:
    """A token and where it stands. `value` is an identifier as PostgreSQL keeps it: small letters, or as quoted; cut to 63 bytes."""

    kind: Kind
    value: str
    start: int
    end: int

    @property
    def is_name(self) -> bool:
        return self.kind in (Kind.WORD, Kind.QUOTED)


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text.

    Raises Unterminated after the last whole token.
    """
    position = 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:  # pragma: no cover: `other` takes any character
            raise AssertionError(position)
        kind, found, end = match.lastgroup, match.group(), match.end()
        if kind == "space":
            pass
        elif kind == "block":
            end = _comment_end(text, position)
        elif kind == "dollar":
            close = text.find(found, end)
            if close < 0:
                raise Unterminated(f"the quote {found} is not closed", position)
            end = close + len(found)
            yield Token(Kind.STRING, text[match.end() : close], position, end)
        elif kind == "word":
            if found in "eE" and text.startswith("'", end):
                # Its string didn't match: a backslash hides the last quote.
                raise Unterminated("a string is not closed", position)
            yield Token(Kind.WORD, name(found.lower()), position, end)
        elif kind == "quoted":
            yield Token(Kind.QUOTED, name(found[found.index('"') + 1 : -1].replace('""', '"')), position, end)
        elif kind == "string":
            yield Token(Kind.STRING, found[found.index("'") + 1 : -1].replace("''", "'"), position, end)
        elif found in "'\"":
            raise Unterminated("a quoted name is not closed" if found == '"' else "a string is not closed", position)
        elif found == "\\" and text[text.rfind("\n", 0, position) + 1 : position].strip() == "":
            meta = META.match(text, position)
            end = meta.end() if meta else end
            yield Token(Kind.META, text[position:end].rstrip(), position, end)
        else:
            yield Token(Kind.OTHER, found, position, end)
        position = end


def name(text: str) -> str:
    """An identifier as PostgreSQL keeps it: at most 63 bytes, whole characters."""
    encoded = text.encode("utf-8", errors="replace")
    return text if len(encoded) <= LONGEST_NAME else encoded[:LONGEST_NAME].decode("utf-8", errors="ignore")


def _comment_end(text: str, start: int) -> int:
    """Where a comment that begins at `start` ends; comments nest."""
    depth, position = 0, start
    while match := COMMENT.search(text, position):
        depth += 1 if match.group() == "/*" else -1
        position = match.end()
        if depth == 0:
            return position
    raise Unterminated("a comment is not closed", start)
