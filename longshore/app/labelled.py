"""What of the cluster's is the application's: by the label that longshore puts on all that it applies. And how it is taken away."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from longshore.app.wish import Wish
from longshore.aws import waiting
from longshore.cluster.guard import ClusterGuard
from longshore.environments.environment import Environment
from longshore.kubernetes.marks import APP, SECRET_OF, key
from longshore.programs.kubectl import Kubectl, kinds_and_names
from longshore.programs.kubernetes import KubernetesError, Reason
from longshore.steps.step import Context

FIRST = ("ingresses.networking.k8s.io", "services")
"""Those with a load balancer: waited for before the rest goes."""
THEN = (
    "horizontalpodautoscalers.autoscaling", "deployments.apps", "statefulsets.apps", "daemonsets.apps", "cronjobs.batch",
    "jobs.batch", "poddisruptionbudgets.policy", "networkpolicies.networking.k8s.io", "configmaps", "secrets",
    "rolebindings.rbac.authorization.k8s.io", "roles.rbac.authorization.k8s.io", "serviceaccounts",
)  # fmt: skip
"""Volumes (PersistentVolumeClaims) stay: they are data."""
MINUTES = 15

Name = tuple[str, str]
"""Kind with its API group (`deployment.apps`), and name."""


def names(kubectl: Kubectl, environment: Environment, kinds: Sequence[str] = (*FIRST, *THEN)) -> list[Name]:
    """What longshore applied of these kinds, in the order in which it is deleted. Raises KubernetesError."""
    return in_order(kubectl.kinds_and_names(kinds, environment.namespace, selector=f"{APP}={environment.app}"))


def left(kubectl: Kubectl, wish: Wish, kinds: Sequence[str] = (*FIRST, *THEN)) -> list[Name]:
    """What longshore applied once, and the manifests no longer have. Old versions of app.env are left to PruneSecrets.

    Kinds that this identity may not list are left out: it can't have applied them. Raises KubernetesError.
    """
    env = wish.environment
    try:
        found = kubectl.kinds_and_names(kinds, env.namespace, selector=f"{APP}={env.app},!{SECRET_OF}")
    except KubernetesError as error:
        if error.reason is not Reason.FORBIDDEN:
            raise
        found = kinds_and_names(error.printed)
    wished = {(kind.lower(), name) for kind, namespace, name in map(key, wish.objects()) if namespace == env.namespace}
    return in_order([one for one in found if one not in wished])


def in_order(found: Sequence[Name]) -> list[Name]:
    """As they are deleted."""
    ranks = {_singular(kind): rank for rank, kind in enumerate((*FIRST, *THEN))}
    return sorted(found, key=lambda one: ranks.get(one[0], len(ranks)))


def _singular(kind: str) -> str:
    """`ingresses.networking.k8s.io` as an object's name has it: `ingress.networking.k8s.io`."""
    name, dot, group = kind.partition(".")
    singular = {"ingresses": "ingress", "networkpolicies": "networkpolicy"}.get(name, name.removesuffix("s"))
    return singular + dot + group


def words(found: Sequence[Name]) -> list[str]:
    """For a plan: `delete service/bank`."""
    return [f"delete {kind.partition('.')[0]}/{name}" for kind, name in found]


def delete(
    run: Context, guard: ClusterGuard, namespace: str, find: Callable[[Kubectl, Sequence[str]], list[Name]]
) -> None:
    """Delete what `find` finds of kinds, until it finds nothing: first what has a load balancer, so that none stays in AWS.

    Raises KubernetesError; Failed where something doesn't go.
    """
    for kinds in (FIRST, THEN):
        for kind, name in find(guard.kubectl(run), kinds):
            guard.kubectl(run).delete(kind, name, namespace, wait=False)

        def look(kinds: Sequence[str] = kinds) -> waiting.Look:
            left = find(guard.kubectl(run), kinds)
            return waiting.Look(not left, ", ".join(name for _, name in left[:3]))

        waiting.wait(run, "objects", MINUTES, look)
