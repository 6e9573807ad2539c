"""The programs of the sandbox's cluster, built where they aren't yet."""

from __future__ import annotations

from longshore.errors import Failed, UsageError
from longshore.steps.step import Context, Done, Status, Step, ToDo
from longshore.toolchain import build, cache
from longshore.toolchain.catalogue import CONTROL_PLANE, KUBECTL

NEEDED = (*CONTROL_PLANE, KUBECTL)
LEAVE_OUT = "or do without it: inv sandbox.up --without cluster"


class BuildCluster(Step):
    """The control plane's programs and kubectl are there. The first time takes minutes."""

    name = "sandbox-programs"
    title = "build the cluster's programs"

    def check(self, run: Context) -> Status:
        missing = [program for program in NEEDED if not cache.is_built(program)]
        if missing:
            return ToDo(*(f"build {program.title} with Go into {cache.folder(program)}" for program in missing))
        told = {program.source: program.title for program in NEEDED}
        return Done(", ".join(told.values()))

    def apply(self, run: Context) -> None:
        for program in NEEDED:
            # What one leaves (modules, compiled packages) the next one needs; the last one removes it.
            more = any(not cache.is_built(other) for other in NEEDED if other is not program)
            try:
                build.built(program, run.report, run.keep_open(), more=more)
            except (Failed, UsageError) as error:
                raise type(error)(error.what, on=error.on, why=error.why, do=[*error.do, LEAVE_OUT][:2]) from None
