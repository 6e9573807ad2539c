"""The command that was given, as a line that can be pasted: with --confirm."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from longshore.cli.invocation import Common
from longshore.errors import LONGEST_LINE
from longshore.process.redaction import redact
from longshore.steps.task import words

if TYPE_CHECKING:
    from longshore.cli.invocation import Invocation

LONGEST = LONGEST_LINE - len("  next: ")


def again(invocation: Invocation) -> str:
    """The whole command; said in words where it doesn't go on one line, or has something in it that isn't shown."""
    confirm = f"--confirm {shlex.quote(invocation.place)}"
    line = " ".join(["inv", *_command(invocation), confirm])
    whole = line.isprintable() and line == redact(line) and len(line) <= LONGEST
    return line if whole else f"the same command with {confirm}"


def _command(invocation: Invocation) -> list[str]:
    common = invocation.common
    more: dict[str, Any] = {"json": common.json, "wait": common.wait if common.wait != Common.wait else None}
    if invocation.resume:
        return ["runs.resume", *words({"id": invocation.resume.id, **more})]
    more["profile"] = common.profile
    if common.plan_file:
        return [invocation.task, *words({"plan_file": common.plan_file, **more})]
    if invocation.works_on_environment and invocation.has_project:
        more["env"] = invocation.place
    return [invocation.task, *words(_given(invocation)), *words(more)]


def _given(invocation: Invocation) -> dict[str, Any]:
    from longshore.cli.task import Task

    task = Task.registry.get(invocation.task)
    defaults = {flag.name: flag.default for flag in task.own_flags} if task else {}
    own = {name: value for name, value in invocation.arguments.items() if name != "confirm"}
    return {name: value for name, value in own.items() if value != defaults.get(name)}
