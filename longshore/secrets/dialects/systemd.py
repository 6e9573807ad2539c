"""systemd: the `EnvironmentFile=` of a unit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from longshore.secrets.dialects.styled import Styled, escaped
from longshore.secrets.dialects.unparsable import Unparsable

_BLANK = " \t\n\r"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_QUOTED = {"'": re.compile(r"'([^']*)('?)"), '"': re.compile(r'"((?:[^"\\]|\\.?)*+)("?)', re.S)}
# What follows a backslash: within double quotes these, else any character but a line break stands for itself.
_DOUBLE = re.compile(r'\\(?:(["\\`$])|\n|\Z)')
_SINGLE = re.compile(r"\\(?:([^\n\r])|[\n\r]|\Z)")
_UNQUOTED = re.compile(r"(?:[^\\\n\r]|\\.|\\\Z)*+", re.S)
_COMMENT = _UNQUOTED
_LINE = re.compile(r"[^\n\r]*")
_KEY = re.compile(r"[^\n\r][^=\n\r]*")

# utf8_is_valid: to systemd these are no valid UTF-8, and it then reads nothing of the file.
_NO_CHARACTER = re.compile(
    "[\ufdd0-\ufdef"
    + "".join(chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))
    + "]"
)


class Systemd(Styled):
    """The dialect of systemd.exec(5), EnvironmentFile=."""

    name = "systemd"

    def __init__(self) -> None:
        self.parsers = {
            "systemd up to 253": lambda text: parse(text, comments_go_on=True),
            "systemd since 254": lambda text: parse(text, comments_go_on=False),
        }

    def styles(self, value: str) -> Iterator[str]:
        yield f"'{value}'"
        yield '"' + escaped(value, '\\"`$') + '"'

    def reason(self, values: list[str]) -> str:
        return "systemd takes no code point that Unicode calls a noncharacter"


def parse(text: str, comments_go_on: bool) -> dict[str, str]:
    """What systemd reads (v252 and later): a port of parse_env_file_internal in src/basic/env-file.c. No `$NAME` is expanded.

    Raises Unparsable. As exec_context_load_environment does, it drops names that no variable can have (a byte order mark is part of the first name).
    `comments_go_on`: a backslash carries a comment over the end of its line, up to version 253.
    """
    values: dict[str, str] = {}
    at = 0
    while at < len(text):
        if text[at] in _BLANK:
            at += 1
        elif text[at] in "#;":
            at = _end(_COMMENT if comments_go_on else _LINE, text, at)
        else:
            start, at = at, _end(_KEY, text, at)
            if text[at : at + 1] == "=":
                key = text[start:at].rstrip(_BLANK)
                value, at = _value(text, at + 1)
                if _NO_CHARACTER.search(key + value):
                    raise Unparsable(f"line {text.count(chr(10), 0, start) + 1}: a code point that is no character")
                if _NAME.fullmatch(key):
                    values[key] = value
    return values


def _value(text: str, at: int) -> tuple[str, int]:
    """Quoted parts follow each other, with or without blanks between them; what is not quoted goes on to the end of the line."""
    parts: list[str] = []
    while at < len(text) and text[at] not in "\n\r":
        if text[at] in _BLANK:
            at += 1
        elif text[at] in _QUOTED:
            quote = text[at]
            found = _QUOTED[quote].match(text, at)
            assert found is not None  # the quote is there
            parts.append(_DOUBLE.sub(r"\1", found[1]) if quote == '"' else found[1])
            at = found.end()
        else:
            start, at = at, _end(_UNQUOTED, text, at)
            parts.append(_unescaped(text[start:at]))
    return "".join(parts), at


def _unescaped(part: str) -> str:
    """Without its backslashes, and without the blanks at its end that have none."""
    kept = len(part.rstrip(_BLANK))
    backslashes = len(part[:kept]) - len(part[:kept].rstrip("\\"))
    return _SINGLE.sub(r"\1", part[: kept + backslashes % 2] if kept < len(part) else part)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    assert found is not None  # it matches the empty string
    return found.end()
