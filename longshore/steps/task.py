"""What a run is about, and how it ended."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from longshore.errors import Interrupted
from longshore.process import signals
from longshore.steps.plan import Plan


@dataclass(frozen=True)
class Task:
    """Which task runs, on what: what the journal keeps to know the run again. `arguments` are those that the person gave, never a secret."""

    name: str
    arguments: Mapping[str, Any]
    environment: str
    subject: str

    @property
    def key(self) -> str:
        """What is locked: the subject of an environment."""
        return f"{self.environment}-{self.subject}"


def words(arguments: Mapping[str, Any]) -> list[str]:
    """Arguments as the flags of a command line, quoted for a shell: none for what wasn't given."""
    found = []
    for name, value in arguments.items():
        flag = f"--{name.strip('_').replace('_', '-')}"
        if value is True:
            found.append(flag)
        elif value is not None and value is not False:
            several = value if isinstance(value, list | tuple) else [value]
            found += [f"{flag} {shlex.quote(str(one))}" for one in several if one != ""]
    return found


@dataclass(frozen=True)
class Outcome:
    """How a run ended well: `acted` are the steps that changed something, `found` is what each step saw at its end, by name."""

    id: str
    plan: Plan
    acted: tuple[str, ...]
    found: Mapping[str, str] = field(default_factory=dict)


def outcome_of(error: BaseException) -> str:
    """The word of the journal for what ended a step or a run."""
    # After a signal, a library may have wrapped the interruption in an error of its own.
    return "interrupted" if isinstance(error, Interrupted | KeyboardInterrupt) or signals.came() else "failed"
