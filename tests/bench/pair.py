"""Time two commands in turns, as whole processes."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Command:
    """What is timed. `before` is run before each time, untimed."""

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    before: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Times:
    """Seconds of each run of a pair, in the order in which they were made."""

    ours: tuple[float, ...]
    other: tuple[float, ...]
    peak_megabytes: float
    """The largest single process of ours."""

    @property
    def ratio(self) -> float:
        """Of the medians."""
        return statistics.median(self.ours) / statistics.median(self.other)


def once(command: Command) -> tuple[float, float]:
    """Seconds and peak memory (MB). Raises RuntimeError, with what was said, when the command fails."""
    command.before()
    started = time.perf_counter()
    child = subprocess.Popen(
        list(command.argv), cwd=command.cwd, env=dict(command.env), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert child.stdout is not None
    said = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if child.returncode != 0:
        raise RuntimeError(f"{' '.join(command.argv)} ended with {child.returncode}: {said.decode(errors='replace')[-800:]}")
    return seconds, _megabytes(usage)


def _megabytes(usage: resource.struct_rusage) -> float:
    # Kilobytes on Linux, bytes on macOS.
    return usage.ru_maxrss / (1 << 20 if os.uname().sysname == "Darwin" else 1 << 10)


def measure(ours: Command, other: Command, rounds: int) -> Times:
    """A B A B ..., after one round that isn't counted."""
    once(ours), once(other)
    pairs = [(once(ours), once(other)) for _ in range(rounds)]
    return Times(
        tuple(mine[0] for mine, _ in pairs),
        tuple(theirs[0] for _, theirs in pairs),
        max(mine[1] for mine, _ in pairs),
    )
