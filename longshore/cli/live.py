"""The live view on a terminal: what ends stays as a line, and below it are the running steps, each on a line of its own, and those to come."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from longshore.cli.console import At, Plain
from longshore.process.redaction import redact

if TYPE_CHECKING:
    from longshore.steps.plan import Plan
    from longshore.steps.step import Step

STYLES = {"✓": "green", "✗": "red", "+": "yellow", "?": "magenta", ">": "bold"}
"""How a line looks on a terminal, by its first character."""
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
BAR = 20
"""Cells of a bar."""
RATE = 10
"""Pictures a second."""


class Terminal(Plain):
    """Ended steps are lines that stay; the picture below them is drawn anew ten times a second and leaves nothing behind."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console

        # No emoji: `:key:` in an ARN stays what it is.
        self._console = Console(stderr=True, highlight=False, emoji=False)
        self._picture: Any = None
        self._to_come: dict[str, str] = {}
        """Titles of the planned steps with something to do that have not begun, by name."""
        self._steps = 0
        """How many the plan has."""
        self._gone = 0
        """How many of them have ended."""
        self._began = time.monotonic()

    def _write(self, text: str, name: str = "") -> None:
        from rich.text import Text

        # A style of the text's own: one of `print` would be the picture's, too.
        line = Text(redact(text), STYLES.get(text[:1], ""))
        with self._lock:
            self._console.print(line, soft_wrap=True)

    def progress(self, text: str, done: int | None = None, total: int | None = None, name: str = "") -> None:
        with self._lock:
            at = self._place(name)
            if at is not None:
                at.say(text, done, total)
                self._live()

    def planned(self, plan: Plan) -> None:
        from longshore.steps.step import Done

        with self._lock:
            self._stop()
        super().planned(plan)
        self._to_come = {
            one.step.name: redact(one.step.title) for one in plan.steps if not isinstance(one.status, Done)
        }
        self._steps, self._gone, self._began = len(plan.steps), 0, time.monotonic()

    def begin(self, step: Step, looking: bool) -> None:
        with self._lock:
            self._to_come.pop(step.name, None)
            super().begin(step, looking)

    def _opened(self, step: Step) -> None:
        """The picture shows that it acts."""

    def _ended(self, step: Step, result: str) -> None:
        self._gone += 1
        if self._picture is not None:
            # Else the line stood above a picture in which the step still runs.
            self._picture.refresh()
        super()._ended(step, result)
        if not self._at and not self._to_come:
            self._stop()

    def end(self, step: Step, outcome: str, detail: str, seconds: float) -> None:
        with self._lock:
            if outcome in ("failed", "interrupted"):
                # No further step begins.
                self._to_come = {}
            super().end(step, outcome, detail, seconds)
            if outcome in ("failed", "interrupted") and not self._at:
                self.progress("ending the run")

    def close(self) -> None:
        with self._lock:
            super().close()
            self._to_come = {}
            self._stop()

    def _live(self) -> None:
        if self._picture is None:
            from rich.live import Live

            # Rich's own thread may measure a picture while another one's is on its way to the screen, and then wipes out too much:
            # whatever writes or draws holds our lock.
            self._picture = Live(get_renderable=self._draw, console=self._console, transient=True, auto_refresh=False)
            self._picture.start(refresh=True)
        super()._live()

    def _beats(self) -> None:
        while not self._closed.wait(1 / RATE):
            with self._lock:
                if self._picture is not None:
                    self._picture.refresh()

    def _stop(self) -> None:
        if self._picture is not None:
            self._picture.stop()
            self._picture = None

    def _draw(self) -> Any:
        """The picture as it is now."""
        from rich.text import Text

        width, height = self._console.size
        return Text("\n", no_wrap=True, overflow="crop").join(
            Text(line, style) for line, style in self._lines(width - 1, height - 1)
        )

    def _lines(self, width: int, height: int) -> list[tuple[str, str]]:
        """Lines and their styles: the running steps, those to come, and how far the whole is; as many as the terminal has room for."""
        running = [(_running(at, width), "") for at in self._at.values()]
        to_come = [(_fitted(f"· {title}", width), "dim") for title in self._to_come.values()]
        if self._steps < 2 or not (running or to_come):
            return running[:height]
        foot = f"{self._gone} of {self._steps} steps, {_clock(time.monotonic() - self._began)}"
        room = max(1, height - 1)
        shown = (running + to_come)[:room]
        if len(running) + len(to_come) > room:
            foot += f", {len(running) + len(to_come) - room} more"
        return [*shown, (_fitted(foot, width), "dim")][: max(1, height)]


def _running(at: At, width: int) -> str:
    doing = at.text if not at.title else f"{at.title}: {at.text}" if at.text else at.title
    head = f"{SPINNER[int(time.monotonic() * RATE) % len(SPINNER)]} {'looking at: ' * (at.looking and not at.text)}"
    tail = f" {_clock(time.monotonic() - at.began)}"
    if at.share and at.total:
        full = min(BAR, BAR * (at.done or 0) // at.total)
        bar = f"{'━' * full}{'╌' * (BAR - full)} "
        # On a narrow terminal the words are worth more than the bar.
        tail = f" {bar if width >= 60 else ''}{at.share}{tail}"
    room = max(0, width - len(head) - len(tail))
    return _fitted(head + _fitted(redact(doing), room) + tail, width)


def _fitted(text: str, width: int) -> str:
    """On one line of so many cells at most (a cell is half of a Chinese character)."""
    from rich.cells import cell_len, set_cell_size

    text = " ".join(text.splitlines())
    return text if cell_len(text) <= width else set_cell_size(text, max(0, width - 1)) + "…"[:width]


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
