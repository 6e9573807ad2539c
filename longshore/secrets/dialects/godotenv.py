"""godotenv: github.com/joho/godotenv, which many Go programs load their .env file with."""

from __future__ import annotations

import re
from collections.abc import Iterator

from longshore.secrets.dialects.go_text import BLANK, SPACE, to_bytes
from longshore.secrets.dialects.styled import Styled, escaped
from longshore.secrets.dialects.unparsable import Unparsable

_NOTHING = "${_}"
_COMMENT = re.compile(f"(?<=[{BLANK}])#")
_LINE_END = re.compile(r"[\r\n]")
_ESCAPE = re.compile(r"\\.")
_UNESCAPED = re.compile(r"\\([^$])")
_VARIABLE = re.compile(r"(\\)?\$\(?\{?([A-Z0-9_]+)?\}?")


class Godotenv(Styled):
    """The dialect of github.com/joho/godotenv."""

    name = "godotenv"

    def __init__(self) -> None:
        self.parsers = {"godotenv": parse}

    def styles(self, value: str) -> Iterator[str]:
        double = escaped(value, '\\"$').replace("\n", "\\n").replace("\r", "\\r")
        yield f"'{value}'"
        yield f'"{double}"'
        # Within quotes it takes no quote and no backslash at the end. An unset variable (of the file, never of the environment) is empty.
        yield f'"{double}{_NOTHING}"'
        bare = _COMMENT.sub(_NOTHING + "#", escaped(value, "$"))
        yield (_NOTHING if bare[:1] in (*BLANK, "'", '"') else "") + bare

    def reason(self, values: list[str]) -> str:
        return "godotenv takes no backslash at the end of a value with line breaks"


def parse(text: str) -> dict[str, str]:
    """What godotenv 1.5.1 reads: a port of parser.go. `$NAME` is what the file said before, never the environment.

    Raises Unparsable.
    """
    values: dict[str, str] = {}
    rest = text.replace("\r\n", "\n").lstrip(SPACE)
    while rest:
        if rest.startswith("#"):
            rest = rest.partition("\n")[2].lstrip(SPACE)
            continue
        line = text.count("\n") - rest.count("\n") + 1
        key, rest = _key(rest, line)
        values[key], rest = _value(rest, values, line)
        rest = rest.lstrip(SPACE)
    return values


def _key(text: str, line: int) -> tuple[str, str]:
    text = text.lstrip(BLANK)
    if text.startswith("export") and text[6:7] and text[6] in BLANK:
        text = text[6:].lstrip(BLANK)
    if not text:
        raise Unparsable(f"line {line}: no name follows export")
    for at, character in enumerate(text):
        if character in "=:":
            return text[:at].rstrip(SPACE), text[at + 1 :].lstrip(BLANK)
        # It looks at the bytes of UTF-8 as if each were a character.
        if not all(chr(byte) in BLANK + "_." or chr(byte).isalnum() for byte in to_bytes(character)):
            raise Unparsable(f"line {line}: a character that no name can hold")
    return "", text.lstrip(BLANK)


def _value(text: str, values: dict[str, str], line: int) -> tuple[str, str]:
    quote = text[:1]
    if quote not in ("'", '"'):
        end = found.start() if (found := _LINE_END.search(text)) else len(text)
        return _expand(_without_comment(text[:end]).strip(BLANK), values), text[end:]
    end = text.find(quote, 1)
    while end > 0 and text[end - 1] == "\\":
        end = text.find(quote, end + 1)
    if end < 0:
        raise Unparsable(f"line {line}: a quote that is never closed")
    value = text[:end].strip(quote)
    return (_expand(_unescape(value), values) if quote == '"' else value), text[end + 1 :]


def _without_comment(line: str) -> str:
    """Without the last # that stands behind a blank, and what follows it."""
    at = line.rfind("#")
    while at > 0:
        if line[at - 1] in BLANK:
            return line[:at]
        at = line.rfind("#", 0, at)
    return line


def _unescape(value: str) -> str:
    breaks = {"\\n": "\n", "\\r": "\r"}
    value = _ESCAPE.sub(lambda found: breaks.get(found.group(), found.group()), value)
    return _UNESCAPED.sub(r"\1", value)


def _expand(value: str, values: dict[str, str]) -> str:
    def replace(found: re.Match[str]) -> str:
        if found.group(1):
            return found.group()[1:]
        return values.get(found.group(2), "") if found.group(2) else found.group()

    return _VARIABLE.sub(replace, value)
