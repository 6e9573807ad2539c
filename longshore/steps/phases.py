"""An order for the steps of a pipeline: phases one after the other, and in each of them tracks that run side by side."""

from __future__ import annotations

from collections.abc import Sequence

from longshore.steps.step import Step

Track = Sequence[Step]
"""Steps, one after the other."""


def in_phases(*phases: Sequence[Track]) -> list[Step]:
    """The steps of all phases. A phase begins once every track of the one before has ended; a track without steps, and a phase without tracks, is
    none.
    """
    steps: list[Step] = []
    before: tuple[str, ...] = ()
    for phase in phases:
        tracks = [track for track in phase if track]
        for track in tracks:
            for position, step in enumerate(track):
                step.after = (track[position - 1].name,) if position else before
                steps.append(step)
        before = tuple(track[-1].name for track in tracks) or before
    return steps
