"""Splits a PostgreSQL URL into its parts, also where the password was pasted in without percent escapes.

RFC 3986 forbids `/ ? # @` and a bare `%` in a password; people paste them all the same (golang-migrate issues 1187, 1243, 396). Each `@` is tried
as the end of the user part: where only one reading gives a host, a port and a database, that one is taken; otherwise it is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

TAIL = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.%A-Za-z]+\]|(?:[A-Za-z0-9._~,-]|%[0-9A-Fa-f]{2})*)"
    r"(?::(?P<port>[0-9]*))?"
    r"(?:/(?P<database>[^/?#]*))?"
    r"(?:\?(?P<query>[^#]*))?"
)
QUERY = re.compile(r"(?:[A-Za-z_.-]+=[^&]*)?(?:&(?:[A-Za-z_.-]+=[^&]*)?)*")
ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
FORBIDDEN = re.compile(r"[/?#@]")


class Ambiguous(ValueError):
    """The text can be read in more than one way, or in none; the message says which part, and never holds any of it."""


@dataclass(frozen=True)
class Parts:
    """The parts of a URL, decoded; an empty string where one is missing."""

    user: str
    password: str = field(repr=False)
    host: str
    port: str
    database: str
    query: list[tuple[str, str]] = field(repr=False)


def split(rest: str) -> Parts:
    """Take apart what follows `postgres://`.

    Raises Ambiguous.
    """
    readings = list(_readings(rest))
    if not readings:
        raise Ambiguous("it can't be split into user, password, host, port and database")
    if len(readings) > 1 and not _is_plain(*readings[0]):
        raise Ambiguous("the password holds raw special characters, so that it can be read in more than one way")
    userinfo, tail = readings[0]
    user, _, password = userinfo.partition(":")
    return Parts(
        user=_decode(user, "the user", FORBIDDEN.search(userinfo) is not None),
        password=_decode(password, "the password", FORBIDDEN.search(userinfo) is not None),
        host=_decode((tail["host"] or "").strip("[]"), "the host"),
        port=tail["port"] or "",
        database=_decode(tail["database"] or "", "the database's name"),
        query=_query(tail["query"] or ""),
    )


def _readings(rest: str) -> list[tuple[str, re.Match[str]]]:
    """Each way to cut the text into a user part and a tail that is a host, a port, a database and parameters."""
    found = []
    cuts = [index for index, character in enumerate(rest) if character == "@"]
    for cut in cuts or [-1]:
        tail = TAIL.fullmatch(rest, cut + 1)
        if tail and QUERY.fullmatch(tail["query"] or ""):
            found.append((rest[: max(cut, 0)], tail))
    return found


def _is_plain(userinfo: str, tail: re.Match[str]) -> bool:
    """Whether a reading is by the book, and further `@` stand only in the values of its parameters."""
    return not FORBIDDEN.search(userinfo) and bool(tail["database"]) and "@" not in tail["database"]


def _decode(text: str, what: str, has_raw: bool = False) -> str:
    percents, escapes = text.count("%"), len(ESCAPE.findall(text))
    if escapes and (has_raw or percents != escapes):
        raise Ambiguous(f"{what} mixes percent escapes with raw special characters")
    if not escapes:
        return text
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise Ambiguous(f"{what} has percent escapes that aren't UTF-8") from None
    if "\0" in decoded:
        raise Ambiguous(f"{what} holds a zero byte")
    return decoded


def _query(text: str) -> list[tuple[str, str]]:
    """The parameters, in order; `+` is a blank, as golang-migrate reads it."""
    pairs = (part.partition("=") for part in text.split("&") if part)
    return [(name, _decode(value.replace("+", " "), f"the parameter {name}")) for name, _, value in pairs]
