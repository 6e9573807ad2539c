"""Find values in a stream of bytes, in bounded memory. They are never handed to another program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from longshore.secrets.check.sensitive import Needle

CHUNK = 1 << 20


class Search:
    """For several values at once, in any content: text or binary."""

    def __init__(self, needles: Sequence[Needle]) -> None:
        self._forms = [(form, needle.key) for needle in needles for form in needle.forms]
        self._overlap = max((len(form) for form, _ in self._forms), default=1) - 1

    def keys_in(self, content: BinaryIO, size: int | None = None) -> set[str]:
        """The keys whose values are in the content. Reads all of it: `size` bytes, or to its end."""
        found: set[str] = set()
        left, tail = size, b""
        while left is None or left > 0:
            chunk = content.read(CHUNK if left is None else min(CHUNK, left))
            if not chunk:
                break
            left = None if left is None else left - len(chunk)
            window = tail + chunk
            found.update(key for form, key in self._forms if key not in found and form in window)
            tail = window[-self._overlap :] if self._overlap else b""
        return found


def skip(content: BinaryIO, size: int) -> None:
    """Read past it."""
    while size > 0 and (chunk := content.read(min(CHUNK, size))):
        size -= len(chunk)
