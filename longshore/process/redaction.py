"""Values that must not be seen: known to the process once read, and replaced wherever text is echoed, kept or raised."""

from __future__ import annotations

from urllib.parse import quote, quote_plus

MASK = "[secret]"
SHORTEST = 4
"""A value shorter than this is not searched for: replacing every `1` would hide the message and protect nothing."""

_known: set[str] = set()
_ordered: list[str] = []


def know(*values: str) -> None:
    """Remember secret values, also as a URL or JSON would write them, and each line of a value with several lines."""
    for value in values:
        forms = {value, quote(value, safe=""), quote_plus(value), value.replace("\\", "\\\\").replace('"', '\\"')}
        forms |= {line for line in value.splitlines() if len(line) >= 8}
        _known.update(form for form in forms if len(form) >= SHORTEST)
    # The longest first, so that a value that contains another one is masked whole.
    _ordered[:] = sorted(_known, key=len, reverse=True)


def redact(text: str) -> str:
    """The text with every known value replaced."""
    for value in _ordered:
        if value in text:
            text = text.replace(value, MASK)
    return text
