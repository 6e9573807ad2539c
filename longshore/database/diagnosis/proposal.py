"""How a dirty version can be mended: what to do, in absolute terms, so that doing it twice is safe."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Way(Enum):
    """The kinds of repair."""

    WAIT = "wait"
    """A backend still works on the file."""
    FORCE = "force"
    """Write the version down as clean; nothing else is to be done."""
    DROP_INDEX = "drop index, then force"
    BY_HAND = "by hand"
    """A person must decide between undoing and finishing."""


@dataclass(frozen=True)
class Proposal:
    """`version` is where to force to (None: the empty version); it counts for FORCE and DROP_INDEX only."""

    way: Way
    version: int | None = None
    indexes: tuple[str, ...] = ()
    """INVALID indexes to drop first (CONCURRENTLY), as `schema.name`, quoted where needed."""
    choices: tuple[str, ...] = ()
    """BY_HAND: each choice in a sentence with its command."""

    @property
    def can_act(self) -> bool:
        """Whether a program may do it on confirmation."""
        return self.way in (Way.FORCE, Way.DROP_INDEX)


def number(version: int | None) -> str:
    """A version as `--to` takes it."""
    return "0" if version is None else str(version)


def named(version: int | None) -> str:
    """A version in a sentence."""
    return "the empty version" if version is None else f"version {version}"
