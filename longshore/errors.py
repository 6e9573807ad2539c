"""What a person is told when something can't go on: what failed, on what, why, what to do next; and the exit code that says which kind it was."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from longshore.process.redaction import redact

MOST_LINES = 5
LONGEST_LINE = 400
MOST_TITLES = 4


class Exit(IntEnum):
    """The exit codes of every task (documented in docs/exit-codes.md)."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    TO_DO = 4
    INTERRUPTED = 130


class LongshoreError(Exception):
    """Base of all errors that are meant for a person.

    `what` failed, `on` what, `why`, and what to `do` next (one or two lines, each a command where there is one).
    No secret value may be in any of them; what is printed passes the redaction all the same.
    """

    code: Exit = Exit.FAILED

    def __init__(self, what: str, *, on: str = "", why: str = "", do: str | Sequence[str] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.on = on
        self.why = why
        self.do: tuple[str, ...] = (do,) if isinstance(do, str) else tuple(do)
        self.resume = ""
        """The command that goes on with the run that this error ended; the run puts it there."""
        self.settled = False
        """Whether it had ended the run before any signal came: a Ctrl-C while the end is told doesn't take its place."""
        self.began = True
        """Whether that run began to change something; `done` and `left` are the titles of its steps that did, and that did not, do theirs."""
        self.done: tuple[str, ...] = ()
        self.left: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The message, at most five lines."""
        head = f"error: {self.what}" + (f" ({self.on})" if self.on else "")
        lines = [head, *([f"  why: {self.why}"] if self.why else []), *(f"  next: {line}" for line in self.do if line)]
        last = [f"  done: {_listed(self.done)}; not done: {_listed(self.left)}"] if self.done and self.left else []
        last += [f"  go on: {self.resume}"] if self.resume else []
        return [_shorten(line) for line in lines[: MOST_LINES - len(last)] + last]

    def __str__(self) -> str:
        return "\n".join(self.lines())


class Failed(LongshoreError):
    """Something failed while acting (exit 1): the world may have changed, the journal says how far."""

    code = Exit.FAILED


class UsageError(LongshoreError):
    """Wrong usage or settings (exit 2): nothing was touched."""

    code = Exit.USAGE


class Refused(LongshoreError):
    """A guard said no, or it was not confirmed (exit 3): nothing was touched."""

    code = Exit.REFUSED


class Interrupted(LongshoreError):
    """Ctrl-C or SIGTERM (exit 130)."""

    code = Exit.INTERRUPTED

    def lines(self) -> list[str]:
        head, *rest = super().lines()
        return [head if self.began else f"{head}, nothing was touched", *rest]


def _shorten(line: str) -> str:
    # Redacted before it is cut: half a secret would no longer be known for one.
    flat = " ".join(redact(line).splitlines()).rstrip()
    return flat if len(flat) <= LONGEST_LINE else flat[: LONGEST_LINE - 1] + "…"


def _listed(titles: Sequence[str]) -> str:
    shown = ", ".join(titles[:MOST_TITLES])
    return shown + (f" and {len(titles) - MOST_TITLES} more" if len(titles) > MOST_TITLES else "")


def nearest(word: str, known: Sequence[str]) -> str:
    """`; did you mean X?` where one of the known words is close, else nothing."""
    from difflib import get_close_matches

    close = get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""
