"""Waiting for something in AWS to change: looks that come less and less often, and a word on how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from longshore.aws.errors import was_throttled
from longshore.errors import Failed, LongshoreError
from longshore.steps.step import Context

SHORTEST_PAUSE, LONGEST_PAUSE = 0.25, 15.0
"""Seconds between two looks: they double. AWS's own waiters look every 30 s."""


@dataclass(frozen=True)
class Look:
    """What a look found while waiting: over or not, in which words, and how much of it is done where that is known."""

    over: bool
    words: str
    percent: int | None = None


def wait(run: Context, what: str, minutes: float, look: Callable[[], Look]) -> None:
    """Look until it is over, telling how far it is. A throttled look is no failure.

    Raises Failed after so many minutes, and whatever `look` raises.
    """
    deadline = time.monotonic() + minutes * 60
    words = "not looked at yet"
    for pause in _pauses():
        try:
            seen = look()
        except LongshoreError as error:
            if not was_throttled(error):
                raise
        else:
            if seen.over:
                return
            words = seen.words
            run.report.progress(f"{what}: {words}", seen.percent, None if seen.percent is None else 100)
        if time.monotonic() > deadline:
            raise Failed(
                f"{what}: waited {minutes:g} minutes", why=f"it is still {words}", do="run it again: it waits on"
            )
        run.sleep(pause)


def _pauses() -> Iterator[float]:
    pause = SHORTEST_PAUSE
    while True:
        yield pause
        pause = min(pause * 2, LONGEST_PAUSE)
