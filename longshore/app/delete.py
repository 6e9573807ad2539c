"""app.delete: what longshore applied for the application is gone: what has a load balancer first, so that none stays in AWS."""

from __future__ import annotations

from longshore.app.manifests import folder
from longshore.app.marks import APP, SECRET_OF
from longshore.aws import waiting
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard, guards
from longshore.environments.environment import Environment
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import KubernetesError, Reason
from longshore.steps.step import Context, Done, Status, Step, ToDo

FIRST = ("ingresses.networking.k8s.io", "services")
"""Those with a load balancer: waited for before the rest goes."""
THEN = (
    "horizontalpodautoscalers.autoscaling", "deployments.apps", "statefulsets.apps", "daemonsets.apps", "cronjobs.batch",
    "jobs.batch", "poddisruptionbudgets.policy", "networkpolicies.networking.k8s.io", "configmaps", "secrets",
    "rolebindings.rbac.authorization.k8s.io", "roles.rbac.authorization.k8s.io", "serviceaccounts",
)  # fmt: skip
"""Volumes (PersistentVolumeClaims) stay: they are data."""
MINUTES = 15


class DeleteApp(Step):
    """By the label that longshore puts on all that it applies, in the environment's namespace."""

    name = "app-deletion"

    def __init__(self, environment: Environment, guard: ClusterGuard) -> None:
        folder(environment)
        self.title = f"Everything of {environment.app} in {environment.namespace}"
        self._environment = environment
        self._guard = guard

    def check(self, run: Context) -> Status:
        with asking(self._guard, doing="look at what is deployed"):
            found = self._found(self._guard.kubectl(run), (*FIRST, *THEN))
        return ToDo(*(f"delete {kind.partition('.')[0]}/{name}" for kind, name in found)) if found else Done("gone")

    def apply(self, run: Context) -> None:
        """Raises Failed where something doesn't go: run it again."""
        with asking(self._guard, doing="delete the application"):
            for kinds in (FIRST, THEN):
                for kind, name in self._found(self._guard.kubectl(run), kinds):
                    self._guard.kubectl(run).delete(kind, name, self._environment.namespace, wait=False)
                waiting.wait(run, "objects", MINUTES, lambda kinds=kinds: self._look(run, kinds))  # type: ignore[misc]

    def _look(self, run: Context, kinds: tuple[str, ...]) -> waiting.Look:
        left = self._found(self._guard.kubectl(run), kinds)
        return waiting.Look(not left, ", ".join(name for _, name in left[:3]))

    def _found(self, kubectl: Kubectl, kinds: tuple[str, ...]) -> list[tuple[str, str]]:
        space, app = self._environment.namespace, self._environment.app
        found: dict[tuple[str, str], None] = {}
        for label in (APP, SECRET_OF):
            wanted = kinds if label == APP else tuple(kind for kind in kinds if kind == "secrets")
            try:
                lines = kubectl.kinds_and_names(wanted, space, selector=f"{label}={app}")
            except KubernetesError as error:
                if error.reason is not Reason.NOT_FOUND:
                    raise
                continue
            found |= dict.fromkeys(lines)
        order = {kind.partition(".")[0].rstrip("s"): rank for rank, kind in enumerate(kinds)}
        return sorted(found, key=lambda one: order.get(one[0].partition(".")[0], len(order)))


def delete(environment: Environment) -> list[Step]:
    """The steps."""
    identity, guard = guards(environment)
    return [identity, guard, DeleteApp(environment, guard)]
