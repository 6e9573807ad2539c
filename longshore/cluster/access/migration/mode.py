"""The authentication mode of a cluster. It goes one way: CONFIG_MAP, API_AND_CONFIG_MAP, API.

https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html
"""

from __future__ import annotations

from longshore.aws import waiting
from longshore.aws.errors import code_of
from longshore.cluster.eks import MODES
from longshore.cluster.guard import ClusterGuard
from longshore.errors import Failed
from longshore.steps.step import Context, Done, Status, Step, ToDo

MINUTES = 20
"""AWS says some minutes."""


class ChangeMode(Step):
    """The cluster's authentication mode is at least `to`."""

    def __init__(self, guard: ClusterGuard, to: str) -> None:
        self.name = f"mode-{to.lower().replace('_', '-')}"
        self.title = f"Authentication mode {to}"
        self._guard = guard
        self._to = to

    def check(self, run: Context) -> Status:
        mode = self._guard.cluster.mode
        if MODES.index(mode) >= MODES.index(self._to):
            return Done(mode)
        return ToDo(f"{mode} to {self._to}, for good: EKS has no way back")

    def apply(self, run: Context) -> None:
        name, eks = self._guard.cluster.name, self._guard.eks
        update = ""
        try:
            update = eks.change_mode(name, self._to)
        except Failed as error:
            # Another update is under way: this very one, where an earlier run of ours was killed.
            if error.__cause__ is None or code_of(error.__cause__) != "ResourceInUseException":
                raise
            run.report.note(f"an update of {name} is under way already")

        def look() -> waiting.Look:
            if update:
                status, said = eks.update(name, update)
                if status in ("Failed", "Cancelled"):
                    raise Failed(
                        f"AWS could not change the authentication mode to {self._to}", on=name, why=said or status
                    )
            found = eks.cluster(name)
            mode = found.mode if found else ""
            return waiting.Look(
                mode in MODES and MODES.index(mode) >= MODES.index(self._to), f"authentication mode {mode}"
            )

        waiting.wait(run, name, MINUTES, look)
        self._guard.look_again(run)
