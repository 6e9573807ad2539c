"""IAM is eventually consistent: what was just changed may not be seen yet, or not everywhere.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
"""

from __future__ import annotations

import time
from collections.abc import Callable

from longshore.steps.step import Context

PATIENCE = 30.0
"""Seconds after which what does not show is taken for what it seems."""
PAUSE = 0.5


def settle(run: Context, what: str, seen: Callable[[], bool], *, patience: float = PATIENCE) -> None:
    """Look until it is seen, or until there is no more hope: the check that follows says what is wrong then."""
    deadline = time.monotonic() + patience
    while not seen() and time.monotonic() < deadline:
        run.report.progress(f"{what}: waiting until IAM shows it")
        run.sleep(PAUSE)
