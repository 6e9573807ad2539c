"""What the command line says, as the steps want it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from longshore.errors import UsageError

NAME = re.compile(r"[A-Za-z_]\w*")


def build_arguments(given: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE` each.

    Raises UsageError; the value is never told.
    """
    found = {}
    for one in given:
        name, mark, value = one.partition("=")
        if not mark or not NAME.fullmatch(name):
            raise UsageError("--build-arg is NAME=VALUE", on=name if NAME.fullmatch(name) else "--build-arg")
        found[name] = value
    return found


def path(given: str) -> Path | None:
    """None where nothing is given."""
    return Path(given) if given else None
