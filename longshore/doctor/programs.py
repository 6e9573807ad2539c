"""Programs and their versions."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator

import longshore
from longshore.doctor.finding import MISSING, OK, OPTIONAL, Finding
from longshore.errors import LongshoreError
from longshore.process.run import ProgramFailed, ProgramMissing, TimedOut, run, which

AREA = "programs"
OWN = (
    ("git", ("--version",), "the commit in the history of migrations, and whether app.env is ignored"),
    ("psql", ("--version",), "inv db.shell"),
    ("pg_dump", ("--version",), "inv db.dump"),
    ("aws", ("--version",), "your own calls; longshore needs none"),
)


def findings() -> Iterator[Finding]:
    """Python, the programs that longshore builds, and the user's own that it uses where they are."""
    yield Finding(AREA, "python", OK, f"{platform.python_version()} ({sys.executable})")
    yield Finding(AREA, "longshore", OK, longshore.__version__)
    yield _migrate()
    for name, arguments, purpose in OWN:
        yield _own(name, arguments, purpose)


def _migrate() -> Finding:
    from longshore.toolchain import programs

    try:
        return Finding(
            AREA, "migrate", OK, f"golang-migrate {programs.version('migrate')} ({programs.find('migrate')})"
        )
    except LongshoreError as error:
        return Finding(AREA, "migrate", MISSING, error.what, "inv tools.install")


def _own(name: str, arguments: tuple[str, ...], purpose: str) -> Finding:
    try:
        said = run([which(name), *arguments], timeout=10)
    except ProgramMissing:
        return Finding(AREA, name, OPTIONAL, f"for {purpose}", f"install {name}")
    except (ProgramFailed, TimedOut) as error:
        return Finding(AREA, name, MISSING, error.what, f"install {name}")
    return Finding(AREA, name, OK, (said.stdout or said.stderr).splitlines()[0].strip())
