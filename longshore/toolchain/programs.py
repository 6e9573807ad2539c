"""The built programs, by name: what the other rooms ask for."""

from __future__ import annotations

from pathlib import Path

from longshore.errors import UsageError
from longshore.steps.step import Context
from longshore.toolchain import build, cache, catalogue


def find(name: str) -> Path:
    """The path of a program that is built already.

    Raises UsageError, naming `inv tools.install`, where it is not.
    """
    program = catalogue.known(name)
    if not cache.is_built(program):
        raise UsageError(f"{program.title} is not built yet", on=str(cache.root()), do="inv tools.install")
    return cache.binary(program)


def version(name: str) -> str:
    """The version that tools/go.mod pins, which is the one that `find` finds: `4.20.1`."""
    return catalogue.known(name).version


def ensure(name: str, run: Context) -> Path:
    """The path of a program, built now (with progress) where it is not there yet.

    Raises Failed and UsageError with what to do about it; Interrupted.
    """
    return build.built(catalogue.known(name), run.report, run.keep_open())
