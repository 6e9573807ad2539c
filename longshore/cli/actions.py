"""GitHub Actions: an act is a group, a warning or an error an annotation, a secret is masked, and the steps stand in the job's summary.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import TYPE_CHECKING

from longshore.cli.console import CR, Plain, write
from longshore.process import masks, redaction
from longshore.process.redaction import redact

if TYPE_CHECKING:
    from longshore.answers import Answer
    from longshore.steps.plan import Plan
    from longshore.steps.step import Step


STDERR = 2


class Actions(Plain):
    """Lines, of which only our own are commands to the runner, whatever a text holds.

    Groups can't be mixed: one step at a time has the log. What the others say meanwhile is kept, and printed in one piece when it is their turn.
    """

    def __init__(self, command: str = "inv") -> None:
        super().__init__()
        from longshore.cli.step_summary import Summary

        if masks.runner_listens(STDERR):
            redaction.listen(_mask)
        self._summary = Summary(command)
        self._has_log = ""
        """The name of the step whose group is open."""
        self._kept: dict[str, list[str]] = {}

    def _write(self, text: str, name: str = "") -> None:
        self._print(harmless(redact(text)), name)

    def _command(self, command: str, text: str = "", name: str = "") -> None:
        self._print(f"::{command}::{escape(redact(text))}", name)

    def _print(self, text: str, name: str) -> None:
        with self._lock:
            if name and self._has_log not in ("", name):
                self._kept.setdefault(name, []).append(text)
            else:
                super()._write(text)

    def warn(self, text: str, name: str = "") -> None:
        self._command("warning", text, name)

    def planned(self, plan: Plan) -> None:
        super().planned(plan)
        self._summary.begin(plan)

    def summarise(self, plan: Plan) -> None:
        self._summary.plan(plan)

    def conclude(self, answer: Answer) -> None:
        self._summary.conclude(answer)

    def _whose(self, name: str) -> str:
        """Nothing: a step's lines stand in its group."""
        return ""

    def _opened(self, step: Step) -> None:
        self._command("group", step.title, step.name)
        self._has_log = self._has_log or step.name

    def end(self, step: Step, outcome: str, detail: str, seconds: float) -> None:
        acted = step.name in self._at and not self._at[step.name].looking
        with self._lock:
            if acted:
                self._command("endgroup", name=step.name)
            super().end(step, outcome, detail, seconds)
            self._summary.end(step.title, outcome, detail, seconds)
            if self._has_log == step.name:
                self._hand_on()

    def _hand_on(self) -> None:
        """The log is free: what ended meanwhile is printed, and a step that still acts has it next."""
        self._has_log = ""
        for name in [*(name for name in self._kept if name not in self._at), *self._at]:
            for text in self._kept.pop(name, []):
                super()._write(text)
            if name in self._at and not self._at[name].looking:
                self._has_log = name
                return

    def close(self) -> None:
        with self._lock:
            for at in (at for at in self._at.values() if at.title):
                # Ended by an error before it could act.
                self._summary.end(at.title, "failed", "", time.monotonic() - at.began)
            while self._has_log or self._kept:
                acting = self._has_log
                self._at.pop(acting, None)
                if acting:
                    super()._write("::endgroup::")
                self._hand_on()
        super().close()
        self._summary.write()


def _mask(values: Collection[str]) -> None:
    for command in masks.commands(values):
        write(command)


def annotate(text: str) -> None:
    """An error as an annotation, and in the job's summary."""
    from longshore.cli.step_summary import append, as_code

    write(f"::error::{escape(text)}")
    append(as_code(text))


def harmless(text: str) -> str:
    """The text with nothing in it that GitHub's runner takes for a command: `::name::` at the start of a line, `##[name]` anywhere."""
    lines = text.replace("##[", "## [").replace(CR, "\n").split("\n")
    return "\n".join(f"| {line}" if line.lstrip().startswith("::") else line for line in lines)


def escape(text: str) -> str:
    """A value of a GitHub workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
