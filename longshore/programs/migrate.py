"""golang-migrate's command line (v4.20): what is asked of it, and what its answers really mean.

Everything it says goes to stderr; it exits 1 for "nothing left to apply" and 0 for "interrupted with files pending". So an outcome here holds
what it said was applied and what it complained of; whoever asks reads the version back from the database.
"""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from longshore.process.run import Completed, ProgramInterrupted, run

APPLIED = re.compile(r"^(?P<version>\d+)/(?P<direction>[ud]) (?P<title>.*?) \((?P<took>[^()]*)\)$")
ERROR = re.compile(r"^error: (?P<text>.*)", re.DOTALL | re.MULTILINE)
LOCK_TIMEOUT = 15
UNITS = {"ns": 1e-9, "µs": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
Say = Callable[[str], None]
"""Gets each line that golang-migrate prints."""

DURATION = re.compile(r"([0-9.]+)(ns|µs|us|ms|s|m|h)")


@dataclass(frozen=True)
class Applied:
    """One file that migrate said it has run: `direction` is up or down."""

    version: int
    direction: str
    title: str
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """What migrate said. `error` is its complaint without the `error: `, empty where there was none."""

    code: int
    applied: tuple[Applied, ...]
    error: str
    interrupted: bool = False


def applied(line: str) -> Applied | None:
    """A line such as `1/u accounts (6.19ms)`, or None for any other."""
    match = APPLIED.match(line.strip())
    if match is None:
        return None
    direction = "up" if match["direction"] == "u" else "down"
    return Applied(int(match["version"]), direction, match["title"], seconds(match["took"]))


def seconds(duration: str) -> float:
    """Go's way of writing a duration (`1m2.5s`) in seconds."""
    return sum(float(number) * UNITS[unit] for number, unit in DURATION.findall(duration))


@dataclass(frozen=True)
class Migrate:
    """The program at `path`, for the migrations in `folder` and the database of `url` (which holds no password; `environment` does)."""

    path: Path
    folder: Path
    url: str
    environment: Mapping[str, str]
    keep_open: Sequence[int] = ()

    def up(self, say: Say) -> Outcome:
        """Apply all that is pending."""
        return self._call(["up"], say)

    def goto(self, version: int, say: Say) -> Outcome:
        """Go up or down to a version, which must be one of the folder's."""
        return self._call(["goto", str(version)], say)

    def down_all(self, say: Say) -> Outcome:
        """Go down to the empty version."""
        return self._call(["down", "-all"], say)

    def force(self, version: int | None, say: Say) -> Outcome:
        """Write the version down as clean, running nothing; None is the empty version."""
        # `force -1` would be read as a flag.
        return self._call(["force", "--", "-1"] if version is None else ["force", str(version)], say)

    def argv(self, command: Sequence[str]) -> list[str | Path]:
        """The whole command line."""
        return [self.path, "-path", self.folder, "-database", self.url, "-lock-timeout", str(LOCK_TIMEOUT), *command]

    def _call(self, command: Sequence[str], say: Say) -> Outcome:
        ran: list[Applied] = []
        last: float | None = None

        def hear(line: str) -> None:
            nonlocal last
            if (file := applied(line)) is not None:
                # What it prints counts from when the file was read, ten files ahead: the time since the line before is nearer the truth.
                now = time.monotonic()
                ran.append(file if last is None else replace(file, seconds=min(file.seconds, now - last)))
                last = now
            say(line)

        try:
            # It finishes the file it is at on SIGINT and dies with a dirty version on SIGTERM: it gets SIGINT for both.
            ended = run(
                self.argv(command),
                env=dict(self.environment),
                on_line=hear,
                # Also ended by a signal: whoever asked looks at the database whatever happened.
                ok=range(-64, 256),
                stop=signal.SIGINT,
                keep_open=self.keep_open,
            )
        except ProgramInterrupted as interruption:
            return _outcome(interruption.completed, ran, interrupted=True)
        return _outcome(ended, ran)


def _outcome(ended: Completed, ran: Sequence[Applied], *, interrupted: bool = False) -> Outcome:
    complaint = ERROR.search(ended.stderr)
    text = complaint["text"].strip() if complaint else ""
    if ended.code != 0 and not text:
        text = _how(ended)
    return Outcome(ended.code, tuple(ran), _once(text), interrupted)


def _how(ended: Completed) -> str:
    if ended.code < 0:
        return f"it was ended by {signal.Signals(-ended.code).name}"
    return ended.stderr.strip() or f"it ended with exit code {ended.code} and said nothing"


def _once(text: str) -> str:
    # v4.20 prints some complaints twice on one line.
    half = text.removesuffix("\n")
    first, mark, second = half.partition("error: ")
    return first.strip() if mark and first.strip() == second.strip() else half
