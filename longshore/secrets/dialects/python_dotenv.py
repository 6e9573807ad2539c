"""What python-dotenv reads: versions up to 1.2.2, and later ones, which differ in how a quote ends.

A port of `parse_stream` (src/dotenv/parser.py) and of the interpolation (variables.py). A file is opened as text: CR and CR LF are LF to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from longshore.secrets.dialects.styled import OUTSIDE
from longshore.secrets.dialects.unparsable import Unparsable


@dataclass(frozen=True)
class Version:
    """What versions differ in."""

    quoted: Mapping[str, re.Pattern[str]]
    """A quoted value, by its quote."""
    is_later: bool
    """It skips a byte order mark, and takes a # behind blanks after = for a comment."""


UP_TO_1_2_2 = Version({"'": re.compile(r"'((?:\\'|[^'])*)'"), '"': re.compile(r'"((?:\\"|[^"])*)"')}, is_later=False)
SINCE_1_2_3 = Version(
    {"'": re.compile(r"'((?:\\.|[^'\\])*+)'", re.S), '"': re.compile(r'"((?:\\.|[^"\\])*+)"', re.S)}, is_later=True
)

_SPACE = re.compile(r"\s*")
_EXPORT = re.compile(r"(?:export[^\S\n]+)?")
_KEY = re.compile(r"'([^']+)'|(?!')([^=#\s]+)")
_BLANK = re.compile(r"[^\S\n]*")
_UNQUOTED = re.compile(r"[^\n]*")
_END = re.compile(r"(?:[^\S\n]*#[^\n]*)?[^\S\n]*(?:\n|\Z)")
# Only where the blanks begin: tried from each of them, many blanks would take quadratic time.
_COMMENT = re.compile(r"(?<!\s)\s++#.*")
_ESCAPES = {"'": re.compile(r"\\([\\'])"), '"': re.compile(r"\\([\\'\"abfnrtv])")}
_CHARACTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
# From the last ${ before the brace, which is as good as the first: quadratic time again.
_VARIABLE = re.compile(r"\$\{(?:(?!\$\{)[^}:])*(?::-[^}]*)?\}")


def parse(text: str, version: Version) -> dict[str, str]:
    """What that version reads without interpolation.

    Raises Unparsable where it would skip a line with a warning, and for a key without `=`.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if version.is_later:
        text = text.removeprefix("\ufeff")
    values: dict[str, str] = {}
    at = _end(_SPACE, text, 0)
    while at < len(text):
        line = text.count("\n", 0, at) + 1
        if text[at] == "#":
            at = _end(_UNQUOTED, text, at)
        else:
            key = _KEY.match(text, _end(_EXPORT, text, at))
            equals = _end(_BLANK, text, key.end()) if key else at
            if key is None or text[equals : equals + 1] != "=":
                raise Unparsable(f"line {line}: no assignment")
            values[key[1] or key[2]], at = _value(text, equals + 1, version, line)
        found = _END.match(text, at)
        if found is None:
            raise Unparsable(f"line {line}: something follows the value")
        at = _end(_SPACE, text, found.end())
    return values


def interpolated(values: Mapping[str, str]) -> dict[str, str]:
    """The values with interpolation, which is the default: one with `${NAME}` is OUTSIDE, whatever its quotes are (load_dotenv takes the
    environment's variable before the file's, dotenv_values the file's before the environment's)."""
    return {
        key: OUTSIDE if _VARIABLE.search(value, 0, value.rfind("}") + 1) else value for key, value in values.items()
    }


def _value(text: str, start: int, version: Version, line: int) -> tuple[str, int]:
    at = _end(_BLANK, text, start)
    quote = text[at : at + 1]
    if quote in version.quoted:
        found = version.quoted[quote].match(text, at)
        if found is None:
            raise Unparsable(f"line {line}: a quote that is never closed")
        return _ESCAPES[quote].sub(lambda escape: _CHARACTERS.get(escape[1], escape[1]), found[1]), found.end()
    if quote == "#" and at > start and version.is_later:
        return "", at
    return _unquoted(text, at)


def _unquoted(text: str, at: int) -> tuple[str, int]:
    end = _end(_UNQUOTED, text, at)
    return _COMMENT.sub("", text[at:end]).rstrip(), end


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    assert found is not None  # it matches the empty string
    return found.end()
