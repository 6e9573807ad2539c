"""How a run tells what it does. The command line has the real ones; this is what the rooms below may say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from longshore.steps.plan import Plan
    from longshore.steps.step import Step


class Reporter(Protocol):
    """Everything goes to stderr and passes the redaction."""

    def of(self, step: Step) -> Reporter:
        """The same for what one step says: where several run side by side, it is told whose words they are."""

    def note(self, text: str) -> None:
        """A line to read."""

    def warn(self, text: str) -> None:
        """A line not to be missed."""

    def line(self, text: str) -> None:
        """A line that a program or a step said while acting."""

    def progress(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """What is being waited for now, with a share where there is one; replaces the one before."""

    def planned(self, plan: Plan) -> None:
        """The plan is made."""

    def begin(self, step: Step, looking: bool) -> None:
        """A step begins to look, or to act."""

    def end(self, step: Step, outcome: str, detail: str, seconds: float) -> None:
        """A step has ended: `done` (nothing to do), `ok`, `failed`, `unknown`, `interrupted`."""


class Silent:
    """A reporter that says nothing."""

    def of(self, step: Step) -> Reporter:
        return self

    def note(self, text: str) -> None: ...
    def warn(self, text: str) -> None: ...
    def line(self, text: str) -> None: ...
    def progress(self, text: str, done: int | None = None, total: int | None = None) -> None: ...
    def planned(self, plan: Plan) -> None: ...
    def begin(self, step: Step, looking: bool) -> None: ...
    def end(self, step: Step, outcome: str, detail: str, seconds: float) -> None: ...
