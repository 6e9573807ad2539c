"""Steps that only look, for tasks that only read: who acts, what the secret says."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from longshore.process import signals
from longshore.steps.report import Reporter
from longshore.steps.step import Context, Step, T, detail, word
from longshore.steps.within import OfStep


class Looking(Context):
    """The context of a reading task: steps that only look, and no journal."""

    def __init__(self, report: Reporter) -> None:
        self.id = ""
        self.report = report
        self.acts = False
        self.planning = True

    def target(self, name: str, compute: Callable[[], T], *, relative: bool = False) -> T:
        return compute()

    def keep(self, name: str, text: str) -> None:
        """A task that only reads has no journal."""

    def sleep(self, seconds: float) -> None:
        signals.sleep(seconds)

    def at_end(self, act: Callable[[], None]) -> None:
        """Who only looks holds nothing."""

    def keep_open(self) -> tuple[int, ...]:
        return ()


def look(steps: Sequence[Step], report: Reporter) -> None:
    """Let steps that only look (who acts, what the secret says) look, for a task that only reads."""
    context = Looking(report)
    for step in steps:
        report.begin(step, looking=True)
        started = time.monotonic()
        status = step.check(OfStep(context, step))
        report.end(step, word(status), detail(status), time.monotonic() - started)
