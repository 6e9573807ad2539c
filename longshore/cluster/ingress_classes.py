"""IngressClasses: which controller serves a rule. https://kubernetes.io/docs/concepts/services-networking/ingress/#ingress-class"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from longshore.environments.environment import Environment
from longshore.errors import UsageError, nearest
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import KubernetesError, Object, Reason

KIND = "ingressclasses.networking.k8s.io"
INGRESSES = "ingresses.networking.k8s.io"
DEFAULT = "ingressclass.kubernetes.io/is-default-class"
LEGACY = "kubernetes.io/ingress.class"
"""The annotation by which an Ingress named its class before `spec.ingressClassName`; controllers still read it."""
ALB = "ingress.k8s.aws/alb"
RETIRED = "k8s.io/ingress-nginx"
"""ingress-nginx's, and since Traefik's NGINX provider serves the same classes, perhaps Traefik's: its pods tell which."""

CONTROLLERS = {
    "traefik.io/ingress-controller": ("traefik",),
    RETIRED: ("traefik", "ingress-nginx"),
    "nginx.org/ingress-controller": ("nginx-ingress",),
    ALB: ("aws-load-balancer-controller",),
}
"""The label app.kubernetes.io/name of those that serve a controller's classes, as their charts set it."""
NAME_LABEL = "app.kubernetes.io/name"


@dataclass(frozen=True)
class IngressClass:
    """One of them."""

    name: str
    controller: str
    is_default: bool = False

    def __str__(self) -> str:
        return f"{self.name} ({self.controller})"


def read(found: Object) -> IngressClass:
    """As the API has it."""
    return IngressClass(
        str(found["metadata"]["name"]),
        str((found.get("spec") or {}).get("controller", "")),
        _annotation(found, DEFAULT) == "true",
    )


def all_of(kubectl: Kubectl) -> list[IngressClass] | None:
    """Those of the cluster by name; None where this identity may not look at them. Raises KubernetesError."""
    try:
        return sorted((read(one) for one in kubectl.all(KIND)), key=lambda one: one.name)
    except KubernetesError as error:
        if error.reason is not Reason.FORBIDDEN:
            raise
        return None


def of_ingress(ingress: Object) -> str:
    """The class that an Ingress names; empty where it names none."""
    return str((ingress.get("spec") or {}).get("ingressClassName") or _annotation(ingress, LEGACY))


def default(found: Sequence[IngressClass]) -> IngressClass | None:
    """What a rule gets that names none: the class that is marked so, or the only one."""
    marked = [one for one in found if one.is_default]
    if len(marked) == 1:
        return marked[0]
    return found[0] if len(found) == 1 else None


def chosen(found: Sequence[IngressClass] | None, name: str, environment: Environment) -> IngressClass:
    """The one of that name, else the default. Raises UsageError where it can't be told, naming those that there are."""
    env = f"--env {environment.name}"
    if found is None:
        if name:
            return IngressClass(name, "")
        raise UsageError("which class? this identity may not look at the cluster's", do="name it: --class NAME")
    if not found:
        raise UsageError(
            "there is no ingress controller", why="the cluster has no IngressClass", do=f"inv ingress.install {env}"
        )
    names = [one.name for one in found]
    if name:
        named = next((one for one in found if one.name == name), None)
        if named is None:
            raise UsageError(
                f"there is no class {name}{nearest(name, names)}", on="--class", why=f"the cluster has {', '.join(map(str, found))}",
                do=(f"--class {(default(found) or found[0]).name}", f"another controller: inv ingress.install {env}"),
            )  # fmt: skip
        return named
    only = default(found)
    if only is None:
        raise UsageError("which class? there are several", on=", ".join(names), do="name it: --class NAME")
    return only


def _annotation(found: Object, name: str) -> str:
    return str((found["metadata"].get("annotations") or {}).get(name, ""))
