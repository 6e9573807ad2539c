"""The way back from a deployment that fails: to the revisions that served before it. Only Deployments keep revisions that can be put back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from longshore.app import revisions
from longshore.app.undo import Undo
from longshore.cluster.guard import ClusterGuard
from longshore.environments.environment import Environment
from longshore.errors import Failed, LongshoreError
from longshore.kubernetes.marks import RUN
from longshore.kubernetes.rollout import Names, RolloutFailed, Watch
from longshore.kubernetes.workloads import Workload
from longshore.programs.kubectl import Kubectl
from longshore.steps.step import Context

MINUTES = 10.0
"""For the pods of the revisions that are put back."""


class _NotKept(Exception):
    """No earlier try of the run has such a target."""


class WayBack:
    """For an environment's namespace. `watch` is the one that saw the failure."""

    def __init__(self, guard: ClusterGuard, environment: Environment) -> None:
        self._guard = guard
        self._environment = environment

    def before(self, run: Context, kubectl: Kubectl, names: Names) -> str:
        """What served before this run applied anything: the Deployments' hashes, packed. Raises KubernetesError.

        An earlier try of the run may have kept it. That holds while what it applied is there; where it was put back, or somebody else has
        deployed since (the try may be days old), it is what serves now.
        """
        there = [
            Workload(one)
            for one in kubectl.several([one for one in names if one[0] == "deployment"], self._environment.namespace)
        ]
        kept: list[str] = []
        with suppress(_NotKept):
            while True:
                kept.append(run.target(_name(len(kept)), _not_kept, relative=True))
        if kept and any(one.about.get(RUN) == run.id for one in there):
            return kept[-1]
        now = self._serving(kubectl, there)
        return now if now in kept[-1:] else run.target(_name(len(kept)), lambda: now, relative=True)

    def _serving(self, kubectl: Kubectl, there: Sequence[Workload]) -> str:
        found = {}
        for workload in there:
            serving = revisions.serving(workload, revisions.of(kubectl, workload))
            if serving is not None:
                found[workload.name] = serving.hash
        return revisions.packed(found)

    def go(
        self,
        run: Context,
        packed: str,
        watch: Watch,
        failed: RolloutFailed,
        meanwhile: Callable[[], None],
    ) -> tuple[str, ...]:
        """Put back what `before` told, and prove that it runs: the revisions in words, none where there is nothing to go back to.

        Raises Failed where that fails too.
        """
        before = revisions.unpacked(packed)
        if not before:
            run.report.warn("there is no revision of a Deployment to go back to")
            return ()
        run.report.warn(f"{failed.what} ({failed.why}): going back")
        undo = Undo(self._guard, self._environment)
        try:
            was = {name: undo.to(run, name, hash) for name, hash in before.items()}
            watch.until_ready([("deployment", name) for name in before], MINUTES, meanwhile)
            now = undo.prove(run, before)
        except LongshoreError as error:
            raise Failed(
                "the deployment failed, and so did the way back",
                on=failed.on,
                why=f"{failed.why}; then: {error.what}, {error.why}",
                do=f"inv app.status --env {self._environment.name}",
            ) from error
        return tuple(f"{name} {was[name]} as revision {one.number}" for name, one in now.items())


def _name(number: int) -> str:
    return f"before-{number}" if number else "before"


def _not_kept() -> str:
    raise _NotKept
