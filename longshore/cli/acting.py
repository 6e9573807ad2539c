"""What an invocation does with steps: plan them, or ask, run them, and tell what they came to."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from invoke.exceptions import Exit as InvokeExit

from longshore.answers import Answer
from longshore.cli.output import print_answer, print_json, print_plan
from longshore.errors import Exit, LongshoreError, UsageError
from longshore.steps.run import Run
from longshore.steps.step import Step
from longshore.steps.task import Outcome, Task

if TYPE_CHECKING:
    from longshore.cli.invocation import Invocation

Summary = Callable[[LongshoreError | None], Answer]
"""What a run came to; the error is what ended it."""


def act(invocation: Invocation, steps: Sequence[Step], ask: str, protect: bool, summary: Summary | None) -> None:
    """Run the steps, or with --plan only look. Raises what the run raised, and Invoke's Exit for `--plan --exit-code` with something to do."""
    common = invocation.common
    run = Run(_task(invocation), invocation.state, invocation.report, invocation.resume, invocation.saved)
    for flag, given in (("--exit-code", common.exit_code), ("--out", common.out)):
        if given and not common.plan:
            raise UsageError(
                f"{flag} goes with --plan", on=invocation.task, why="without it the task would act",
                do=f"inv {invocation.task} --help",
            )  # fmt: skip
    if common.plan:
        _plan(invocation, run, steps)
        return
    try:
        outcome = run.execute(steps, wait_for_lock=common.wait, confirm=lambda plan: _confirm(invocation, ask, protect))
    except LongshoreError as error:
        # Without a line to go on there is no journal yet.
        error.began = error.began and bool(error.resume)
        if summary and error.began:
            answer = summary(error)
            invocation.report.conclude(answer)
            for row in (row for table in answer.tables for row in table.rows):
                invocation.report.note(": ".join(row))
        raise
    _summarise(invocation, outcome, summary(None) if summary else None)


def _plan(invocation: Invocation, run: Run, steps: Sequence[Step]) -> None:
    common, report = invocation.common, invocation.report
    plan = run.plan(steps)
    report.summarise(plan)
    if common.out:
        from longshore.steps import saved

        saved.save(Path(common.out), run.saved(steps, plan))
    if common.json:
        print_json({"schema": 1, "task": invocation.task, **plan.json()})
    else:
        print_plan(plan)
    if common.out:
        report.note(f"the plan is in {common.out}: inv {invocation.task} --plan-file {common.out}")
    if common.exit_code and plan.to_do:
        raise InvokeExit(code=int(Exit.TO_DO))


def _task(invocation: Invocation) -> Task:
    # By identity: 0 equals False, and `--to 0` is an argument.
    given = {name: value for name, value in invocation.arguments.items() if value is not None and value is not False}
    arguments = {name: value for name, value in given.items() if value not in ([], ())}
    profile = _named_profile(invocation)
    if profile is not None:
        arguments["profile"] = profile
    return Task(invocation.task, arguments, invocation.place, invocation.subject)


def _named_profile(invocation: Invocation) -> str | None:
    """The profile that the flag or the shell named: a resumed run acts as the same one, wherever it is resumed."""
    from longshore.environments.load import PROFILE

    named = invocation.common.profile
    if named is not None or not (invocation.works_on_environment and invocation.has_project):
        return named
    return os.environ.get(PROFILE)


def _confirm(invocation: Invocation, ask: str, protect: bool) -> None:
    from longshore.cli.again import again
    from longshore.cli.prompt import confirm

    protected = protect and invocation.works_on_environment and invocation.environment.protected
    reason = ask or invocation.asks or (f"{invocation.place} is protected" if protected else "")
    if reason:
        confirm(invocation.place, invocation.common.confirm, again(invocation), reason)


def _summarise(invocation: Invocation, outcome: Outcome, answer: Answer | None) -> None:
    report = invocation.report
    if answer:
        report.conclude(answer)
    if invocation.common.json:
        ended = {"run": outcome.id or None, "acted": list(outcome.acted), "ended": dict(outcome.found)}
        ended |= {"summary": dict(answer.data)} if answer else {}
        print_json({"schema": 1, "task": invocation.task, **ended, **outcome.plan.json()})
        return
    report.note(f"done: {invocation.task} (run {outcome.id})" if outcome.acted else "nothing to do")
    if answer:
        report.close()
        print_answer(answer)
