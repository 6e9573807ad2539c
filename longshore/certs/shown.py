"""Times of certificates for a person."""

from __future__ import annotations

from datetime import UTC, datetime

from longshore.certs.managed import Managed
from longshore.words import counted


def now() -> datetime:
    """In UTC, as certificates count."""
    return datetime.now(UTC)


def second(moment: datetime) -> str:
    """`2027-02-27 12:00:07 UTC`."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def renewal(moment: datetime | None) -> str:
    """When cert-manager renews it; empty where it doesn't say."""
    return "due" if moment and moment < now() else until(moment)


def until(end: datetime | None) -> str:
    """`2027-02-27 12:00 UTC, 89 days`; empty where there is none."""
    if end is None:
        return ""
    days = (end - now()).total_seconds() / 86400
    left = "ended" if days < 0 else counted(int(days), "day") if days >= 1 else "less than a day"
    return f"{end.astimezone(UTC):%Y-%m-%d %H:%M} UTC, {left}"


def state(one: Managed) -> str:
    """A certificate that is there, on one line."""
    return f"by {one.issuer}, until {until(one.not_after)}, in Secret {one.secret}"
