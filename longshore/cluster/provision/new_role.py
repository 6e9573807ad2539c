"""A role that was made a moment ago: IAM shows it everywhere only after some seconds, and until then EKS says that there is none."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from longshore.aws.errors import code_of
from longshore.errors import Failed
from longshore.steps.step import Context

if TYPE_CHECKING:
    from longshore.aws.session import Session

PATIENCE, PAUSE = 60.0, 2.0
"""Seconds."""
_CODES = ("InvalidParameterException", "InvalidRequestException", "ResourceNotFoundException")
_SAID = re.compile(r"\brole\b.*(could not be assumed|does not exist|cannot be found|not found|is invalid)", re.I | re.S)


def arn_of(session: Session, role: str) -> str:
    """The role's ARN. Raises Failed where it is gone."""
    from longshore.iam.api import Iam

    found = Iam(session).role(role)
    if found is None:
        raise Failed("the role is not there", on=role, why="somebody deleted it meanwhile", do="run it again")
    return found.arn


def until_seen(run: Context, role: str, call: Callable[[], None]) -> None:
    """Make a call that names the role, and make it again as long as EKS can't see it. Raises what the call raised last."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            call()
            return
        except Failed as error:
            if not _not_seen(error) or time.monotonic() > deadline:
                raise
        run.report.progress(f"waiting until EKS sees the role {role}")
        run.sleep(PAUSE)


def _not_seen(error: Failed) -> bool:
    cause = error.__cause__
    return cause is not None and code_of(cause) in _CODES and _SAID.search(str(cause)) is not None
