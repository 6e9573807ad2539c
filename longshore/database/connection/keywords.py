"""Reads a keyword/value connection text (`host=db.example password='a b\\'c'`) by libpq's rules.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE
"""

from __future__ import annotations

import re

START = re.compile(r"\s*[A-Za-z_][A-Za-z0-9_-]*\s*=")
PAIR = re.compile(
    r"\s*(?P<name>[A-Za-z_][A-Za-z0-9_-]*)\s*=\s*(?:'(?P<quoted>(?:[^'\\]|\\.)*)'(?=\s|$)|(?P<bare>(?:[^\s'\\]|\\.)*)(?=\s|$))",
    re.S,
)
BACKSLASH = re.compile(r"\\(.)", re.S)


def looks_like(text: str) -> bool:
    """Whether the text begins as keyword/value text does."""
    return START.match(text) is not None


def split(text: str) -> list[tuple[str, str]]:
    """The pairs, in order.

    Raises ValueError, whose text names the keyword before the fault and holds no value.
    """
    pairs: list[tuple[str, str]] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        pair = PAIR.match(text, position, end)
        if pair is None:
            after = f"after {pairs[-1][0]}" if pairs else "at its start"
            raise ValueError(
                f"it isn't `keyword=value` {after} (a value with blanks or quotes stands in '...', with \\' and \\\\ inside)"
            )
        value = pair["quoted"] if pair["quoted"] is not None else pair["bare"]
        pairs.append((pair["name"].lower(), BACKSLASH.sub(r"\1", value)))
        position = pair.end()
    return pairs
