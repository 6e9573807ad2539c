"""Several tasks' steps as one task: a pipeline of a team's own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from longshore.steps.plan import order
from longshore.steps.step import Context, Status, Step, T
from longshore.steps.within import Within


def chain(*parts: Sequence[Step]) -> list[Step]:
    """The steps of all parts, in this order: a part begins once the parts before it have ended.

    A step whose name an earlier part has already is numbered (`identity-2`), since the journal knows a step by its name; the targets of the
    second part and those after it are kept under its number (`2.version`), so that two parts that both choose a version don't meet.
    Raises ValueError for a part that is no plan by itself (two steps of one name).
    """
    steps: list[Step] = []
    number = 0
    for part in parts:
        number += bool(part)
        order(part)
        before = tuple(step.name for step in steps)
        names = {step.name: _free(step.name, before) for step in part}
        for position, step in enumerate(part):
            if step.after is not None:
                step.after = tuple(names[name] for name in step.after) or before
            elif position == 0 and before:
                step.after = before
            step.name = names[step.name]
            steps.append(_OfPart(step, number) if before else step)
    return steps


class _OfPart(Step):
    """A step of a later part: the same step, with targets of its part's own."""

    def __init__(self, step: Step, number: int) -> None:
        self.name, self.title, self.after = step.name, step.title, step.after
        self._step = step
        self._number = number

    def check(self, run: Context) -> Status:
        return self._step.check(_Part(run, self._number))

    def apply(self, run: Context) -> None:
        self._step.apply(_Part(run, self._number))

    def facts(self) -> Mapping[str, str]:
        return self._step.facts()


class _Part(Within):
    """The run as a later part of it sees it."""

    def __init__(self, run: Context, number: int) -> None:
        super().__init__(run)
        self._number = number

    def target(self, name: str, compute: Callable[[], T], *, relative: bool = False) -> T:
        return super().target(f"{self._number}.{name}", compute, relative=relative)


def _free(name: str, taken: Collection[str]) -> str:
    number, free = 2, name
    while free in taken:
        number, free = number + 1, f"{name}-{number}"
    return free
