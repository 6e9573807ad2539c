"""What of a cluster has a load balancer in AWS: it must go before the cluster, or nobody is left who deletes it there, and it costs on.

https://docs.aws.amazon.com/eks/latest/userguide/delete-cluster.html
"""

from __future__ import annotations

from dataclasses import dataclass

from longshore.aws import waiting
from longshore.cluster.errors import asking
from longshore.cluster.provision.doomed import Doomed
from longshore.programs.kubernetes import KubernetesError, Object, Reason
from longshore.steps.step import Context, Done, Status, Step, ToDo
from longshore.words import counted

MINUTES = 15
KINDS = ("gateways.gateway.networking.k8s.io", "ingresses.networking.k8s.io", "services")
"""In the order in which they go: the controller of a Gateway would make its Service anew."""


@dataclass(frozen=True)
class Exposed:
    """An object with a load balancer; `address` is its name in AWS, where it has one by now. `going`: its controller is taking it away."""

    kind: str
    namespace: str
    name: str
    address: str = ""
    going: bool = False

    def __str__(self) -> str:
        kind = self.kind.partition(".")[0].removesuffix("s" if self.kind != KINDS[1] else "es")
        return f"{kind} {self.namespace}/{self.name}" + (f" ({self.address})" if self.address else "")


class LoadBalancers(Step):
    """No Service of type LoadBalancer, Ingress or Gateway is left in any namespace."""

    name = "load-balancers"

    def __init__(self, doomed: Doomed) -> None:
        self.title = f"Load balancers of {doomed.name_of_cluster}"
        self._doomed = doomed

    def check(self, run: Context) -> Status:
        """Raises Failed where the API server can't be asked: then nobody knows what would stay behind."""
        if not self._doomed.answers:
            return Done(self._doomed.silence)
        with asking(self._doomed.guard, doing="look for load balancers"):
            found = self._found(run)
        if not found:
            return Done("none")
        return ToDo(
            *(f"delete {one}" for one in found),
            "and wait until they are gone: without the cluster their load balancers would stay in AWS, and cost",
        )

    def apply(self, run: Context) -> None:
        """Raises Failed where they don't go: the cluster is left as it is."""
        with asking(self._doomed.guard, doing="delete what has a load balancer"):
            waiting.wait(run, "load balancers", MINUTES, lambda: self._look(run))

    def _look(self, run: Context) -> waiting.Look:
        try:
            left = self._found(run)
            # Also one that somebody's controller has made anew meanwhile.
            for one in left:
                if not one.going:
                    self._doomed.guard.kubectl(run).delete(one.kind, one.name, one.namespace, wait=False)
        except KubernetesError as error:
            if error.reason is not Reason.UNREACHABLE:
                raise
            return waiting.Look(False, "the API server doesn't answer")
        return waiting.Look(not left, f"{counted(len(left), 'object')} left, such as {left[0]}" if left else "")

    def _found(self, run: Context) -> list[Exposed]:
        kubectl = self._doomed.guard.kubectl(run)
        found = []
        for kind in KINDS:
            try:
                objects = kubectl.all(kind, namespace=None)
            except KubernetesError as error:
                # No such kind in this cluster.
                if error.reason is not Reason.NOT_FOUND:
                    raise
                continue
            found += [_exposed(kind, one) for one in objects if kind != "services" or _is_balanced(one)]
        return found


def _is_balanced(service: Object) -> bool:
    return bool((service.get("spec") or {}).get("type") == "LoadBalancer")


def _exposed(kind: str, found: Object) -> Exposed:
    status = found.get("status") or {}
    points = (status.get("loadBalancer") or {}).get("ingress") or status.get("addresses") or []
    first = points[0] if points else {}
    address = first.get("hostname") or first.get("ip") or first.get("value") or ""
    metadata = found["metadata"]
    return Exposed(kind, metadata["namespace"], metadata["name"], address, "deletionTimestamp" in metadata)
