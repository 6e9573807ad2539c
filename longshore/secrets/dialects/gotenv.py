"""What gotenv reads from a file: versions 1.2 (viper up to 1.10) and 1.6 (viper since), which differ.

A port of `StrictParse` of both (github.com/subosito/gotenv, gotenv.go), held against the real programs in tests/secrets. It is here to read back
what longshore wrote *before* it replaces anything. Text is UTF-8; not ported: UTF-16 files (1.6 reads them), and 1.6's reading of a CR LF that
straddles its 4 KiB buffer within quotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from longshore.secrets.dialects import gotenv_line
from longshore.secrets.dialects.go_text import SPACE, to_bytes, too_long
from longshore.secrets.dialects.unparsable import Unparsable

_QUOTED = re.compile(r"""['"]([^\n]*)['"]""")
_ESCAPED = re.compile(r"\\([^$])")
_VARIABLE = re.compile(r"\\?\$\{?[A-Z0-9_]*\}?")
_NAMED = re.compile(r"\$\{?([A-Z0-9_]+)\}?")

Parse = Callable[[str, Mapping[str, str]], dict[str, str]]


def parse_1_2(text: str, environ: Mapping[str, str]) -> dict[str, str]:
    """What gotenv 1.2.0 reads. `environ` is the reader's own environment, which `$NAME` falls back to.

    Raises Unparsable.
    """
    env: dict[str, str] = {}
    pieces = text.removeprefix("\ufeff").split("\n")
    for number, piece in enumerate(pieces[:-1] if not pieces[-1] else pieces, 1):
        if too_long(piece):
            return env  # 1.2 does not ask the scanner whether it failed
        if not _line_1_2(piece.removesuffix("\r"), env, environ):
            raise Unparsable(f"line {number}")
    return env


def _line_1_2(line: str, env: dict[str, str], environ: Mapping[str, str]) -> bool:
    matched = gotenv_line.match(line)
    if matched is None:
        return _blank_or_comment(line)
    key, value = matched
    double, single = value.startswith('"'), value.startswith("'")
    value = value.strip(" ")
    if quoted := _QUOTED.fullmatch(value):
        value = quoted.group(1)
    if double:
        value = _unescape(value)

    def replace(found: re.Match[str]) -> str:
        text = found.group()
        if text.startswith("\\"):
            return text[1:]
        named = None if single else _NAMED.match(text)
        return text if named is None else env.get(named.group(1), environ.get(named.group(1), ""))

    env[key] = _split_1_2(_VARIABLE.sub(replace, value), env, environ)
    return True


def _split_1_2(value: str, env: dict[str, str], environ: Mapping[str, str]) -> str:
    """1.2 takes what follows a line break in a value with `=` for further lines of the file: an injection."""
    if "=" not in value:
        return value
    parts = value.split("\n")
    if len(parts) == 1:
        parts = value.split("\r")
    for part in parts[1:]:
        _line_1_2(part, env, environ)
    return parts[0]


def parse_1_6(text: str, environ: Mapping[str, str]) -> dict[str, str]:
    """What gotenv 1.6.0 reads. `environ` is the reader's own environment, which beats the file where a value says `$NAME`.

    Raises Unparsable.
    """
    env: dict[str, str] = {}
    lines = _lines_1_6(text.removeprefix("\ufeff"))
    for number, piece in lines:
        line = piece.strip(SPACE)
        if not line or line.startswith("#"):
            continue
        quote = _open_quote(line)
        while quote:
            _, more = next(lines, (0, None))
            if more is None:
                raise Unparsable(f"line {number}: a quote that is never closed")
            line += "\n" + more
            last = more.rfind(quote)
            if last >= 0 and not (last > 0 and more[last - 1] == "\\"):
                quote = ""
        if not _line_1_6(line, env, environ):
            raise Unparsable(f"line {number}")
    return env


def _lines_1_6(text: str) -> Iterator[tuple[int, str]]:
    pieces = re.split(r"\r\n|\r|\n", text)
    for number, piece in enumerate(pieces[:-1] if not pieces[-1] else pieces, 1):
        if too_long(piece):
            raise Unparsable(f"line {number}: longer than 64 KiB")
        yield number, piece


def _open_quote(line: str) -> str:
    """The quote that this line opens and, as 1.6 sees it, does not close."""
    at = line.find("=")
    if at == -1:
        at = line.find(":")
    if not 0 < at < len(line) - 1:
        return ""
    value = line[at + 1 :].strip(SPACE)
    if value[0] not in "\"'":
        return ""
    # Byte positions, and of two different strings where blanks follow the quote: so it stands in gotenv.
    last = to_bytes(value[1:].strip(SPACE)).rfind(value[0].encode())
    closed = last >= 0 and to_bytes(value)[last : last + 1] != b"\\"
    return "" if closed else value[0]


def _line_1_6(line: str, env: dict[str, str], environ: Mapping[str, str]) -> bool:
    matched = gotenv_line.match(line)
    if matched is None:
        return _blank_or_comment(line)
    key, value = matched[0], matched[1].strip(SPACE)
    double = len(value) >= 2 and value[0] == value[-1] == '"'
    single = len(value) >= 2 and value[0] == value[-1] == "'"
    if double or single:
        value = value[1:-1]
    if double:
        value = _unescape(value)

    def replace(found: re.Match[str]) -> str:
        text = found.group()
        if text.startswith("\\"):
            return text[1:]
        named = _NAMED.match(text)
        return text if named is None else environ.get(named.group(1), env.get(named.group(1), ""))

    env[key] = value if single else _VARIABLE.sub(replace, value)
    return True


def _unescape(value: str) -> str:
    return _ESCAPED.sub(r"\1", value.replace("\\n", "\n").replace("\\r", "\r"))


def _blank_or_comment(line: str) -> bool:
    stripped = line.strip(SPACE)
    return not stripped or stripped.startswith("#")
