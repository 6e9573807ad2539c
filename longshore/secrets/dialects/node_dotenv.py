"""What Node reads: util.parseEnv of 20.12, that of later versions (and `--env-file`, the same code), and npm's dotenv.

Ports of src/node_dotenv.cc (Dotenv::ParseContent) and of dotenv's lib/main.js (parse), held against the real programs in tests/secrets/dialects.
"""

from __future__ import annotations

import re

_JS_SPACE = "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_BYTE_SPACE = "\t\n\v\f\r "
_BEGIN, _END = "(?:\\A|(?<=[\n\r\u2028\u2029]))", "(?=[\n\r\u2028\u2029]|\\Z)"


def _assignment(space: str, line_breaks: str) -> str:
    """The pattern for a line, which dotenv and Node 20.12 share. What is possessive here gives nothing back that helps."""
    s = f"[{space}]"
    return (
        rf"""{s}*+(?:export{s}++(?=[A-Za-z0-9_.-]))?([A-Za-z0-9_.-]++)(?:{s}*+={s}*?|:{s}+?)"""
        rf"""({s}*'(?:\\'|[^'])*'|{s}*"(?:\\"|[^"])*"|{s}*`(?:\\`|[^`])*`|[^#\r\n]+)?{s}*(?:#[^{line_breaks}]*)?"""
    )


_LINE = re.compile(_BEGIN + _assignment(_JS_SPACE, "\n\r\u2028\u2029") + _END)
_AROUND = re.compile(rf"""{_BEGIN}(['"`])([\s\S]*)\1{_END}""")
_ANYWHERE = re.compile(_assignment(_BYTE_SPACE, "\n\r"))
_QUOTES = "'\"`"
_BLANK = " \t\n"
_EXPORT = "export "
_NO_KEY = "__proto__"
"""An assignment to it sets no property of a JavaScript object."""


def parse_npm(text: str) -> dict[str, str]:
    """What dotenv 16, 17 and 18 read (the pattern is the same). It fails on nothing: what is no assignment is skipped."""
    values: dict[str, str] = {}
    for found in _LINE.finditer(re.sub(r"\r\n?", "\n", text)):
        value = (found[2] or "").strip(_JS_SPACE)
        quote = value[:1]
        value = _AROUND.sub(r"\2", value)
        if quote == '"':
            value = value.replace("\\n", "\n").replace("\\r", "\r")
        values[found[1]] = value
    values.pop(_NO_KEY, None)
    return values


def parse_env_20_12(text: str) -> dict[str, str]:
    """What util.parseEnv of Node 20.12 reads: the same pattern, but a quoted value need not be all that the line holds."""
    values: dict[str, str] = {}
    for found in _ANYWHERE.finditer(re.sub(r"\r\n?", "\n", text)):
        value = (found[2] or "").strip(" \t\v\f")
        quote = value[:1]
        if len(value) > 1 and quote in _QUOTES and value[-1] in _QUOTES:
            value = value[1:-1]
        if quote == '"':
            value = value.replace("\\n", "\n").replace("\\r", "\r")
        values[found[1]] = value
    values.pop(_NO_KEY, None)
    return values


def parse_env(text: str) -> dict[str, str]:
    """What util.parseEnv of Node 24 reads. It fails on nothing, and drops every CR."""
    values: dict[str, str] = {}
    rest = text.replace("\r", "").strip(_BLANK)
    while rest:
        if rest[0] in "\n#":
            rest = rest.partition("\n")[2]
            continue
        line, _, following = rest.partition("\n")
        key, equals, _ = line.partition("=")
        if not equals:
            rest = following.strip(_BLANK)
            continue
        rest = rest[len(key) + 1 :]
        key = key.strip(_BLANK)
        if not rest or rest[0] == "\n":
            values[key] = ""
            continue
        rest = rest.strip(_BLANK)
        if not key:
            continue
        if key.startswith(_EXPORT):
            key = key.removeprefix(_EXPORT).strip(_BLANK)
        values[key], rest = _value(rest)
        rest = rest.strip(_BLANK)
    values.pop(_NO_KEY, None)
    return values


def _value(rest: str) -> tuple[str, str]:
    quote = rest[:1]
    quoted = bool(quote) and quote in _QUOTES
    end = rest.find(quote, 1) if quoted else -1
    if end > 0:
        value = rest[1:end]
        return value.replace("\\n", "\n") if quote == '"' else value, rest[end + 1 :].partition("\n")[2]
    line, _, following = rest.partition("\n")
    return line if quoted else line.partition("#")[0].strip(_BLANK), following
