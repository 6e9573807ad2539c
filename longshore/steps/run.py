"""Make a plan, ask, act, keep the journal: what every task that changes something does with its steps."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from longshore import person
from longshore.errors import Exit, Failed, LongshoreError
from longshore.process import signals
from longshore.steps import journal as journals
from longshore.steps import lock
from longshore.steps import saved as saved_plans
from longshore.steps.journal import Journal, RunRecord
from longshore.steps.plan import Plan, Planned, order
from longshore.steps.report import Reporter
from longshore.steps.saved import SavedPlan
from longshore.steps.side_by_side import act
from longshore.steps.step import Context, Done, Step, T, Unknown, detail, word
from longshore.steps.task import Outcome, Task, outcome_of
from longshore.steps.within import OfStep

__all__ = ["LOCKS", "RUNS", "Outcome", "Run", "Task"]

RUNS = "runs"
LOCKS = "locks"


class Run(Context):
    """One run of one task.

    `state` is the project's own folder (`.longshore`), where journals and locks are. `resume` is the run that this one goes on with, `saved` the
    plan that it is to keep to. `sink` makes the journal's sink from its path: tests put their own there.
    """

    sink: Callable[[Path], journals.Sink] = journals.FileSink

    def __init__(
        self, task: Task, state: Path, report: Reporter, resume: RunRecord | None = None, saved: SavedPlan | None = None
    ) -> None:
        self.task = task
        self.report = report
        self.acts = False
        self.planning = False
        self.id = resume.id if resume else journals.new_id()
        self._state = state
        self._resume = resume
        self._saved = saved
        self._facts: dict[str, str] = dict(resume.facts if resume else saved.facts if saved else {})
        """What a saved plan rests on, and what the steps that have acted since have left."""
        self._targets: dict[str, Any] = dict(saved.targets) if saved else {}
        self._adopted: dict[str, Any] = {}
        self._journal: Journal | None = None
        self._descriptors: tuple[int, ...] = ()
        self._found: dict[str, str] = {}
        self._began = False
        self._at_end: list[Callable[[], None]] = []
        self._failing = False
        """Set before a failure is written down, so that nobody begins a step after it."""
        if resume:
            self._targets |= resume.targets

    # What steps ask of it.

    def target(self, name: str, compute: Callable[[], T], *, relative: bool = False) -> T:
        if name not in self._targets:
            self._targets[name] = self._adopted[name] if relative and name in self._adopted else compute()
            if self._journal is not None:
                self._journal.record("target", name=name, value=self._targets[name])
        value: T = self._targets[name]
        return value

    def keep(self, name: str, text: str) -> None:
        if self._journal is not None:
            self._journal.record("note", name=name, text=text)

    def sleep(self, seconds: float) -> None:
        signals.sleep(seconds)

    def at_end(self, act: Callable[[], None]) -> None:
        self._at_end.append(act)

    def keep_open(self) -> tuple[int, ...]:
        return self._descriptors

    # What the command line asks of it.

    def plan(self, steps: Sequence[Step]) -> Plan:
        """Run every check and no apply: what `execute` would do, also where it would go on with an unfinished run."""
        self._adopt()
        return self._look(steps)

    def _look(self, steps: Sequence[Step]) -> Plan:
        order(steps)
        self.planning = True
        try:
            planned = []
            for step in steps:
                self.report.begin(step, looking=True)
                started = time.monotonic()
                status = step.check(OfStep(self, step))
                planned.append(Planned(step, status))
                self.report.end(step, word(status), detail(status), time.monotonic() - started)
            self._keep_to(steps, whole=True)
            return Plan(planned)
        finally:
            self.planning = False

    def saved(self, steps: Sequence[Step], plan: Plan) -> SavedPlan:
        """The plan that was just made, to be kept in a file."""
        return saved_plans.made(self.task, saved_plans.facts_of(steps), self._targets, plan)

    def _keep_to(self, steps: Sequence[Step], *, whole: bool) -> None:
        """Raises Refused where what the steps saw isn't what the saved plan rests on; `whole`: they are all that there are."""
        if self._facts:
            which = self._saved.words if self._saved else f"that of run {self.id}"
            begun = self._resume.begun if self._resume else ()
            saved_plans.check(self._facts, steps, begun, which, saved_plans.again(self.task), whole=whole)

    def execute(self, steps: Sequence[Step], *, wait_for_lock: float, confirm: Callable[[Plan], None]) -> Outcome:
        """Plan, ask (`confirm` raises Refused), then act step by step.

        Raises what a step raised; the error then carries the line that goes on with this run.
        """
        holder = f"{self.task.name} of {(who := person.who())}"
        self.acts = True
        self.wait = wait_for_lock
        with lock.hold(
            self._state / LOCKS, self.task.key, holder, wait=wait_for_lock, say=self.report.note
        ) as descriptor:
            self._descriptors = (descriptor,)
            if self._resume is None:
                # Anew, after the wait: runs of one subject sort in the order in which they acted.
                self.id = journals.new_id()
            self._adopt()
            plan = self._look(steps)
            self.report.planned(plan)
            if plan.to_do:
                confirm(plan)
            elif self._resume is None:
                return Outcome("", plan, ())
            return self._journalled(steps, plan, who)

    def _adopt(self) -> None:
        # The same command again after a run that did not finish goes for *its* targets: a rollback of one step stays one step.
        if self._resume is not None:
            return
        for record in journals.all_runs(self._state / RUNS):
            if (record.environment, record.subject) != (self.task.environment, self.task.subject):
                continue
            same = record.task == self.task.name and dict(record.arguments) == dict(self.task.arguments)
            if same and record.goes_on_by(self._saved.id if self._saved else ""):
                self._resume = record
                self.id = record.id
                if self._saved:
                    self._facts = dict(record.facts)
                    self._targets |= record.targets
                self._adopted = dict(record.targets)
                how = "carried this plan out" if record.finished else "did not finish"
                self.report.note(f"goes on with run {record.id}, which {how}")
            return

    def _journalled(self, steps: Sequence[Step], plan: Plan, who: str) -> Outcome:
        self._journal = Journal(type(self).sink(self._state / RUNS / f"{self.id}.jsonl"))
        try:
            self._journal.record(
                "run.start",
                schema=journals.SCHEMA,
                task=self.task.name,
                arguments=dict(self.task.arguments),
                environment=self.task.environment,
                subject=self.task.subject,
                who=who,
                pid=os.getpid(),
                **({"plan": self._saved.id, "facts": dict(self._facts)} if self._saved else {}),
            )
            for name, value in self._targets.items():
                self._journal.record("target", name=name, value=value)
            acted: list[str] = []
            try:
                # What was not asked for isn't done, should the world change after the plan.
                if plan.to_do:
                    act(steps, self._one, acted, failing=lambda: self._failing)
            except BaseException as error:
                self._journal.record("run.end", outcome=outcome_of(error), error=str(error))
                if isinstance(error, LongshoreError):
                    error.resume = f"inv runs.resume --id {self.id}"
                    error.began, error.settled = self._began, not signals.came()
                    wished = [one.step for one in plan.steps if not isinstance(one.status, Done)]
                    error.done = tuple(step.title for step in wished if step.name in acted)
                    error.left = tuple(step.title for step in wished if step.name not in self._found)
                    if acted and error.code in (Exit.USAGE, Exit.REFUSED):
                        # Those codes say that nothing was touched; an earlier step has acted.
                        error.code = Exit.FAILED
                raise
            self._journal.record("run.end", outcome="ok")
            return Outcome(self.id, plan, tuple(acted), self._found)
        finally:
            for give_back in reversed(self._at_end):
                give_back()
            self._journal.close()
            self._journal = None

    def _one(self, step: Step) -> bool:
        """Look, act, look again. True when it acted."""
        journal = self._journal
        assert journal is not None
        # Where a library swallowed the interruption, the next step at least does not begin.
        signals.check()
        started = time.monotonic()
        self.report.begin(step, looking=True)
        context = OfStep(self, step)
        status = step.check(context)
        self._keep_to([step], whole=False)
        if isinstance(status, Done):
            journal.record("step.end", step=step.name, outcome="done", found=status.found)
            self._found[step.name] = status.found
            self.report.end(step, "done", status.found, time.monotonic() - started)
            return False
        if isinstance(status, Unknown):
            self.report.end(step, "unknown", status.why, time.monotonic() - started)
            raise Failed(f"can't see whether this is done: {step.title}", why=status.why)
        self._began = True
        journal.record("step.start", step=step.name, changes=list(status.changes))
        self.report.begin(step, looking=False)
        try:
            step.apply(context)
            after = step.check(context)
        except BaseException as error:
            self._failing = True
            outcome = outcome_of(error)
            journal.record("step.end", step=step.name, outcome=outcome, error=str(error))
            self.report.end(step, outcome, "", time.monotonic() - started)
            raise
        if not isinstance(after, Done):
            self._failing = True
            journal.record("step.end", step=step.name, outcome="failed", error=detail(after))
            self.report.end(step, "failed", detail(after), time.monotonic() - started)
            raise Failed(f"acted, and it is still not done: {step.title}", why=detail(after))
        seconds = time.monotonic() - started
        self._found[step.name] = after.found
        kept = {"facts": dict(step.facts())} if self._facts else {}
        self._facts |= kept.get("facts", {})
        journal.record("step.end", step=step.name, outcome="ok", found=after.found, seconds=round(seconds, 3), **kept)
        self.report.end(step, "ok", after.found, seconds)
        return True
