"""A run as one part of it sees it: all that the run is, and something of its own."""

from __future__ import annotations

from collections.abc import Callable

from longshore.steps.step import Context, Step, T


class Within(Context):
    """The run, passed on. A subclass says what is another for its part."""

    def __init__(self, run: Context) -> None:
        self._run = run
        self.id, self.report, self.acts, self.planning, self.wait = run.id, run.report, run.acts, run.planning, run.wait

    def target(self, name: str, compute: Callable[[], T], *, relative: bool = False) -> T:
        return self._run.target(name, compute, relative=relative)

    def keep(self, name: str, text: str) -> None:
        self._run.keep(name, text)

    def sleep(self, seconds: float) -> None:
        self._run.sleep(seconds)

    def at_end(self, act: Callable[[], None]) -> None:
        self._run.at_end(act)

    def keep_open(self) -> tuple[int, ...]:
        return self._run.keep_open()


class OfStep(Within):
    """The run for one step: what it reports is known to be this step's, also while others run beside it."""

    def __init__(self, run: Context, step: Step) -> None:
        super().__init__(run)
        self.report = run.report.of(step)
