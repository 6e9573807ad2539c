"""Whether the steps that act have anything to do: what the snapshot before them and the proof after them go by."""

from __future__ import annotations

from collections.abc import Sequence

from longshore.steps.step import Context, Step, ToDo


class Pending:
    """Once something is to be done, that holds for the whole run: a snapshot that was needed when the plan was made is taken."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        self._found = False

    def __call__(self, run: Context) -> bool:
        self._found = self._found or any(isinstance(step.check(run), ToDo) for step in self._steps)
        return self._found
