"""The charts that longshore installs, each with the version that its values were written for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pinned:
    """A chart. `name` is ours (`nginx-f5`), `chart` the publisher's (`nginx-ingress`); `address` is where the publisher has it: an OCI address
    without the chart's name, or a repository's index (https). It is installed as the release `release` into `namespace`.
    """

    name: str
    chart: str
    version: str
    address: str
    release: str
    namespace: str
    class_value: str = ""
    """Which of its values names the IngressClass."""

    def __str__(self) -> str:
        return f"{self.chart} {self.version}"


TRAEFIK = Pinned(
    "traefik", "traefik", "41.3.0", "oci://ghcr.io/traefik/helm", "traefik", "traefik", "ingressClass.name"
)
NGINX_F5 = Pinned(
    "nginx-f5",
    "nginx-ingress",
    "2.6.4",
    "oci://ghcr.io/nginx/charts",
    "nginx-ingress",
    "nginx-ingress",
    "controller.ingressClass.name",
)
ALB = Pinned(
    "alb", "aws-load-balancer-controller", "3.5.0", "https://aws.github.io/eks-charts",
    "aws-load-balancer-controller", "kube-system", "ingressClass",
)  # fmt: skip
CERT_MANAGER = Pinned(
    "cert-manager", "cert-manager", "v1.21.1", "oci://quay.io/jetstack/charts", "cert-manager", "cert-manager"
)
