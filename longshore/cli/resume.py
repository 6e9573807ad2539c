"""Go on with a run: the same task, the same arguments, the same absolute targets."""

from __future__ import annotations

from dataclasses import replace

from longshore.cli import flags
from longshore.cli.invocation import Invocation
from longshore.cli.task import Task
from longshore.errors import UsageError
from longshore.steps import journal
from longshore.steps.run import RUNS


def resume(run: Invocation, id: str) -> None:
    """Run the task of that run again, for its targets. What is done is skipped; an act whose end isn't known is looked at first.

    Raises UsageError for an unknown run or a task that is no longer there.
    """
    record = journal.find(run.state / RUNS, id)
    if not record.task:
        raise UsageError(
            "that run wrote nothing down",
            on=f"run {id}",
            why="it was ended before it began: nothing was done",
            do="give its command again; inv runs.list shows the others",
        )
    task = Task.registry.get(record.task)
    if task is None:
        raise UsageError(f"there is no task {record.task!r} any more", on=f"run {id}", do="inv --list")
    if record.finished:
        run.report.note(f"run {id} has finished; looking whether what it did still holds")
    profile = run.common.profile or record.arguments.get("profile")
    if flags.PROFILE not in task.common_flags:
        profile = None
    environment = record.environment if task.works_on_environment else None
    common = replace(run.common, env=environment, profile=profile)
    arguments = flags.values(task.own_flags, record.arguments, task.path)
    task.perform(Invocation(task.path, task.subject, task.asks, arguments, common, resume=record))
