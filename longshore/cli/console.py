"""Progress and messages on stderr: lines on change. A terminal's live view and GitHub's commands are made of it (live.py, actions.py)."""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from longshore.process.redaction import redact
from longshore.steps.report import Reporter

if TYPE_CHECKING:
    from longshore.answers import Answer
    from longshore.steps.plan import Plan
    from longshore.steps.step import Step

EVERY = 30.0
"""Seconds between two signs of life where no live line can be shown."""

CR = "\r"
WORDS = {"done": "=", "ok": "✓", "failed": "✗", "interrupted": "✗", "unknown": "?", "to do": "+", "not checked": "?"}


@dataclass
class At:
    """Where a running step is: what it waits for, and since when (monotonic seconds)."""

    title: str
    looking: bool
    text: str = ""
    done: int | None = None
    total: int | None = None
    began: float = field(default_factory=time.monotonic)
    waits: float = field(default_factory=time.monotonic)

    def say(self, text: str, done: int | None = None, total: int | None = None) -> bool:
        """Keep what is waited for now; whether that is something else than before."""
        changed = text != self.text
        if changed:
            self.waits = time.monotonic()
        self.text, self.done, self.total = text, done, total
        return changed

    @property
    def share(self) -> str:
        return f"{self.done}/{self.total}" if self.done is not None and self.total else ""


class Plain:
    """Lines, on change and every `every` seconds. Steps that run side by side begin their lines with their title."""

    def __init__(self, every: float = EVERY) -> None:
        self._every = every
        self._said = time.monotonic()
        self._closed = threading.Event()
        self._lock = threading.RLock()
        self._at: dict[str, At] = {}
        """The running steps by name, in the order in which they began; by the empty name what belongs to none."""
        self._unseen: frozenset[str] = frozenset()
        """The steps that could not be seen when the plan was made."""
        self._beat: threading.Thread | None = None

    def of(self, step: Step) -> Reporter:
        return Voice(self, step.name)

    def note(self, text: str, name: str = "") -> None:
        self._write(text, name)

    def warn(self, text: str, name: str = "") -> None:
        self._write(f"warning: {text}", name)

    def line(self, text: str, name: str = "") -> None:
        # Never at the start of a line: a program's `::add-mask::` must not become a command of the CI system.
        self._write(f"  | {self._whose(name)}{text.replace(CR, ' ')}", name)

    def progress(self, text: str, done: int | None = None, total: int | None = None, name: str = "") -> None:
        with self._lock:
            at = self._place(name)
            if at is None:
                return
            changed = at.say(text, done, total)
            if changed or time.monotonic() - self._said >= self._every:
                share = f" ({at.share})" if at.share else ""
                self._write(f"  … {self._whose(name)}{text}{share}", name)
            self._live()

    def _place(self, name: str) -> At | None:
        """Where the step is; None: it has ended, and only a thread of it still speaks."""
        if not name:
            return self._at.setdefault("", At("", looking=True))
        return self._at.get(name)

    def planned(self, plan: Plan) -> None:
        from longshore.cli.output import plan_lines
        from longshore.steps.step import Unknown

        for line in plan_lines(plan):
            self._write(line)
        self._unseen = frozenset(one.step.name for one in plan.steps if isinstance(one.status, Unknown))

    def summarise(self, plan: Plan) -> None:
        """Keep a plan, of which nothing is done, where a job's summary is. (Only GitHub Actions has one.)"""

    def conclude(self, answer: Answer) -> None:
        """Keep what a run came to in the same place."""

    def begin(self, step: Step, looking: bool) -> None:
        with self._lock:
            # A line of nobody's gives way to the step's own.
            self._at.pop("", None)
            began = self._at[step.name].began if step.name in self._at else time.monotonic()
            self._at[step.name] = At(step.title, looking, began=began)
            if not looking:
                self._opened(step)
            self._live()

    def end(self, step: Step, outcome: str, detail: str, seconds: float) -> None:
        with self._lock:
            self._at.pop(step.name, None)
            self._at.pop("", None)
            self._ended(step, self._result(step, outcome, detail, seconds))

    def close(self) -> None:
        with self._lock:
            self._at.clear()
        self._closed.set()

    def _opened(self, step: Step) -> None:
        """A step begins to act."""
        self._write(f"> {step.title}", step.name)

    def _ended(self, step: Step, result: str) -> None:
        """A step has ended; an empty result is not worth a line (nothing was to do, as the plan had it)."""
        if result:
            self._write(result, step.name)

    def _result(self, step: Step, outcome: str, detail: str, seconds: float) -> str:
        if outcome in ("ok", "failed", "interrupted", "unknown") or (outcome == "done" and step.name in self._unseen):
            took = f" ({seconds:.1f} s)" if seconds >= 0.1 else ""
            return f"{WORDS[outcome]} {step.title}" + (f": {detail}" if detail else "") + took
        return ""

    def _whose(self, name: str) -> str:
        """Whose words a line is, where several run side by side."""
        titles = {name: at.title for name, at in self._at.items() if at.title}
        return f"{titles[name]}: " if name in titles and len(titles) > 1 else ""

    def _write(self, text: str, name: str = "") -> None:
        """A line (or several) of the step of that name; of no step's, where it is empty."""
        self._said = time.monotonic()
        write(redact(text))

    def _live(self) -> None:
        """Something goes on now: from here on there are signs of life."""
        if self._beat is None:
            self._beat = threading.Thread(target=self._beats, daemon=True)
            self._beat.start()

    def _beats(self) -> None:
        while not self._closed.wait(min(1.0, self._every)):
            with self._lock:
                if not self._at or time.monotonic() - self._said < self._every:
                    continue
                for name, at in list(self._at.items()):
                    doing = at.text or f"{'looking at' if at.looking else 'working on'}: {at.title}"
                    whose = self._whose(name) if at.text else ""
                    self._write(f"  … still {whose}{doing} ({time.monotonic() - at.waits:.0f} s)", name)


class Voice:
    """What one step says."""

    def __init__(self, console: Plain, name: str) -> None:
        self._console = console
        self._name = name

    def of(self, step: Step) -> Reporter:
        return self._console.of(step)

    def note(self, text: str) -> None:
        self._console.note(text, self._name)

    def warn(self, text: str) -> None:
        self._console.warn(text, self._name)

    def line(self, text: str) -> None:
        self._console.line(text, self._name)

    def progress(self, text: str, done: int | None = None, total: int | None = None) -> None:
        self._console.progress(text, done, total, self._name)

    def planned(self, plan: Plan) -> None:
        self._console.planned(plan)

    def begin(self, step: Step, looking: bool) -> None:
        self._console.begin(step, looking)

    def end(self, step: Step, outcome: str, detail: str, seconds: float) -> None:
        self._console.end(step, outcome, detail, seconds)


def reporter(command: str) -> Plain:
    """The one that fits where stderr goes. `command` is what a person gave, for a heading."""
    if in_actions():
        from longshore.cli.actions import Actions

        return Actions(command)
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        from longshore.cli.live import Terminal

        return Terminal()
    return Plain()


def in_actions() -> bool:
    """Whether this is a step of a GitHub Actions job."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def write(text: str) -> None:
    """A line on stderr. Where nobody reads it any more (`2>&1 | head`), what is being done goes on all the same."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
