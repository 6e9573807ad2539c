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

WORDS = {"done": "=", "ok": "✓", "failed": "✗", "interrupted": "✗", "unknown": "?", "to do": "+", "not checked": "?"}


class Plain:
    """Lines, on change and every 30 s."""

    def __init__(self) -> None:
        self._waiting = ""
        self._said = time.monotonic()
        self._started = time.monotonic()
        self._closed = threading.Event()
        self._acting = False
        self._beat: threading.Thread | None = None

    def _write(self, text: str) -> None:
        self._said = time.monotonic()
        sys.stderr.write(redact(text) + "\n")
        sys.stderr.flush()

    def note(self, text: str) -> None:
        self._write(text)

    def warn(self, text: str) -> None:
        self._write(f"warning: {text}")

    def line(self, text: str) -> None:
        # Never at the start of a line: a program's `::add-mask::` must not become a command of the CI system.
        self._write(f"  | {text}")

    def progress(self, text: str, done: int | None = None, total: int | None = None) -> None:
        share = f" ({done}/{total})" if done is not None and total else ""
        changed = text != self._waiting
        if changed:
            self._waiting, self._started = text, time.monotonic()
        if changed or time.monotonic() - self._said >= EVERY:
            self._write(f"  … {text}{share}")
        self._keep_beating()

    def _keep_beating(self) -> None:
        if self._beat is None:
            self._beat = threading.Thread(target=self._beats, daemon=True)
            self._beat.start()

    def _beats(self) -> None:
        while not self._closed.wait(1.0):
            if self._waiting and time.monotonic() - self._said >= EVERY:
                self._write(f"  … still {self._waiting} ({time.monotonic() - self._started:.0f} s)")

    def planned(self, plan: Plan) -> None:
        from longshore.cli.output import plan_lines

        if plan.to_do:
            for line in plan_lines(plan):
                self._write(line)

    def begin(self, step: Step, looking: bool) -> None:
        self._waiting = ""
        if not looking:
            self._write(f"> {step.title}")

    def end(self, step: Step, outcome: str, detail: str, seconds: float) -> None:
        self._waiting = ""
        if outcome in ("ok", "failed", "interrupted", "unknown"):
            took = f" ({seconds:.1f} s)" if seconds >= 0.1 else ""
            self._write(f"{WORDS[outcome]} {step.title}" + (f": {detail}" if detail else "") + took)

    def close(self) -> None:
        self._waiting = ""
        self._closed.set()


class Actions(Plain):
    """The same in GitHub Actions: an act is a group, a warning an annotation."""

    def warn(self, text: str) -> None:
        self._write(f"::warning::{escape(redact(text))}")

    def begin(self, step: Step, looking: bool) -> None:
        self._waiting = ""
        if not looking:
            self._write(f"::group::{escape(step.title)}")
            self._acting = True

    def end(self, step: Step, outcome: str, detail: str, seconds: float) -> None:
        if self._acting:
            self._write("::endgroup::")
            self._acting = False
        super().end(step, outcome, detail, seconds)


class Terminal(Plain):
    """A live line with a spinner, and a bar where there is a share, below the lines that stay."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False)
        self._live: Any = None
        self._task: Any = None

    def _write(self, text: str) -> None:
        self._console.print(redact(text), markup=False, soft_wrap=True)

    def _keep_beating(self) -> None:
        """The spinner is the sign of life."""

    def _show(self, text: str, done: int | None = None, total: int | None = None) -> None:
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


def escape(text: str) -> str:
    """A value of a GitHub workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def tell_error(error: Exception) -> Exit:
    """Print the error's lines to stderr; the exit code is the answer."""
    if os.environ.get("LONGSHORE_DEBUG"):
        sys.stderr.write(redact("".join(traceback.format_exception(error))))
    lines = error.lines() if isinstance(error, LongshoreError) else _unexpected(error)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        sys.stderr.write(f"::error::{escape(redact(chr(10).join(lines)))}\n")
    else:
        sys.stderr.write(redact("\n".join(lines)) + "\n")
    return error.code if isinstance(error, LongshoreError) else Exit.FAILED


def _unexpected(error: Exception) -> list[str]:
    said = " ".join(str(error).split())[:300]
    return [
        f"error: unexpected {type(error).__name__}: {said}",
        "  next: the same command with LONGSHORE_DEBUG=1 shows where; please report it",
    ]
