"""Progress and messages on stderr: a live line on a terminal, plain lines elsewhere, groups and annotations in GitHub Actions."""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any

from longshore.errors import Exit, LongshoreError
from longshore.process.redaction import redact
from longshore.steps.report import Reporter

if TYPE_CHECKING:
    from longshore.steps.plan import Plan
    from longshore.steps.step import Step

EVERY = 30.0
"""Seconds between two signs of life where no live line can be shown."""

CR = "\r"
STYLES = {"✓": "green", "✗": "red", "+": "yellow", "?": "magenta", ">": "bold"}
"""How a line looks on a terminal, by its first character."""
WORDS = {"done": "=", "ok": "✓", "failed": "✗", "interrupted": "✗", "unknown": "?", "to do": "+", "not checked": "?"}


class Plain:
    """Lines, on change and every `every` seconds."""

    def __init__(self, every: float = EVERY) -> None:
        self._every = every
        self._waiting = ""
        self._said = time.monotonic()
        self._started = time.monotonic()
        self._closed = threading.Event()
        self._acting = False
        self._unseen: frozenset[str] = frozenset()
        """The steps that could not be seen when the plan was made."""
        self._beat: threading.Thread | None = None

    def _write(self, text: str) -> None:
        self._said = time.monotonic()
        write(redact(text))

    def note(self, text: str) -> None:
        self._write(text)

    def warn(self, text: str) -> None:
        self._write(f"warning: {text}")

    def line(self, text: str) -> None:
        # Never at the start of a line: a program's `::add-mask::` must not become a command of the CI system.
        self._write(f"  | {text.replace(CR, ' ')}")

    def progress(self, text: str, done: int | None = None, total: int | None = None) -> None:
        share = f" ({done}/{total})" if done is not None and total else ""
        changed = text != self._waiting
        if changed or time.monotonic() - self._said >= self._every:
            self._write(f"  … {text}{share}")
        if changed:
            self._wait_for(text)

    def _wait_for(self, text: str) -> None:
        self._waiting, self._started = text, time.monotonic()
        if self._beat is None:
            self._beat = threading.Thread(target=self._beats, daemon=True)
            self._beat.start()

    def _beats(self) -> None:
        while not self._closed.wait(min(1.0, self._every)):
            if self._waiting and time.monotonic() - self._said >= self._every:
                self._write(f"  … still {self._waiting} ({time.monotonic() - self._started:.0f} s)")

    def planned(self, plan: Plan) -> None:
        from longshore.cli.output import plan_lines
        from longshore.steps.step import Unknown

        for line in plan_lines(plan):
            self._write(line)
        self._unseen = frozenset(one.step.name for one in plan.steps if isinstance(one.status, Unknown))

    def begin(self, step: Step, looking: bool) -> None:
        if not looking:
            self._write(f"> {step.title}")
        self._wait_for(f"{'looking at' if looking else 'working on'}: {step.title}")

    def end(self, step: Step, outcome: str, detail: str, seconds: float) -> None:
        self._waiting = ""
        if outcome in ("ok", "failed", "interrupted", "unknown") or (outcome == "done" and step.name in self._unseen):
            took = f" ({seconds:.1f} s)" if seconds >= 0.1 else ""
            self._write(f"{WORDS[outcome]} {step.title}" + (f": {detail}" if detail else "") + took)

    def close(self) -> None:
        self._waiting = ""
        self._closed.set()


class Actions(Plain):
    """The same in GitHub Actions: an act is a group, a warning an annotation. Only these are commands to it, whatever a text holds."""

    def _write(self, text: str) -> None:
        super()._write(harmless(text))

    def _command(self, name: str, text: str = "") -> None:
        super()._write(f"::{name}::{escape(redact(text))}")

    def warn(self, text: str) -> None:
        self._command("warning", text)

    def begin(self, step: Step, looking: bool) -> None:
        if not looking:
            self._command("group", step.title)
            self._acting = True
        self._wait_for(f"{'looking at' if looking else 'working on'}: {step.title}")

    def end(self, step: Step, outcome: str, detail: str, seconds: float) -> None:
        if self._acting:
            self._command("endgroup")
            self._acting = False
        super().end(step, outcome, detail, seconds)


class Terminal(Plain):
    """A live line with a spinner, and a bar where there is a share, below the lines that stay."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console

        # No emoji: `:key:` in an ARN stays what it is.
        self._console = Console(stderr=True, highlight=False, emoji=False)
        # Steps that run side by side share the one live line.
        self._lock = threading.RLock()
        self._live: Any = None
        self._task: Any = None

    def _write(self, text: str) -> None:
        self._console.print(redact(text), markup=False, soft_wrap=True, style=STYLES.get(text[:1]))

    def _show(self, text: str, done: int | None = None, total: int | None = None) -> None:
        with self._lock:
            self._update(text, done, total)

    def _update(self, text: str, done: int | None, total: int | None) -> None:
        if self._live is None:
            from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            self._live = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=24),
                TextColumn("{task.fields[share]}", markup=False),
                TimeElapsedColumn(),
                console=self._console,
                transient=True,
            )
            self._task = self._live.add_task("", total=None, share="")
            self._live.start()
        share = f"{done}/{total}" if done is not None and total else ""
        self._live.update(self._task, description=redact(text), completed=done or 0, total=total, share=share)

    def progress(self, text: str, done: int | None = None, total: int | None = None) -> None:
        self._show(text, done, total)

    def begin(self, step: Step, looking: bool) -> None:
        if not looking:
            self._write(f"> {step.title}")
        self._show(f"{'looking at' if looking else 'working on'}: {step.title}")

    def end(self, step: Step, outcome: str, detail: str, seconds: float) -> None:
        super().end(step, outcome, detail, seconds)
        self._stop()

    def planned(self, plan: Plan) -> None:
        self._stop()
        super().planned(plan)

    def _stop(self) -> None:
        with self._lock:
            if self._live is not None:
                self._live.stop()
                self._live = None

    def close(self) -> None:
        super().close()
        self._stop()


def reporter() -> Reporter:
    """The one that fits where stderr goes."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        return Actions()
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return Terminal()
    return Plain()


def close(report: Reporter) -> None:
    """End its live line and its sign of life."""
    if isinstance(report, Plain):
        report.close()


def write(text: str) -> None:
    """A line on stderr. Where nobody reads it any more (`2>&1 | head`), what is being done goes on all the same."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def harmless(text: str) -> str:
    """The text with nothing in it that GitHub's runner takes for a command: `::name::` at the start of a line, `##[name]` anywhere."""
    lines = text.replace("##[", "## [").replace(CR, "\n").split("\n")
    return "\n".join(f"| {line}" if line.lstrip().startswith("::") else line for line in lines)


def escape(text: str) -> str:
    """A value of a GitHub workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def tell_error(error: Exception) -> Exit:
    """Print the error's lines to stderr; the exit code is the answer."""
    if os.environ.get("LONGSHORE_DEBUG"):
        write(redact("".join(traceback.format_exception(error))).rstrip())
    lines = error.lines() if isinstance(error, LongshoreError) else _unexpected(error)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        write(f"::error::{escape(redact(chr(10).join(lines)))}")
    else:
        red = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        head, *rest = redact("\n".join(lines)).split("\n")
        write("\n".join([f"\x1b[31m{head}\x1b[0m" if red else head, *rest]))
    return error.code if isinstance(error, LongshoreError) else Exit.FAILED


def _unexpected(error: Exception) -> list[str]:
    said = " ".join(redact(str(error)).split())[:300]
    return [
        f"error: unexpected {type(error).__name__}: {said}",
        "  next: the same command with LONGSHORE_DEBUG=1 shows where; please report it",
    ]
