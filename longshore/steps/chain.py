"""Several tasks' steps as one task: a pipeline of a team's own."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from longshore.steps.plan import order
from longshore.steps.step import Step


def chain(*parts: Sequence[Step]) -> list[Step]:
    """The steps of all parts, in this order: a part begins once the parts before it have ended.

    A step whose name an earlier part has already is numbered (`identity-2`), since the journal knows a step by its name.
    Raises ValueError for a part that is no plan by itself (two steps of one name).
    """
    steps: list[Step] = []
    for part in parts:
        order(part)
        before = tuple(step.name for step in steps)
        names = {step.name: _free(step.name, before) for step in part}
        for position, step in enumerate(part):
            if step.after is not None:
                step.after = tuple(names[name] for name in step.after) or before
            elif position == 0 and before:
                step.after = before
            step.name = names[step.name]
            steps.append(step)
    return steps


def _free(name: str, taken: Collection[str]) -> str:
    number, free = 2, name
    while free in taken:
        number, free = number + 1, f"{name}-{number}"
    return free
