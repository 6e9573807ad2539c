"""A plan: every step's check, and no act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from longshore.steps.step import Done, Status, Step, ToDo, Unknown


@dataclass(frozen=True)
class Planned:
    """A step and what its check answered while the plan was made."""

    step: Step
    status: Status


@dataclass(frozen=True)
class Plan:
    """What a run would do, in order."""

    steps: Sequence[Planned]

    @property
    def to_do(self) -> bool:
        """Whether any step has something to do, or may have (it could not be seen)."""
        return any(not isinstance(planned.status, Done) for planned in self.steps)

    def json(self) -> dict[str, Any]:
        """The plan for a program: fields are in docs/json.md."""
        return {"to_do": self.to_do, "steps": [_json(planned) for planned in self.steps]}


def _json(planned: Planned) -> dict[str, Any]:
    answer: dict[str, Any] = {"name": planned.step.name, "title": planned.step.title}
    match planned.status:
        case Done(found, data):
            return answer | {"status": "done", "found": found} | ({"data": dict(data)} if data is not None else {})
        case ToDo(changes):
            return answer | {"status": "to do", "changes": list(changes)}
        case Unknown(why):
            return answer | {"status": "not checked", "why": why}


def order(steps: Sequence[Step]) -> dict[str, tuple[str, ...]]:
    """For each step, by name, the steps that it waits for. `after=None` means the one before it.

    Raises ValueError for two steps of one name, or an `after` that names none that comes earlier.
    """
    waits: dict[str, tuple[str, ...]] = {}
    previous: tuple[str, ...] = ()
    for step in steps:
        if step.name in waits:
            raise ValueError(f"two steps are named {step.name}")
        after = previous if step.after is None else step.after
        for name in after:
            if name not in waits:
                raise ValueError(f"{step.name} waits for {name}, which does not come before it")
        waits[step.name] = after
        previous = (step.name,)
    return waits
