"""What a task's body is given: the environment, and ways to run steps, show an answer, say something."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.exceptions import Exit as InvokeExit

from longshore.errors import Exit

if TYPE_CHECKING:
    from longshore.answers import Answer
    from longshore.cli.acting import Summary
    from longshore.cli.console import Plain
    from longshore.environments.environment import Environment
    from longshore.steps.journal import RunRecord
    from longshore.steps.saved import SavedPlan
    from longshore.steps.step import Step


@dataclass(frozen=True)
class Common:
    """The values of the common flags; those that a task doesn't have keep their defaults."""

    env: str | None = None
    profile: str | None = None
    json: bool = False
    plan: bool = False
    exit_code: bool = False
    confirm: str | None = None
    wait: int = 60
    out: str = ""
    plan_file: str = ""


class Invocation:
    """One call of one task. Calling it with steps runs them: `run(migrations.migrate(run.environment, to=to))`."""

    def __init__(
        self,
        task: str,
        subject: str,
        asks: str,
        arguments: Mapping[str, Any],
        common: Common,
        resume: RunRecord | None = None,
        saved: SavedPlan | None = None,
    ) -> None:
        self.task = task
        self.subject = subject
        self.asks = asks
        self.arguments = dict(arguments)
        self.common = common
        self.resume = resume
        self.saved = saved
        self.works_on_environment = True

    def __enter__(self) -> Invocation:
        return self

    def __exit__(self, *_: object) -> None:
        if "report" in self.__dict__:
            self.report.close()

    @cached_property
    def report(self) -> Plain:
        """Where progress and messages go (stderr)."""
        from longshore.cli.console import reporter

        words = ["inv", self.task, *(["--env", self.common.env] if self.common.env else [])]
        return reporter(" ".join([*words, *(["--plan"] if self.common.plan else [])]))

    @cached_property
    def root(self) -> Path:
        """The project's folder."""
        from longshore.environments.files import find_root

        return find_root(Path.cwd())

    @cached_property
    def environment_name(self) -> str:
        """The chosen environment, whether or not its files are in order."""
        from longshore.environments.load import choose

        return choose(self.root, self.common.env)

    @cached_property
    def environment(self) -> Environment:
        """The chosen environment. Which profile acts, and why, is told where it isn't the env file's."""
        from longshore.environments.load import PROFILE, load

        environment = load(self.root, self.environment_name, self.common.profile)
        origin = (environment.origins or {})[PROFILE]
        self.report.note(
            f"environment {environment.name}, profile {environment.profile or '(ambient identity)'} (from {origin})"
        )
        return environment

    @cached_property
    def sandbox(self) -> Environment:
        """The environment `sandbox`, which tasks of the sandbox work on without --env.

        Raises UsageError for --env with another one.
        """
        from longshore.environments.environment import SANDBOX
        from longshore.environments.load import load
        from longshore.errors import UsageError

        if self.common.env not in (None, SANDBOX):
            raise UsageError(f"--env can't be {self.common.env!r}", on=self.task, why=f"it works on {SANDBOX} only")
        self.environment_name = SANDBOX
        return load(self.root, SANDBOX, self.common.profile)

    def __call__(
        self, steps: Sequence[Step], *, ask: str = "", protect: bool = True, summary: Summary | None = None
    ) -> None:
        """Run the steps, or with --plan only look; ends the task with exit 4 for `--plan --exit-code` with something to do.

        `ask` is a reason to ask for the environment's name wherever it is. `protect` false: what is changed is on this machine and the
        environment's protection doesn't cover it. `summary` tells what it came to: at the end, and where it failed after it had begun.
        """
        from longshore.cli.acting import act

        act(self, steps, ask, protect, summary)

    @property
    def place(self) -> str:
        """What is changed, by the name that is typed to confirm it: the environment, else this machine."""
        return self.environment_name if self.works_on_environment and self.has_project else "machine"

    @cached_property
    def has_project(self) -> bool:
        from longshore.errors import UsageError

        try:
            return bool(self.root)
        except UsageError:
            return False

    @property
    def state(self) -> Path:
        """Where journals and locks are: the project's .longshore, or the user's own outside of a project."""
        if self.has_project:
            return self.root / ".longshore"
        return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "longshore"

    def show(self, answer: Answer) -> None:
        """Print an answer: tables for a person, JSON with --json; ends the task with exit 1 when the answer isn't ok."""
        from longshore.cli.output import print_answer, print_json

        if "report" in self.__dict__:
            self.report.close()
        if self.common.json:
            print_json({"schema": answer.schema, **answer.data})
        else:
            print_answer(answer)
        if not answer.ok:
            raise InvokeExit(code=int(Exit.FAILED))

    def reveal(self, answer: Callable[[], Answer], *, ask: str) -> None:
        """Ask for the environment's name (a flag `--confirm` of the task's own, or typed), then print what `answer` gives as it is: with secrets in it."""
        from longshore.cli.again import again
        from longshore.cli.output import print_answer, print_json
        from longshore.cli.prompt import confirm

        confirm(self.place, self.arguments["confirm"], again(self), ask)
        told = answer()
        if "report" in self.__dict__:
            self.report.close()
        if self.common.json:
            print_json({"schema": told.schema, **told.data}, hide=False)
        else:
            print_answer(told, hide=False)

    @property
    def command(self) -> list[str]:
        """What follows the first `--` of our own command line, word for word (Invoke's remainder drops the quoting).

        Raises UsageError where nothing follows.
        """
        from longshore.errors import UsageError

        words = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
        if words:
            return words
        raise UsageError("no command is given", on=self.task, why="it stands after --", do=f"inv {self.task} --help")

    def become(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """End the task by becoming another program: the terminal, signals and the exit code are its own."""
        from longshore.process.replace import replace

        if "report" in self.__dict__:
            self.report.close()
        sys.stdout.flush()
        sys.stderr.flush()
        replace(argv, env)

    def hand_over(self, view: Callable[[], None]) -> None:
        """Give a view of our own the terminal: our live line ends before."""
        if "report" in self.__dict__:
            self.report.close()
        view()

    def advise(self, text: str) -> None:
        """A last line for a person, where something was done."""
        if not self.common.plan and not self.common.json:
            self.report.note(text)

    def finish(self, code: int) -> None:
        """End the task with another program's exit code."""
        if code:
            raise InvokeExit(code=code)

    def export(self, lines: Sequence[str], hint: str) -> None:
        """Print lines for eval; who reads them at a terminal is told that nothing has changed yet."""
        self.print(*lines)
        if sys.stdout.isatty():
            self.report.note(hint)

    def print(self, *lines: str) -> None:
        """Lines of data for stdout (export lines)."""
        if "report" in self.__dict__:
            self.report.close()
        for line in lines:
            sys.stdout.write(line + "\n")
        sys.stdout.flush()
