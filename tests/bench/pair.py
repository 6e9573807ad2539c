"""Time commands in turns, as whole processes."""

from __future__ import annotations

import os
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
    """Seconds of each counted run of a command, and the peak memory (MB) of the largest of its processes."""

    seconds: tuple[float, ...]
    megabytes: float

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def once(command: Command) -> tuple[float, float]:
    """Seconds and peak memory. Raises RuntimeError, with what was said, when the command fails."""
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
        raise RuntimeError(
            f"{' '.join(command.argv)} ended with {child.returncode}: {said.decode(errors='replace')[-800:]}"
        )
    # Kilobytes on Linux, bytes on macOS.
    return seconds, usage.ru_maxrss / (1 << 20 if os.uname().sysname == "Darwin" else 1 << 10)


def in_turns(commands: Mapping[str, Command], rounds: int) -> dict[str, Times]:
    """A B C A B C ..., after one round that isn't counted."""
    for command in commands.values():
        once(command)
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            measured[name].append(once(command))
    return {
        name: Times(tuple(seconds for seconds, _ in runs), max(megabytes for _, megabytes in runs))
        for name, runs in measured.items()
    }
