"""Where built programs are kept: one folder of the user's, shared by all checkouts."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from longshore.toolchain.catalogue import GoProgram


def root() -> Path:
    """LONGSHORE_CACHE, else `longshore` in XDG_CACHE_HOME, else in the platform's folder for caches."""
    if own := os.environ.get("LONGSHORE_CACHE"):
        return Path(own).expanduser().absolute()
    # A relative one is to be ignored: XDG Base Directory Specification.
    if (xdg := os.environ.get("XDG_CACHE_HOME")) and Path(xdg).is_absolute():
        return Path(xdg) / "longshore"
    home = Path.home()
    return (home / "Library/Caches" if sys.platform == "darwin" else home / ".cache") / "longshore"


def folder(program: GoProgram) -> Path:
    """The folder of a program as it is pinned now, on this platform; another pin is another folder."""
    also = (program.package, *program.tags, program.linker_flags, *program.data, sys.platform, platform.machine())
    return root() / "tools" / f"{program.name}-{program.module.fingerprint(also)}"


def binary(program: GoProgram) -> Path:
    """Where the program is once it is built. The folder appears whole or not at all."""
    return folder(program) / "bin" / program.name


def data(program: GoProgram, name: str) -> Path:
    """The folder of this name that is kept beside the program."""
    return folder(program) / "data" / name


def is_built(program: GoProgram) -> bool:
    """Whether it is there."""
    return os.access(binary(program), os.X_OK)
