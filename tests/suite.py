"""All checks of this repository, in the order in which they fail fastest; `./inv test` and `.ci/run` run nothing else."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from longshore.errors import Failed
from longshore.process.run import interactive

ROOT = Path(__file__).parent.parent
SOURCES = ("longshore", "tasks", "tasks.py", "tests")


def run(everything: bool, only: list[str]) -> None:
    """Style, types, then the tests. `everything` adds the exhaustive ones; `only` names files or folders of tests, and leaves the rest out.

    Raises Failed, naming what failed; pytest's closing line is the last of the output before it.
    """
    failed = []
    if not only:
        failed += [name for name, argv in _static() if _run(name, argv)]
        # Before any test: with caches in common, and no test's time limit spent on a compiler.
        if _run("tools.install", ["invoke", "tools.install"]):
            failed.append("tools.install")
    marks = [] if everything else ["-m", "not exhaustive"]
    workers = [] if only else ["-n", "2", "--dist", "loadfile"]
    if _run("pytest", ["pytest", *workers, *marks, *(only or ["tests"])]):
        failed.append("pytest")
    if failed:
        raise Failed(f"{', '.join(failed)} found faults", why="see above")


def _static() -> list[tuple[str, list[str]]]:
    return [
        ("ruff check", ["ruff", "check", *SOURCES]),
        ("ruff format", ["ruff", "format", "--check", *SOURCES]),
        ("mypy --strict", ["mypy", "--strict", "-p", "longshore", "-p", "tasks"]),
    ]


def _run(name: str, argv: list[str]) -> bool:
    """Run a checker of this virtual environment; whether it failed."""
    started = time.monotonic()
    sys.stderr.write(f"== {name}\n")
    failed = interactive([sys.executable, "-m", *argv], cwd=ROOT) != 0
    if name != "pytest":
        sys.stderr.write(f"== {name}: {'faults' if failed else 'ok'} ({time.monotonic() - started:.1f} s)\n")
    return failed
