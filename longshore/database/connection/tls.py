"""What protects the traffic to a database: which sslmode, which CA, and what to tell a person about it.

lib/pq (golang-migrate) knows disable, require, verify-ca and verify-full; its default, require, verifies nothing unless there is a CA file.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from longshore.errors import UsageError, nearest

MODES = ("disable", "require", "verify-ca", "verify-full")
UNSUPPORTED = ("prefer", "allow")
SYSTEM = "system"
"""libpq's word for the system's own roots; lib/pq would look for a file of that name, and uses them anyway."""


@dataclass(frozen=True)
class Policy:
    """`mode` is an sslmode that libpq and lib/pq both know; `root` the CA's file (empty: none); `note` a warning for a person, or empty."""

    mode: str
    root: str
    note: str


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine's own."""
    if host.lower() == "localhost" or host.lower().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_mode(mode: str, key: str) -> None:
    """Raises UsageError over a mode that golang-migrate's driver doesn't have."""
    if mode in UNSUPPORTED:
        raise UsageError(
            f"sslmode={mode} is not supported by golang-migrate",
            on=key,
            why="it would go on without TLS where the server has none, and its driver refuses it",
            do="write sslmode=verify-full (with DB_CA_FILE), or sslmode=disable for a database on this machine",
        )
    if mode and mode not in MODES:
        raise UsageError(
            "unknown sslmode",
            on=key,
            why=f"the modes are {', '.join(MODES)}{nearest(mode, MODES)}",
            do="write sslmode=verify-full (with DB_CA_FILE)",
        )


def policy(mode: str, root: str, ca_file: Path | None, *, local: bool, socket: bool, key: str) -> Policy:
    """Decide. `mode` and `root` are the URL's, `ca_file` the environment's, which beats the URL's (that one may be a container's path).

    Raises UsageError.
    """
    if socket:
        return Policy("disable", "", "")
    if ca_file is not None and not ca_file.is_file():
        raise UsageError("the CA file is not there", on=f"DB_CA_FILE={ca_file}", do="inv env.show")
    found = str(ca_file) if ca_file is not None else root
    if found and ca_file is None and found != SYSTEM and not Path(found).is_file():
        raise UsageError(
            "the CA file that the URL names is not there",
            on=f"sslrootcert of {key}",
            why=f"{found} is no file on this machine",
            do="set DB_CA_FILE in the environment's file: it beats the URL's sslrootcert",
        )
    chosen = mode or ("verify-full" if found else "disable" if local else "require")
    if chosen == "disable":
        return Policy(chosen, "", "" if local else "the traffic to the database is not encrypted (sslmode=disable)")
    if chosen == "require" and not found:
        note = "" if local else "the server is not verified (sslmode=require): set DB_CA_FILE, then it is verify-full"
        return Policy(chosen, "", note)
    if chosen == "verify-ca" and found in ("", SYSTEM):
        raise UsageError(
            "sslmode=verify-ca has no CA to verify with", on=key, do="set DB_CA_FILE in the environment's file"
        )
    return Policy(chosen, "" if found == SYSTEM else found, "")
