"""The controllers that run in the cluster: which there are, how far they are ready, and where their load balancer is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from longshore.cluster.ingress_classes import CONTROLLERS, NAME_LABEL, RETIRED
from longshore.kubernetes import pods
from longshore.kubernetes.marks import labels_of
from longshore.kubernetes.workloads import KINDS, Workload
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import KubernetesError, Object, Reason

INGRESS_NGINX = CONTROLLERS[RETIRED][-1]
NGINX_PROVIDER = "--providers.kubernetesingressnginx"
"""Traefik's argument, in small letters. https://doc.traefik.io/traefik/reference/install-configuration/providers/kubernetes/kubernetes-ingress-nginx/"""
RETIREMENT = "ingress-nginx is retired since March 2026 and gets no security fixes (docs/moving-from-ingress-nginx.md)"


@dataclass(frozen=True)
class Controller:
    """What runs under one of the known names: its workloads and its Services of type LoadBalancer, in all namespaces."""

    name: str
    workloads: tuple[Workload, ...]
    services: tuple[Object, ...]

    def serves(self, controller: str) -> bool:
        """Whether the classes of a controller's id are its own."""
        if self.name not in CONTROLLERS.get(controller, ()):
            return False
        # Traefik serves ingress-nginx's classes only where its provider for them is switched on.
        return controller != RETIRED or self.name == INGRESS_NGINX or any(map(_has_nginx_provider, self.workloads))

    @property
    def ready(self) -> int:
        return sum(one.ready for one in self.workloads)

    @property
    def wanted(self) -> int:
        return sum(one.wanted for one in self.workloads)


def running(kubectl: Kubectl) -> list[Controller] | None:
    """The known ones that are in the cluster; None where this identity may not look. Raises KubernetesError."""
    names = sorted({name for several in CONTROLLERS.values() for name in several})
    try:
        found = kubectl.all(f"{KINDS},services", None, selector=f"{NAME_LABEL} in ({','.join(names)})")
    except KubernetesError as error:
        if error.reason is not Reason.FORBIDDEN:
            raise
        return None
    return [one for one in (_of(name, found) for name in names) if one.workloads]


def address_of(found: Object) -> str:
    """The host name (on AWS) or address that a load balancer gave a Service or an Ingress; empty: none yet."""
    points = ((found.get("status") or {}).get("loadBalancer") or {}).get("ingress") or [{}]
    return str(points[0].get("hostname") or points[0].get("ip") or "")


def _has_nginx_provider(workload: Workload) -> bool:
    words = (str(word).lower() for one in pods.containers(workload.object) for word in one.get("args") or [])
    return any(word.startswith(NGINX_PROVIDER) and not word.endswith("=false") for word in words)


def _of(name: str, found: Sequence[Object]) -> Controller:
    own = [one for one in found if labels_of(one).get(NAME_LABEL) == name]
    return Controller(
        name,
        tuple(Workload(one) for one in own if one["kind"] != "Service"),
        tuple(one for one in own if one["kind"] == "Service" and one["spec"].get("type") == "LoadBalancer"),
    )
