"""The way back from a deployment that fails: to the revisions that served before it. Only Deployments keep revisions that can be put back."""

from __future__ import annotations

from collections.abc import Callable

from longshore.app import revisions
from longshore.app.rollout import Names, RolloutFailed, Watch
from longshore.app.undo import Undo
from longshore.app.workloads import Workload
from longshore.cluster.guard import ClusterGuard
from longshore.environments.environment import Environment
from longshore.errors import Failed, LongshoreError
from longshore.programs.kubectl import Kubectl
from longshore.steps.step import Context

MINUTES = 10.0
"""For the pods of the revisions that are put back."""


class WayBack:
    """For an environment's namespace. `watch` is the one that saw the failure."""

    def __init__(self, guard: ClusterGuard, environment: Environment) -> None:
        self._guard = guard
        self._environment = environment

    def serving(self, kubectl: Kubectl, names: Names) -> str:
        """What serves now: the Deployments' hashes, packed. Raises KubernetesError."""
        deployments = [one for one in names if one[0] == "deployment"]
        found = {}
        for one in kubectl.several(deployments, self._environment.namespace):
            workload = Workload(one)
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
        """Put back what `serving` told, and prove that it runs: the revisions in words, none where there is nothing to go back to.

        Raises Failed where that fails too.
        """
        before = revisions.unpacked(packed)
        if not before:
            run.report.warn("there is no revision of a Deployment to go back to")
            return ()
        run.report.warn(f"{failed.what} ({failed.why}): going back")
        undo = Undo(self._guard, self._environment)
        try:
            told = tuple(undo.to(run, name, hash) for name, hash in before.items())
            watch.until_ready([("deployment", name) for name in before], MINUTES, meanwhile)
            undo.prove(run, before)
        except LongshoreError as error:
            raise Failed(
                "the deployment failed, and so did the way back",
                on=failed.on,
                why=f"{failed.why}; then: {error.what}, {error.why}",
                do=f"inv app.status --env {self._environment.name}",
            ) from error
        return told
