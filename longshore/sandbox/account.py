"""Who PostgreSQL runs as. It refuses to be root's, so root's sandbox drops to another user."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass

from longshore.errors import Failed

CANDIDATES = ("postgres", "_postgres", "nobody")
"""Debian's and macOS's user for PostgreSQL where there is one, else the one that owns nothing."""


@dataclass(frozen=True)
class Account:
    """A user of this machine, by number."""

    name: str
    uid: int
    gid: int


def account() -> Account | None:
    """The user to drop to; None when we aren't root and so stay who we are.

    Raises Failed when this machine has none of the users.
    """
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        # macOS writes nobody's ids as -2.
        return Account(name, entry.pw_uid % 2**32, entry.pw_gid % 2**32)
    raise Failed(
        "PostgreSQL can't be started by root",
        why=f"this machine has none of the users {', '.join(CANDIDATES)} to start it as",
        do="inv sandbox.up, as another user than root",
    )
