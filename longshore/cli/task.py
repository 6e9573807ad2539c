"""The Task class: flags only, common flags added from what the task does, errors as five lines and an exit code.

A body is `def name(run: Invocation, *, flag: Annotated[TYPE, "help"] = default)`: a docstring whose last line is an example, then one call.
"""

from __future__ import annotations

import gc
import logging
import os
import select
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from invoke.collection import Collection
from invoke.exceptions import Exit as InvokeExit
from invoke.parser.argument import Argument
from invoke.tasks import Task as InvokeTask

from longshore.cli import flags
from longshore.cli.invocation import Common, Invocation
from longshore.errors import Exit, Interrupted, LongshoreError

Body = Callable[..., Any]


TALKATIVE = ("sh", "boto3", "botocore", "urllib3", "s3transfer")
"""Libraries that log what they send and receive: `inv --debug` must not show the secrets in it."""


class Task(InvokeTask):  # type: ignore[type-arg]  # generic in Invoke's stub only
    """A task of longshore. `subject` is what it changes (empty: it only reads); `asks` is why it asks in every environment. `saves`: its plan can be
    kept in a file and run from there.

    `works_on_environment` false leaves out --env and --profile, `answers` false --json. A flag of its own signature takes the place of a common one.
    """

    registry: dict[str, Task] = {}  # noqa: RUF012  # filled by `namespace`, one per process

    def __init__(
        self,
        body: Body,
        *,
        subject: str = "",
        asks: str = "",
        saves: bool = False,
        works_on_environment: bool = True,
        answers: bool = True,
    ) -> None:
        super().__init__(body, positional=[], auto_shortflags=False)
        self.path = self.name
        self.subject = subject
        self.asks = asks
        self.saves = saves
        self.works_on_environment = works_on_environment
        self.answers = answers
        self._own: tuple[flags.Flag, ...] | None = None

    @property
    def own_flags(self) -> tuple[flags.Flag, ...]:
        """The flags of its own signature."""
        if self._own is None:
            self._own = flags.flags_of(self.body)
        return self._own

    @property
    def common_flags(self) -> tuple[flags.Flag, ...]:
        """The flags that come from what it does."""
        common = [flags.ENV, flags.PROFILE] if self.works_on_environment else []
        if self.subject:
            common += [flags.PLAN, flags.EXIT_CODE, flags.CONFIRM, flags.WAIT]
        if self.saves:
            common += [flags.OUT, flags.PLAN_FILE]
        if self.answers:
            common.append(flags.JSON)
        own = {flag.name for flag in self.own_flags}
        return tuple(flag for flag in common if flag.name not in own)

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:
        """What Invoke's parser is told."""
        return [flag.argument() for flag in (*self.own_flags, *self.common_flags)]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the body; every error leaves as Invoke's Exit with its code, told on stderr."""
        self.times_called += 1
        # What is loaded by now stays to the end. Looking through it for garbage, again and again, takes a sixth of a short task's time.
        gc.freeze()
        with told():
            self._refuse_dry(args)
            common = Common(**flags.values(self.common_flags, kwargs, self.path))
            if common.plan_file:
                from longshore.cli.planned import planned

                self.perform(planned(self, common, kwargs))
                return
            own = flags.values(self.own_flags, kwargs, self.path)
            self.perform(Invocation(self.path, self.subject, self.asks, own, common))

    def _refuse_dry(self, args: Sequence[Any]) -> None:
        # Invoke's `--dry` is for the shell commands of a Context: it would be passed over in silence, and the task would act.
        if args and args[0].config.run.dry:
            from longshore.errors import UsageError

            raise UsageError(
                "--dry is Invoke's own and stops nothing here: nothing was done",
                on=self.path,
                do=f"inv {self.path} --plan" if self.subject else f"inv {self.path}",
            )

    def perform(self, run: Invocation) -> None:
        """Run the body for an invocation that is made already (`runs.resume` makes one of its own)."""
        run.works_on_environment = self.works_on_environment
        with run:
            self.body(run, **run.arguments)


@contextmanager
def told() -> Iterator[None]:
    """Inside, an error is told as its lines on stderr and becomes Invoke's Exit. LONGSHORE_DEBUG=1 shows the traceback too."""
    from longshore.process import signals

    signals.install()
    for library in TALKATIVE:
        logging.getLogger(library).setLevel(logging.WARNING)
    try:
        yield
    except InvokeExit:
        raise
    except Exception as error:
        from longshore.cli.telling import tell_error

        if isinstance(error, BrokenPipeError) and _reader_has_gone():
            raise InvokeExit(code=int(Exit.DONE)) from None
        raise InvokeExit(code=int(tell_error(_interruption(error)))) from None


def _reader_has_gone() -> bool:
    """Whether nobody reads our stdout any more (`| head`), so that nothing is left to tell. (A database's socket breaks by the same error.)"""
    # Not by another write: the one that failed may have taken all that there was to write.
    poll = select.poll()
    poll.register(sys.stdout.fileno(), select.POLLOUT)
    gone = any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
    if gone:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return gone


def _interruption(error: Exception) -> Exception:
    """After a signal, what a library made of it is an interruption all the same."""
    from longshore.process import signals

    if not signals.came() or isinstance(error, Interrupted) or getattr(error, "settled", False):
        return error
    interrupted = Interrupted("interrupted", why=str(getattr(error, "what", error)))
    if isinstance(error, LongshoreError):
        interrupted.resume, interrupted.began = error.resume, error.began
        interrupted.done, interrupted.left = error.done, error.left
    return interrupted


def reads(*, environment: bool = True, answers: bool = True) -> Callable[[Body], Task]:
    """A task that changes nothing. `answers` false: what it prints is no answer for a program (export lines, another program's output)."""
    return lambda body: Task(body, works_on_environment=environment, answers=answers)


def changes(subject: str, *, environment: bool = True, saves: bool = False) -> Callable[[Body], Task]:
    """A task that changes `subject` (of an environment): it has --plan, a journal and a lock. `saves`: and --out and --plan-file."""
    return lambda body: Task(body, subject=subject, works_on_environment=environment, saves=saves)


def destroys(subject: str, why: str = "this can't be undone") -> Callable[[Body], Task]:
    """A task that takes something away for good: it asks in every environment, for this reason."""
    return lambda body: Task(body, subject=subject, asks=why)


def namespace(name: str, *members: Task | Collection) -> Collection:
    """A namespace with exactly these members; `name` is empty for the root."""
    collection = Collection(name) if name else Collection()
    for member in members:
        if isinstance(member, Task):
            member.path = f"{name}.{member.name}".lstrip(".").replace("_", "-")
            Task.registry[member.path] = member
            collection.add_task(member)
        else:
            collection.add_collection(member)
    return collection


__all__ = ["Task", "changes", "destroys", "namespace", "reads", "told"]
