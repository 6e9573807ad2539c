"""`tools.install`: a step per program."""

from __future__ import annotations

from longshore.steps.step import Context, Done, Status, Step, ToDo
from longshore.toolchain import build, cache
from longshore.toolchain.catalogue import PROGRAMS, GoProgram


class Build(Step):
    """Build a program where the cache does not have it."""

    def __init__(self, program: GoProgram) -> None:
        self.name = f"tools.{program.name}"
        self.title = program.title
        self._program = program

    def check(self, run: Context) -> Status:
        if cache.is_built(self._program):
            return Done(f"built, in {cache.binary(self._program)}")
        return ToDo(f"build it with Go into {cache.folder(self._program)}")

    def apply(self, run: Context) -> None:
        more = any(not cache.is_built(other) for other in PROGRAMS if other is not self._program)
        build.built(self._program, run.report, run.keep_open(), more=more)


def install() -> list[Step]:
    """All the programs that tools/go.mod pins, one after the other: Go itself uses all cores."""
    return [Build(program) for program in PROGRAMS]
