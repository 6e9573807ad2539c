"""Which Go programs there are, and how each is built."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from longshore.errors import UsageError, nearest
from longshore.toolchain.module import GoModule, pinned


@dataclass(frozen=True)
class GoProgram:
    """A program of a Go module: `package` is its main package; `source` the module that its version is that of (empty: it has none).

    `tags` are build tags. `version_variable` is the Go variable that the linker sets to the version, where the program has one.
    `module` is the module whose go.mod pins it.
    """

    name: str
    package: str
    source: str = ""
    tags: tuple[str, ...] = ()
    version_variable: str = ""
    folder: Path | None = None

    @cached_property
    def module(self) -> GoModule:
        return GoModule(self.folder) if self.folder else pinned()

    @property
    def version(self) -> str:
        """As go.mod pins it, without the `v`; empty for a program without a version of its own."""
        return self.module.version_of(self.source).removeprefix("v") if self.source else ""

    @property
    def title(self) -> str:
        """For a person: `migrate 4.20.1`."""
        return f"{self.name} {self.version}".strip()

    @property
    def linker_flags(self) -> str:
        """No symbol table and no debug information: a third of the size."""
        return "-s -w" + (f" -X {self.version_variable}={self.version}" if self.version_variable else "")


MIGRATE = GoProgram(
    name="migrate",
    package="github.com/golang-migrate/migrate/v4/cmd/migrate",
    source="github.com/golang-migrate/migrate/v4",
    tags=("postgres",),
    version_variable="main.Version",
)

PROGRAMS = (MIGRATE,)
"""What `tools.install` builds."""


def known(name: str) -> GoProgram:
    """The program of this name.

    Raises UsageError with the names there are.
    """
    for program in PROGRAMS:
        if program.name == name:
            return program
    names = [program.name for program in PROGRAMS]
    raise UsageError(f"no such program: {name}", why=f"there are {', '.join(names)}{nearest(name, names)}")
