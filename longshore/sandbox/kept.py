"""What stays the same from one `up` to the next: access keys, passwords, ports. Made once, kept with mode 0600."""

from __future__ import annotations

import secrets
import string
from dataclasses import asdict, dataclass, field
from typing import Any

from longshore.errors import UsageError
from longshore.process.redaction import know
from longshore.sandbox.files import read_json, write_json
from longshore.sandbox.layout import Layout

PROFILES = ("default", "github", "developer", "tester")
HARD = "@:/#%?&'\" "
"""Characters that a URL, a shell, a dotenv file or a connection string each stumble over. A password that has them finds what isn't escaped."""


@dataclass(frozen=True)
class AccessKey:
    """An IAM user's key."""

    id: str
    secret: str = field(repr=False)


@dataclass
class Kept:
    """`ports` by server: the last ones, which are wanted again."""

    keys: dict[str, AccessKey]
    administrator_password: str = field(repr=False)
    """Of PostgreSQL's superuser `postgres`."""
    application_password: str = field(repr=False)
    token_symmetric_key: str = field(repr=False)
    """The sample service signs its tokens with it: 32 characters."""
    faults_token: str = field(repr=False)
    ports: dict[str, int] = field(default_factory=dict)


def load_or_make(layout: Layout) -> Kept:
    """The kept ones, made where there are none yet."""
    kept = load(layout)
    if kept is None:
        kept = Kept(
            keys={profile: _access_key() for profile in PROFILES},
            administrator_password=secrets.token_urlsafe(24),
            application_password=f"{secrets.token_urlsafe(9)}{HARD}{secrets.token_urlsafe(9)}",
            token_symmetric_key=_letters(string.ascii_letters + string.digits, 32),
            faults_token=secrets.token_urlsafe(16),
        )
        save(layout, kept)
        _know(kept)
    return kept


def load(layout: Layout) -> Kept | None:
    """The kept ones; None when there are none yet. Their values are then known to the redaction.

    Raises UsageError when the file was damaged.
    """
    if not layout.kept.exists():
        return None
    found: dict[str, Any] = read_json(layout.kept)
    try:
        found["keys"] = {profile: AccessKey(**found["keys"][profile]) for profile in PROFILES}
        kept = Kept(**found)
    except (KeyError, TypeError):
        raise UsageError("the sandbox's keys can't be read", on=str(layout.kept), do="inv sandbox.reset") from None
    _know(kept)
    return kept


def save(layout: Layout, kept: Kept) -> None:
    """Keep them (the ports may have changed)."""
    write_json(layout.kept, asdict(kept))


def _know(kept: Kept) -> None:
    know(kept.administrator_password, kept.application_password, kept.token_symmetric_key, kept.faults_token)
    know(*(key.secret for key in kept.keys.values()))


def _access_key() -> AccessKey:
    # AWS's own shape: a reader such as `aws.configure` refuses others.
    return AccessKey(
        "AKIA" + _letters(string.ascii_uppercase + "234567", 16),
        _letters(string.ascii_letters + string.digits + "+/", 40),
    )


def _letters(alphabet: str, count: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(count))
