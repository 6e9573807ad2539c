"""The registry's program, built where it isn't yet."""

from __future__ import annotations

from longshore.errors import Failed, UsageError
from longshore.steps.step import Context, Done, Status, Step, ToDo
from longshore.toolchain import build, cache
from longshore.toolchain.catalogue import CRANE

LEAVE_OUT = "or do without it: inv sandbox.up --without registry"


class BuildRegistry(Step):
    """crane is there. The first time takes a minute."""

    name = "sandbox-registry"
    title = "build the registry's program"

    def check(self, run: Context) -> Status:
        if cache.is_built(CRANE):
            return Done(CRANE.title)
        return ToDo(f"build {CRANE.title} with Go into {cache.folder(CRANE)}")

    def apply(self, run: Context) -> None:
        try:
            build.built(CRANE, run.report, run.keep_open())
        except (Failed, UsageError) as error:
            raise type(error)(error.what, on=error.on, why=error.why, do=[*error.do, LEAVE_OUT][:2]) from None
