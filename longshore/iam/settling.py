"""IAM is eventually consistent: what was just changed may not be seen yet, or not everywhere.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from longshore.aws.errors import UNKNOWN_KEY, code_of
from longshore.errors import LongshoreError
from longshore.steps.step import Context

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds after which what does not show is taken for what it seems."""
PAUSE = 0.5
UNSETTLED = frozenset({"DeleteConflict", "EntityTemporarilyUnmodifiable"})


def settle(run: Context, what: str, seen: Callable[[], bool], *, patience: float = PATIENCE) -> None:
    """Look until it is seen, or until there is no more hope: the check that follows says what is wrong then."""
    deadline = time.monotonic() + patience
    while not seen() and time.monotonic() < deadline:
        run.report.progress(f"{what}: waiting until IAM shows it")
        run.sleep(PAUSE)


def patiently(
    run: Context,
    what: str,
    ask: Callable[[], T],
    *,
    codes: frozenset[str] = UNKNOWN_KEY,
    patience: float = PATIENCE,
) -> T:
    """Ask until AWS doesn't answer with one of these codes any more; those of a key that it doesn't know yet, since it was made a moment ago.

    Raises what the last attempt raised.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            return ask()
        except LongshoreError as error:
            expected = error.__cause__ is not None and code_of(error.__cause__) in codes
            if not expected or time.monotonic() > deadline:
                raise
        run.report.progress(f"{what}: waiting until all of AWS knows")
        run.sleep(PAUSE)
