"""The one shape: a step can see whether it is done, it can act, and then it looks again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from longshore.steps.report import Reporter

Target = str | int | bool
T = TypeVar("T", bound=Target)


@dataclass(frozen=True)
class Done:
    """Nothing is left to do; `found` says what was seen (`version 5`), `data` the same for a program where it is more than a line."""

    found: str = ""
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class ToDo:
    """What would change, a line each."""

    changes: tuple[str, ...]

    def __init__(self, *changes: str) -> None:
        object.__setattr__(self, "changes", changes)


@dataclass(frozen=True)
class Unknown:
    """It can't be seen, and why (`known after: the database is made`)."""

    why: str


Status = Done | ToDo | Unknown


class Context(ABC):
    """What a step may ask of the run that it is part of."""

    id: str
    """The run's id; a resumed run keeps it."""
    report: Reporter
    acts: bool
    """False where nothing follows the looking: `--plan`, or a task that only reads."""
    planning: bool
    """True while the plan is made: earlier steps that have something to do have not acted."""
    wait: float = 60.0
    """Seconds to wait for somebody else who works on the same thing (--wait)."""

    @abstractmethod
    def target(self, name: str, compute: Callable[[], T], *, relative: bool = False) -> T:
        """The absolute target of a wish: the one in the journal of the run that is resumed, else the computed one, which is then kept.

        A `relative` wish (one step back, a snapshot named after the run) also goes on with the target of an unfinished run when the same
        command is given again; any other is computed anew then. A target is never a secret.
        """

    @abstractmethod
    def keep(self, name: str, text: str) -> None:
        """Write something down in the journal that a later run may want to know (what a program complained of). Never a secret."""

    @abstractmethod
    def sleep(self, seconds: float) -> None:
        """Wait between two looks. Raises Interrupted as soon as a signal comes."""

    @abstractmethod
    def at_end(self, act: Callable[[], None]) -> None:
        """Have this done when the run ends, well or not (a kill -9 is left out): what a step holds for those after it is given back."""

    @abstractmethod
    def keep_open(self) -> tuple[int, ...]:
        """The descriptors (the lock) that a program which changes something must inherit."""


class Step(ABC):
    """One part of a task.

    `name` is stable and short: it stands in the journal and in others' `after`. `title` is what a person reads. `after` names the steps that
    this one waits for; None means the one before it. What a step found is an attribute of it, which later steps read: they are given the step.
    """

    name: str
    title: str
    after: tuple[str, ...] | None = None

    @abstractmethod
    def check(self, run: Context) -> Status:
        """Look, change nothing. Raises Refused when a guard says no, Failed or UsageError when it can't go on."""

    @abstractmethod
    def apply(self, run: Context) -> None:
        """Act. Called only after `check` answered ToDo; `check` is called again afterwards and must answer Done."""

    def facts(self) -> Mapping[str, str]:
        """What was seen that a plan rests on, by a name for a person (`commit`, `version of the secret`); a saved plan is refused once one has
        changed. Asked after `check`, and before this step acts. Never a secret.
        """
        return {}


class Look(Step):
    """A step that only looks (a guard, a reading): it answers Done or raises."""

    def apply(self, run: Context) -> None:
        """Nothing to do, ever: `check` has no ToDo to answer."""
        raise AssertionError(f"{self.name} only looks")


def word(status: Status) -> str:
    """The status in a word, as reports and plans name it."""
    return {Done: "done", ToDo: "to do", Unknown: "not checked"}[type(status)]


def detail(status: Status) -> str:
    """What the status says beside its word, on one line."""
    match status:
        case Done(found):
            return found
        case ToDo(changes):
            return "; ".join(changes)
        case Unknown(why):
            return why
