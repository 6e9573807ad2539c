"""A world that steps can see and change: files in a folder. Also run as a child process that is killed at a record of its journal."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from longshore.errors import Failed
from longshore.steps.journal import FileSink
from longshore.steps.plan import Plan
from longshore.steps.report import Silent
from longshore.steps.run import Outcome, Run, Task
from longshore.steps.step import Context, Done, Status, Step, ToDo, Unknown

TASK = Task("db.rollback", {"steps": 1}, "prod", "database")


class Make(Step):
    """Makes a file; `acts` beside it counts how often it acted."""

    def __init__(self, folder: Path, name: str, after: tuple[str, ...] | None = None) -> None:
        self.name = name
        self.title = f"make {name}"
        self.after = after
        self.path = folder / name
        self.acts = folder / "acts"

    def check(self, run: Context) -> Status:
        return Done(f"{self.name} is there") if self.path.exists() else ToDo(f"+ {self.name}")

    def apply(self, run: Context) -> None:
        with self.acts.open("a") as acts:
            acts.write(f"{self.name}\n")
        self.path.touch()


class Back(Step):
    """One version back: a relative wish with an absolute target. The version is in the file `version`."""

    name = "back"
    title = "go one version back"

    def __init__(self, folder: Path) -> None:
        self.file = folder / "version"
        self.acts = folder / "acts"

    def check(self, run: Context) -> Status:
        seen = int(self.file.read_text())
        target = run.target("version", lambda: seen - 1, relative=True)
        return Done(f"version {seen}") if seen <= target else ToDo(f"version {seen} -> {target}")

    def apply(self, run: Context) -> None:
        seen = int(self.file.read_text())
        with self.acts.open("a") as acts:
            acts.write(f"{self.name} {seen}\n")
        self.file.write_text(str(seen - 1))


class Does(Step):
    """A step made of functions; without `check` it is done once it acted."""

    def __init__(
        self,
        name: str,
        apply: Callable[[Context], None] = lambda run: None,
        check: Callable[[Context], Status] | None = None,
        after: tuple[str, ...] | None = None,
    ) -> None:
        self.name, self.title, self.after = name, f"do {name}", after
        self.acted = 0
        self._apply, self._check = apply, check

    def check(self, run: Context) -> Status:
        if self._check is not None:
            return self._check(run)
        return Done() if self.acted else ToDo(f"{self.name} is done")

    def apply(self, run: Context) -> None:
        self._apply(run)
        self.acted += 1


def unseen(why: str) -> Callable[[Context], Status]:
    return lambda run: Unknown(why)


def fails(what: str) -> Callable[[Context], None]:
    def apply(run: Context) -> None:
        raise Failed(what)

    return apply


class Notes(Silent):
    """Keeps what is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def note(self, text: str) -> None:
        self.told.append(text)

    def end(self, step: Step, outcome: str, detail: str, seconds: float) -> None:
        self.told.append(f"{step.name} {outcome} {detail}".strip())


def agree(plan: Plan) -> None:
    """Confirms."""


def execute(state: Path, steps: Sequence[Step], report: Silent | None = None, task: Task = TASK) -> Outcome:
    return Run(task, state, report or Silent()).execute(steps, wait_for_lock=0, confirm=agree)


class KillingSink(FileSink):
    """Kills its own process by SIGKILL right after the record of that number (or, with a minus, right before it)."""

    number = 0
    written = 0

    def write(self, record: Mapping[str, Any]) -> None:
        type(self).written += 1
        if self.number == -self.written:
            os.kill(os.getpid(), signal.SIGKILL)
        super().write(record)
        if self.number == self.written:
            os.kill(os.getpid(), signal.SIGKILL)


def main(folder: Path, number: int) -> None:
    KillingSink.number = number
    Run.sink = KillingSink
    execute(folder / "state", [Make(folder, "one"), Back(folder), Make(folder, "two")])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
