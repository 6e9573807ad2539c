"""Make a plan, ask, act, keep the journal: what every task that changes something does with its steps."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from longshore import person
from longshore.errors import Exit, Failed, Interrupted, LongshoreError
from longshore.process import signals
from longshore.steps import journal as journals
from longshore.steps import lock
from longshore.steps.journal import Journal, RunRecord
from longshore.steps.plan import Plan, Planned, order
from longshore.steps.report import Reporter
from longshore.steps.step import Context, Done, Step, T, Unknown, detail, word

RUNS = "runs"
LOCKS = "locks"


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


@dataclass(frozen=True)
class Outcome:
    """How a run ended well: `acted` are the steps that changed something, `found` is what each step saw at its end, by name."""

    id: str
    plan: Plan
    acted: tuple[str, ...]
    found: Mapping[str, str] = field(default_factory=dict)


class Run(Context):
    """One run of one task.

    `state` is the project's own folder (`.longshore`), where journals and locks are. `resume` is the run that this one goes on with.
    `sink` makes the journal's sink from its path: tests put their own there.
    """

    sink: Callable[[Path], journals.Sink] = journals.FileSink

    def __init__(self, task: Task, state: Path, report: Reporter, resume: RunRecord | None = None) -> None:
        self.task = task
        self.report = report
        self.acts = False
        self.planning = False
        self.id = resume.id if resume else journals.new_id()
        self._state = state
        self._resume = resume
        self._targets: dict[str, Any] = dict(resume.targets) if resume else {}
        self._adopted: dict[str, Any] = {}
        self._journal: Journal | None = None
        self._descriptors: tuple[int, ...] = ()
        self._found: dict[str, str] = {}
        self._failing = False
        """Set before a failure is written down, so that nobody begins a step after it."""

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
                status = step.check(self)
                planned.append(Planned(step, status))
                self.report.end(step, word(status), detail(status), time.monotonic() - started)
            return Plan(planned)
        finally:
            self.planning = False

    def execute(self, steps: Sequence[Step], *, wait_for_lock: float, confirm: Callable[[Plan], None]) -> Outcome:
        """Plan, ask (`confirm` raises Refused), then act step by step.

        Raises what a step raised; the error then carries the line that goes on with this run.
        """
        who = person.who()
        holder = f"{self.task.name} of {who}"
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
            if same and not record.finished and record.targets:
                self._resume = record
                self.id = record.id
                self._adopted = dict(record.targets)
                self.report.note(f"goes on with run {record.id}, which did not finish")
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
            )
            for name, value in self._targets.items():
                self._journal.record("target", name=name, value=value)
            acted: list[str] = []
            try:
                # What was not asked for isn't done, should the world change after the plan.
                if plan.to_do:
                    self._act(steps, acted)
            except BaseException as error:
                self._journal.record("run.end", outcome=_outcome_of(error), error=str(error))
                if isinstance(error, LongshoreError):
                    error.resume = f"inv runs.resume --id {self.id}"
                    if acted and error.code in (Exit.USAGE, Exit.REFUSED):
                        # Those codes say that nothing was touched; an earlier step has acted.
                        error.code = Exit.FAILED
                raise
            self._journal.record("run.end", outcome="ok")
            return Outcome(self.id, plan, tuple(acted), self._found)
        finally:
            self._journal.close()
            self._journal = None

    def _act(self, steps: Sequence[Step], acted: list[str]) -> None:
        """Do the steps; `acted` gets the names of those that changed something."""
        waits = order(steps)
        ended: set[str] = set()
        running: dict[Future[bool], str] = {}
        left = {step.name: step for step in steps}
        first_error: BaseException | None = None
        with ThreadPoolExecutor(max_workers=max(1, len(steps))) as pool:
            while left or running:
                ready = [name for name in left if not self._failing and ended.issuperset(waits[name])]
                if first_error is not None and not running:
                    break
                if len(ready) == 1 and not running:
                    # Alone: in the main thread, where a signal arrives at once.
                    name = ready[0]
                    if self._one(left.pop(name)):
                        acted.append(name)
                    ended.add(name)
                    continue
                for name in ready:
                    running[pool.submit(self._one, left.pop(name))] = name
                for future in wait(running, timeout=0.5, return_when=FIRST_COMPLETED).done:
                    name = running.pop(future)
                    if (error := future.exception()) is not None:
                        self._failing = True
                        first_error = first_error or error
                        continue
                    if future.result():
                        acted.append(name)
                    ended.add(name)
        if first_error is not None:
            raise first_error

    def _one(self, step: Step) -> bool:
        """Look, act, look again. True when it acted."""
        journal = self._journal
        assert journal is not None
        # Where a library swallowed the interruption, the next step at least does not begin.
        signals.check()
        started = time.monotonic()
        self.report.begin(step, looking=True)
        status = step.check(self)
        if isinstance(status, Done):
            journal.record("step.end", step=step.name, outcome="done", found=status.found)
            self._found[step.name] = status.found
            self.report.end(step, "done", status.found, time.monotonic() - started)
            return False
        if isinstance(status, Unknown):
            self.report.end(step, "unknown", status.why, time.monotonic() - started)
            raise Failed(f"can't see whether this is done: {step.title}", why=status.why)
        journal.record("step.start", step=step.name, changes=list(status.changes))
        self.report.begin(step, looking=False)
        try:
            step.apply(self)
            after = step.check(self)
        except BaseException as error:
            self._failing = True
            outcome = _outcome_of(error)
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
        journal.record("step.end", step=step.name, outcome="ok", found=after.found, seconds=round(seconds, 3))
        self.report.end(step, "ok", after.found, seconds)
        return True


def _outcome_of(error: BaseException) -> str:
    # After a signal, a library may have wrapped the interruption in an error of its own.
    return "interrupted" if isinstance(error, Interrupted | KeyboardInterrupt) or signals.came() else "failed"
