"""Who sits at this machine, for the journal, the history and a URL without a user."""

from __future__ import annotations

import getpass
import os
import socket


def user() -> str:
    """The user's name; the number where the machine has no name for it (a container that runs as any user)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def who() -> str:
    """`user@host`."""
    return f"{user()}@{socket.gethostname()}"
