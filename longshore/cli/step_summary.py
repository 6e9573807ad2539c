"""The summary of a GitHub Actions job: what each step came to, as a table in Markdown, appended to the file that $GITHUB_STEP_SUMMARY names.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands ("Adding a job summary"); a step's part may have 1 MiB.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from longshore.cli.console import WORDS, write
from longshore.process.redaction import redact
from longshore.steps.step import Done, Status, detail, word

if TYPE_CHECKING:
    from longshore.answers import Answer
    from longshore.steps.plan import Plan

VARIABLE = "GITHUB_STEP_SUMMARY"
LONGEST = 300
"""Characters of a cell: the log has the rest."""
Row = tuple[str, str, str, str]
"""Mark, title, what was found or would change, how long it took."""


class Summary:
    """The steps of one command, `inv ship --env prod`. A task that only reads has none."""

    def __init__(self, command: str) -> None:
        self._command = command
        self._planned: dict[str, Status] | None = None
        """What the plan saw, by title; the looking before it is not told."""
        self._ended: list[Row] = []
        self._came_to: list[str] = []

    def begin(self, plan: Plan) -> None:
        """From here on steps act."""
        self._planned = {one.step.title: one.status for one in plan.steps}

    def end(self, title: str, outcome: str, found: str, seconds: float) -> None:
        if self._planned is not None:
            self._planned.pop(title, None)
            self._ended.append((WORDS[outcome], title, found, f"{seconds:.1f} s"))

    def conclude(self, answer: Answer) -> None:
        """What the run came to: the rows of the answer's tables, above the steps."""
        rows = [row for table in answer.tables for row in table.rows]
        self._came_to = [f"- {': '.join(_cell(cell) for cell in row)}" for row in rows]

    def write(self) -> None:
        """Append it, once, also where the run failed: what had not begun by then stands below what was done."""
        if self._planned is None:
            return
        if self._ended:
            self._append([*self._ended, *(("·", title, "not begun", "") for title in self._planned)])
        elif all(isinstance(status, Done) for status in self._planned.values()):
            self._append([], "nothing to do")
        self._planned = None

    def plan(self, plan: Plan) -> None:
        """Append a plan, of which nothing is done."""
        rows = [(WORDS[word(one.status)], one.step.title, detail(one.status), "") for one in plan.steps]
        self._append(rows, "" if plan.to_do else "nothing to do")

    def _append(self, rows: list[Row], note: str = "") -> None:
        lines = [f"### `{_cell(self._command)}`", "", *self._came_to, *([""] if self._came_to else [])]
        if rows:
            lines += ["| | step | | took |", "|---|---|---|--:|"]
            lines += [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
        append("\n".join([*lines, *([note] if note else []), ""]))


def append(text: str) -> None:
    """Add Markdown to the job's summary, where there is one. A summary that can't be written stops nothing."""
    path = os.environ.get(VARIABLE)
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(redact(text) + "\n")
    except OSError as error:
        write(f"::warning::the job's summary could not be written: {error.strerror}")


def as_code(text: str) -> str:
    """A text as a block that Markdown leaves as it is."""
    return "\n".join(f"    {line}" for line in text.splitlines()) + "\n"


def _cell(text: str) -> str:
    # Redacted before it is cut: half a secret would no longer be known for one.
    flat = " ".join(redact(text).split())
    cut = flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"
    for sign, written in (("&", "&amp;"), ("<", "&lt;"), ("|", "&#124;"), ("`", "&#96;"), ("*", "&#42;")):
        cut = cut.replace(sign, written)
    return cut
