"""`longshore`: the same tasks as a program of its own, for a folder that has no tasks.py yet."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from invoke.collection import Collection
from invoke.program import Program

import longshore


def _has_tasks_file(start: Path) -> bool:
    return any((folder / "tasks.py").is_file() for folder in (start, *start.parents))


def main() -> None:
    """Run `longshore`. A project's own tasks.py is what counts where there is one; `init` always says the bundled thing."""
    bundled: Collection | None = None
    if "init" in sys.argv[1:2] or not _has_tasks_file(Path.cwd()):
        bundled = import_module("longshore.tasks").ns
    Program(
        name="longshore",
        binary="longshore",
        binary_names=["longshore"],
        version=longshore.__version__,
        namespace=bundled,
    ).run()
