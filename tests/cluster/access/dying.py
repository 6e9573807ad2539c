"""A run in a child process that is killed at a record of its journal, or between two calls to AWS or Kubernetes."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from longshore.cluster.access.config_map import AwsAuth
from longshore.cluster.access.entries import Entries
from longshore.steps.journal import FileSink
from longshore.steps.run import Run


@dataclass(frozen=True)
class Moment:
    """`before` or `after`: the n-th record of the journal, or a call by its name (`Entries.create`)."""

    when: str
    number: int = 0
    call: str = ""

    def __str__(self) -> str:
        return f"{self.when}-{self.call or self.number}"


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Trigger(FileSink):
    """Ends its process at a moment."""

    moment = Moment("never")
    seen = 0

    def write(self, record: Mapping[str, Any]) -> None:
        type(self).seen += 1
        if (self.moment.when, self.moment.number) == ("before", self.seen):
            kill()
        super().write(record)
        if (self.moment.when, self.moment.number) == ("after", self.seen):
            kill()


def dies(do: Callable[[], object], moment: Moment) -> bool:
    """Do it in a child that is killed at that moment; whether it came to it. The child uses no connection of ours."""
    child = os.fork()
    if child == 0:
        try:
            Trigger.moment = moment
            Run.sink = Trigger
            if moment.call:
                _at_call(moment)
            do()
            os._exit(0)
        except BaseException:
            traceback.print_exc(file=sys.stderr)
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, status
    return os.WIFSIGNALED(status)


def _at_call(moment: Moment) -> None:
    kind, _, name = moment.call.partition(".")
    owner = {"Entries": Entries, "AwsAuth": AwsAuth}[kind]
    real = getattr(owner, name)

    def call(self: Any, *words: Any, **more: Any) -> Any:
        if moment.when == "before":
            kill()
        answer = real(self, *words, **more)
        kill()
        return answer

    setattr(owner, name, call)
