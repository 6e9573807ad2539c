"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass

OK = "ok"
FAULT = "fault"
NOT_CHECKED = "not checked"


@dataclass(frozen=True)
class Finding:
    """`check` is what was asked, `on` where; `mend` is what to do where it isn't ok. Never a value."""

    check: str
    on: str
    state: str
    detail: str = ""
    mend: str = ""
