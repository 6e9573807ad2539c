"""A secret as it was read: its values, and which version of it they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from longshore.errors import UsageError, nearest

KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
KEY_RULE = "a letter or _ first, then letters, digits and _"


@dataclass(frozen=True)
class Secret:
    """The values of an environment, in the order of the store. They are never part of its repr."""

    where: str
    """`aws:bank/prod` or `file:app.env`."""
    values: Mapping[str, str] = field(repr=False)
    version: str
    """The version's id in Secrets Manager; for a file, what tells one state of it from another. Never made from the values."""
    created: datetime | None = None
    """When this version was made (with its time zone)."""

    def require(self, key: str, environment: str) -> str:
        """The value of a key that the application can't do without.

        Raises UsageError where it is absent or empty; `environment` is the name for the next command.
        """
        if value := self.values.get(key):
            return value
        why = "it is empty" if key in self.values else f"there is no such key{nearest(key, list(self.values))}"
        raise UsageError(
            f"the secret has no value for {key}",
            on=self.where,
            why=why,
            do=f"inv secrets.set --env {environment} --key {key}",
        )


def refuse_bad_keys(keys: Iterable[str], on: str) -> None:
    """Raise UsageError for keys that no environment variable can be named like."""
    bad = [shown(key) for key in keys if not KEY.fullmatch(key)]
    if bad:
        raise UsageError(
            "a key is no name of a variable",
            on=f"{on}: {', '.join(bad)}",
            why=KEY_RULE,
        )


def shown(key: str) -> str:
    """A key for a message: short, and without control characters (a key that is none may be anything)."""
    return repr(key if len(key) <= 40 else key[:39] + "…")
