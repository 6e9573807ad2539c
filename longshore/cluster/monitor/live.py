"""The built-in live view: a screen that is drawn anew every two seconds until q or Ctrl-C."""

from __future__ import annotations

import os
import select
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from longshore.answers import Table
from longshore.cluster.monitor import tables
from longshore.cluster.monitor.snapshot import Snapshot
from longshore.errors import LongshoreError
from longshore.process import signals
from longshore.process.redaction import redact

EVERY = 2.0
"""Seconds between two looks."""
ENDS = (b"q", b"Q", b"\x03", b"\x04", b"\x1b")
"""q, Ctrl-C, Ctrl-D, Escape."""
TICK = 0.1
BAD = ("NotReady", "BackOff", "Error", "Failed", "Warning", "Unschedulable", "not ready")
"""Words that colour a line."""


class Watch:
    """Looks again and again in a thread of its own, so that a key is heard while the API server doesn't answer."""

    def __init__(self, look: Callable[[], Snapshot]) -> None:
        self.seen: Snapshot | None = None
        self.fault = ""
        """Why the last look failed; empty: it didn't."""
        self.looks = 0
        self._look = look
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()

    def _go(self) -> None:
        while not self._ended.is_set():
            try:
                self.seen, self.fault = self._look(), ""
            except LongshoreError as error:
                self.fault = error.what + (f": {error.why}" if error.why else "")
            self.looks += 1
            self._ended.wait(EVERY)


def live(title: str, look: Callable[[], Snapshot]) -> None:
    """Show it until a key ends it. Raises Interrupted for SIGTERM; the terminal is as it was then."""
    from rich.console import Console
    from rich.live import Live

    console = Console(highlight=False, emoji=False)
    drawn, drawn_at = -1, 0.0
    with Watch(look) as watch, _keys(), Live(console=console, screen=True, auto_refresh=False) as screen:
        while not _ended():
            signals.check()
            # Once a second in any case: the window may have another size.
            if watch.looks != drawn or time.monotonic() - drawn_at > 1:
                drawn, drawn_at = watch.looks, time.monotonic()
                screen.update(_view(title, watch, console.height), refresh=True)


def _ended() -> bool:
    ready, _, _ = select.select([sys.stdin.fileno()], [], [], TICK)
    if not ready:
        return False
    typed = os.read(sys.stdin.fileno(), 1)
    return typed in ENDS or not typed


@contextmanager
def _keys() -> Iterator[None]:
    """Keys come one by one, are not shown, and Ctrl-C is one of them."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    raw = termios.tcgetattr(terminal)
    raw[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG)
    termios.tcsetattr(terminal, termios.TCSADRAIN, raw)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _view(title: str, watch: Watch, height: int) -> Any:
    from rich.text import Text

    seen = watch.seen
    at = seen.at.astimezone().strftime("%H:%M:%S") if seen else "looking ..."
    lines = [(f"{title}  {at}  every {EVERY:g} s, q ends", "bold")]
    if watch.fault:
        lines.append((f"not reached: {watch.fault}", "red"))
    if seen is not None:
        lines += [(f"{kind}: not seen: {why}", "magenta") for kind, why in seen.unseen.items()]
        above = tables.tables(seen, events=0)
        # What is left of the screen is for events.
        left = max(3, height - len(lines) - sum(len(one.rows) + 2 for one in above) - 3)
        for table in tables.tables(seen, events=left):
            lines += [("", ""), *_lines(table)]
    view = Text(no_wrap=True, overflow="ellipsis")
    for line, style in lines[:height]:
        view.append(redact(line) + "\n", style or None)
    return view


def _lines(table: Table) -> list[tuple[str, str]]:
    if not table.rows:
        return [(table.empty, "")]
    rows = [tuple(table.columns), *table.rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [(lines[0], "bold"), *((line, "yellow" if _is_bad(line) else "") for line in lines[1:])]


def _is_bad(line: str) -> bool:
    return any(word in line for word in BAD)
