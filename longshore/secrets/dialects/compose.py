"""compose: the `env_file` and `.env` of Docker Compose, read with github.com/compose-spec/compose-go."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from longshore.secrets.dialects.go_text import BLANK, SPACE
from longshore.secrets.dialects.styled import OUTSIDE, Styled, escaped
from longshore.secrets.dialects.unparsable import Unparsable

_EXPORT = re.compile(r"export[\t\n\f\r ]+")
_ESCAPE = re.compile(r'\\(?:[abcfnrtv$"\\]|0[0-9]{0,3})')
_CHARACTERS = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    '"': '"',
    "\\": "\\",
    "$": "$$",
}
_OCTAL = re.compile(r"0([0-3][0-7]{2})")
# Its pattern ignores case: the long s and the sign of kelvin are letters to it.
_NAME = "[_a-zA-Z\u017f\u212a][_a-zA-Z0-9\u017f\u212a]*"
_DOLLAR = re.compile(rf"\$(?:(?P<dollar>\$)|(?P<name>{_NAME})|\{{(?P<braced>{_NAME}(?::?[-+?][^\n]*)?\}})?)")


class Compose(Styled):
    """The dialect of Docker Compose."""

    name = "compose"
    outside = (
        "compose expands $NAME without quotes or within double quotes, and takes a bare NAME from its own environment"
    )

    def __init__(self) -> None:
        self.parsers = {"compose-go": parse}

    def styles(self, value: str) -> Iterator[str]:
        yield '"' + escaped(value, '\\"$').replace("\n", "\\n").replace("\r", "\\r") + '"'

    def reason(self, values: list[str]) -> str:
        return "compose-go has no way to write it"


def parse(text: str) -> dict[str, str]:
    """What compose-go 2.16 reads: a port of dotenv/parser.go. Compose's own environment beats the file where a value says
    `$NAME`: so all that is substituted is OUTSIDE.

    Raises Unparsable.
    """
    values: dict[str, str] = {}
    text = text.removeprefix("\ufeff")
    rest = text.lstrip(SPACE)
    while rest:
        if rest.startswith("#"):
            rest = rest.partition("\n")[2].lstrip(SPACE)
            continue
        line = text.count("\n") - rest.count("\n") + 1
        key, rest, bare = _key(rest, line)
        if bare:
            values[key] = OUTSIDE
        else:
            values[key], rest = _value(rest, line)
        rest = rest.lstrip(SPACE)
    return values


def _key(text: str, line: int) -> tuple[str, str, bool]:
    if _EXPORT.match(text):
        text = text.removeprefix("export").lstrip(BLANK)
    if not text:
        raise Unparsable(f"line {line}: no name follows export")
    for at, character in enumerate(text):
        if character in "=:\n":
            key = text[:at].rstrip(SPACE)
            if " " in key:
                raise Unparsable(f"line {line}: a name with a blank")
            return key, text[at + 1 :].lstrip(BLANK), character == "\n"
        if character not in BLANK + "_.-[]" and unicodedata.category(character)[0] not in "LN":
            raise Unparsable(f"line {line}: a character that no name can hold")
    return "", text.lstrip(BLANK), False


def _value(text: str, line: int) -> tuple[str, str]:
    quote = text[:1]
    if quote not in ("'", '"'):
        value, _, rest = text.partition("\n")
        return _substituted(value.partition(" #")[0].rstrip(SPACE), line), rest
    value, end = _quoted(text, quote)
    if end < 0:
        raise Unparsable(f"line {line}: a quote that is never closed")
    return (_substituted(_unescaped(value), line) if quote == '"' else value), text[end + 1 :]


def _quoted(text: str, quote: str) -> tuple[str, int]:
    """What stands between the quotes, and where the closing one is (-1: nowhere). A backslash is dropped before this quote only."""
    parts: list[str] = []
    start = at = 1
    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 2]:
            if text[at + 1] == quote:
                parts.append(text[start:at])
                start = at + 1
            at += 2
        elif text[at] == quote:
            return "".join([*parts, text[start:at]]), at
        else:
            at += 1
    return "", -1


def _unescaped(value: str) -> str:
    def replace(found: re.Match[str]) -> str:
        what = found.group()[1:]
        if octal := _OCTAL.fullmatch(what):
            return chr(int(octal.group(1), 8))
        # What Go's strconv does not take stays, without the 0 of an octal number.
        return _CHARACTERS.get(what, "\\" + what.removeprefix("0"))

    return _ESCAPE.sub(replace, value)


def _substituted(value: str, line: int) -> str:
    def replace(found: re.Match[str]) -> str:
        if found["dollar"]:
            return "$"
        if found["name"] is None and found["braced"] is None:
            raise Unparsable(f"line {line}: an invalid ${{...}}")
        return OUTSIDE

    return _DOLLAR.sub(replace, value)
