"""Data on stdout: tables for a person, JSON for a program."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from longshore.answers import Answer, Table
from longshore.process.redaction import redact, redact_data
from longshore.steps.plan import Plan
from longshore.steps.step import Done, ToDo, Unknown

MARKS = {Done: "=", ToDo: "+", Unknown: "?"}


def print_json(data: Mapping[str, Any], *, hide: bool = True) -> None:
    """One JSON document. `hide` false: a person has asked for the secrets in it."""
    shown = redact_data(dict(data)) if hide else dict(data)
    sys.stdout.write(json.dumps(shown, indent=2, ensure_ascii=False, default=_text) + "\n")
    sys.stdout.flush()


def _text(value: object) -> str:
    return redact(str(value))


def print_answer(answer: Answer, *, hide: bool = True) -> None:
    """The tables, then the notes. `hide` false: a person has asked for the secrets in the tables."""
    for table in answer.tables:
        print_table(table, hide=hide)
    for note in answer.notes:
        sys.stdout.write(redact(note) + "\n")
    sys.stdout.flush()


def print_table(table: Table, *, hide: bool = True) -> None:
    """A table without frames: columns separated by two spaces, so that it can be cut and searched. Off a terminal nothing is wrapped."""
    if table.title:
        sys.stdout.write(f"{table.title}\n")
    if not table.rows:
        sys.stdout.write(f"  {table.empty}\n")
        return
    rows = [tuple(redact(cell) if hide else cell for cell in row) for row in table.rows]
    lines = [tuple(table.columns), *rows] if any(table.columns) else rows
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.columns))]
    for number, line in enumerate(lines):
        text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        heading = number == 0 and any(table.columns)
        sys.stdout.write(f"  {_bold(text) if heading else text}\n")


def _bold(text: str) -> str:
    import os

    plain = not sys.stdout.isatty() or os.environ.get("NO_COLOR")
    return text if plain else f"\x1b[1m{text}\x1b[0m"


def print_plan(plan: Plan) -> None:
    """`=` is done, `+` would be done, `?` could not be checked."""
    for line in plan_lines(plan):
        sys.stdout.write(redact(line) + "\n")
    sys.stdout.write("nothing to do\n" if not plan.to_do else "--plan: nothing was done\n")
    sys.stdout.flush()


def plan_lines(plan: Plan) -> list[str]:
    """The plan as text, a line per step and one per further change."""
    lines = []
    for planned in plan.steps:
        mark = MARKS[type(planned.status)]
        match planned.status:
            case Done(found):
                lines.append(f"{mark} {planned.step.title}" + (f": {found}" if found else ""))
            case Unknown(why):
                lines.append(f"{mark} {planned.step.title}: not checked, {why}")
            case ToDo(changes):
                lines.append(f"{mark} {planned.step.title}")
                lines += [f"    {change}" for change in changes]
    return lines
