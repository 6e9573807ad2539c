"""A task that runs a plan from its file: its arguments and its environment are the plan's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longshore.cli import flags
from longshore.cli.invocation import Common, Invocation
from longshore.errors import UsageError
from longshore.steps import saved as saved_plans
from longshore.steps.task import Task

if TYPE_CHECKING:
    from longshore.cli.task import Task as CliTask


def planned(task: CliTask, common: Common, given: Mapping[str, Any]) -> Invocation:
    """The invocation for `--plan-file`; `given` are the values of all flags as Invoke has them.

    Raises UsageError for a file that is no plan of this task, for another environment than the plan's, and for a flag that the plan decides.
    """
    plan = saved_plans.load(Path(common.plan_file))
    if plan.task != task.path:
        raise UsageError(
            "that is a plan of another task",
            on=common.plan_file,
            why=f"it is {plan.task}'s",
            do=f"inv {plan.task} --plan-file {common.plan_file}",
        )
    if common.env not in (None, plan.environment):
        raise UsageError(
            f"--env can't be {common.env!r}", on=common.plan_file, why=f"the plan is for {plan.environment}",
            do=f"inv {task.path} --plan-file {common.plan_file}",
        )  # fmt: skip
    if common.out:
        raise UsageError("--out goes with --plan alone", on=task.path, why="--plan-file has a plan already")
    for flag in task.own_flags:
        if given.get(flag.name) not in (None, False, []):
            raise UsageError(
                f"{flag.dashed} can't be given with --plan-file", on=task.path, why="the plan says it",
                do=saved_plans.again(Task(task.path, plan.arguments, plan.environment, task.subject)),
            )  # fmt: skip
    arguments = flags.values(task.own_flags, plan.arguments, task.path)
    common = replace(common, env=plan.environment)
    return Invocation(task.path, task.subject, task.asks, arguments, common, saved=plan)
