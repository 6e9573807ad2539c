"""One thing that the doctor looked at."""

from __future__ import annotations

from dataclasses import dataclass

OK = "ok"
MISSING = "missing"
FAULT = "fault"
OPTIONAL = "absent"
"""Not there, and not needed by what the project does."""


@dataclass(frozen=True)
class Finding:
    """`state` is ok, missing, fault or absent; `mend` is the command, or what to do, where it isn't ok."""

    area: str
    name: str
    state: str
    detail: str
    mend: str = ""
