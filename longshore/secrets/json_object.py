"""A JSON object of keys and values, read strictly: what a lenient reader would change or drop without a word is an error here."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

from longshore.errors import UsageError
from longshore.process.redaction import know
from longshore.secrets.known import know_values
from longshore.secrets.secret import refuse_bad_keys, shown


class Literal(str):
    """A number or boolean, as its source wrote it: `1.10` stays `1.10`, and is written back without quotes."""

    __slots__ = ()


class _Object(list[tuple[str, object]]):
    pass


def parse(text: str, on: str) -> dict[str, str]:
    """The values of a JSON object. Numbers and booleans are their exact source text.

    `on` names the document. Raises UsageError that names a key or a position, never a value.
    """
    if not text.strip():
        raise UsageError("there are no keys and values", on=on, why="it is empty")
    try:
        document = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=_Object,
            parse_int=Literal,
            parse_float=Literal,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        raise _malformed(text, error, on) from None
    except RecursionError:
        raise UsageError("the values are nested", on=on, why="only an object of keys and texts can be read") from None
    if not isinstance(document, _Object):
        if isinstance(document, str):
            know(document.encode(errors="replace").decode())
        raise UsageError("there are no keys and values", on=on, why=f"it is {_kind(document)}, not a JSON object")
    return _values(document, on)


def dump(values: Mapping[str, str]) -> str:
    """The JSON object of these values, in their order."""
    members = (
        f"{json.dumps(key)}: {value if isinstance(value, Literal) else _quote(value)}" for key, value in values.items()
    )
    return "{" + ", ".join(members) + "}"


def _quote(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _values(document: _Object, on: str) -> dict[str, str]:
    values: dict[str, str] = {}
    faults: list[str] = []
    for key, value in document:
        if value is True or value is False:
            value = Literal(str(value).lower())
        if not isinstance(value, str):
            faults.append(f"{shown(key)} is {_kind(value)}")
            continue
        if not _encodable(value):
            faults.append(f"{shown(key)} holds a character that no variable can hold")
            continue
        values[key] = value
    know_values(values)
    keys = Counter(key for key, _ in document)
    faults += [f"{shown(key)} is there {count} times" for key, count in keys.items() if count > 1]
    if faults:
        raise UsageError("a value is no text", on=on, why="; ".join(faults))
    refuse_bad_keys(values, on)
    return values


def _encodable(value: str) -> bool:
    """Whether an environment variable can hold it: UTF-8 without NUL."""
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, from \ud800
        return False
    return "\x00" not in value


def _malformed(text: str, error: json.JSONDecodeError, on: str) -> UsageError:
    if not text.lstrip("\ufeff \t\r\n").startswith("{"):
        know(text.encode(errors="replace").decode())
        return UsageError("there are no keys and values", on=on, why="it is plain text, not a JSON object")
    ended = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
    # "Invalid \\escape: 'x'" would show a character of a value.
    wrong = "an invalid escape or control character" if error.msg.startswith("Invalid") else error.msg
    what = "it ends too early" if ended else wrong
    return UsageError("this is not valid JSON", on=on, why=f"line {error.lineno} column {error.colno}: {what}")


def _refuse_constant(name: str) -> object:
    return None


def _kind(value: object) -> str:
    match value:
        case None:
            return "no value (null)"
        case bool() | Literal():
            return "a number or boolean"
        case str():
            return "a text in quotes"
        case _Object():
            return "an object"
        case _:
            return "an array"
