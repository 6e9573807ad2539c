"""Folders for what must be there only while something goes on: a copy of the context, a saved image, a login. Only their owner can enter them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from longshore.environments.environment import Environment

TMP = "tmp"
"""The folder in .longshore."""

BUILD, LAYERS, LOGIN = "build", "layers", "login"


@contextmanager
def workspace(environment: Environment, what: str) -> Iterator[Path]:
    """An empty folder; gone at the end, whatever happened. What killed processes left is removed first (it may hold secrets)."""
    folder = environment.state / TMP
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    sweep(environment)
    place = Path(tempfile.mkdtemp(prefix=f"{what}-{os.getpid()}-", dir=folder))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def sweep(environment: Environment) -> list[Path]:
    """Remove the folders whose process has ended; those that were there."""
    gone = []
    for left in (environment.state / TMP).glob("*-*-*"):
        number = left.name.split("-")[1]
        if number.isdigit() and not _lives(int(number)):
            shutil.rmtree(left, ignore_errors=True)
            gone.append(left)
    return gone


def _lives(pid: int) -> bool:
    with suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True
