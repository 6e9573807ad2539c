"""Values that must not be seen: known to the process once read, and replaced wherever text is echoed, kept or raised."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

MASK = "[secret]"
SHORTEST = 4
"""A value shorter than this is not searched for: replacing every `1` would hide the message and protect nothing."""

_known: set[str] = set()
_ordered: list[str] = []
_listeners: list[Callable[[Collection[str]], None]] = []


def know(*values: str) -> None:
    """Remember secret values, also as a URL or JSON would write them, and each line of a value with several lines."""
    import json
    from urllib.parse import quote, quote_plus

    before = set(_known)
    for value in values:
        forms = {value, quote(value, safe=""), quote(value), quote_plus(value)}
        forms |= {json.dumps(value, ensure_ascii=ascii)[1:-1] for ascii in (True, False)}
        forms |= {line for line in value.splitlines() if len(line) >= 8}
        _known.update(form for form in forms if len(form) >= SHORTEST)
    # The longest first, so that a value that contains another one is masked whole.
    _ordered[:] = sorted(_known, key=len, reverse=True)
    new = _known - before
    for listener in _listeners if new else ():
        listener(new)


def listen(listener: Callable[[Collection[str]], None]) -> None:
    """Tell it every value that is known, and each that becomes known."""
    _listeners.append(listener)
    if _known:
        listener(set(_known))


def redact(text: str) -> str:
    """The text with every known value replaced."""
    for value in _ordered:
        if value in text:
            text = text.replace(value, MASK)
    return text


def redact_data(data: Any) -> Any:
    """The same for the texts inside of what becomes JSON. (In the document's text, a password `1234` would also hit a number.)"""
    match data:
        case str():
            return redact(data)
        case dict():
            return {key: redact_data(value) for key, value in data.items()}
        case list() | tuple():
            return [redact_data(value) for value in data]
        case _:
            return data
