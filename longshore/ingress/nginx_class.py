"""The class `nginx` for Traefik's NGINX provider.

The provider finds its Ingresses by an IngressClass whose controller is ingress-nginx's, and its chart makes none: with ingress-nginx the class
would go, and all rules of it with the class (https://doc.traefik.io/traefik/migrate/nginx-to-traefik/).
"""

from __future__ import annotations

from longshore.cluster import ingress_classes as classes
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard
from longshore.programs.kubernetes import KubernetesError, Reason
from longshore.steps.step import Context, Done, Status, Step, ToDo

NAME = "nginx"


class KeepNginxClass(Step):
    """There is a class of that name; whose it is, is told."""

    name = "nginx-class"
    title = f"Ingress class {NAME}"

    def __init__(self, guard: ClusterGuard) -> None:
        self._guard = guard

    def check(self, run: Context) -> Status:
        with asking(self._guard, doing="look at the classes"):
            found = self._guard.kubectl(run).find(classes.KIND, NAME)
        if found is None:
            return ToDo(f"create IngressClass {NAME}, which Traefik serves with ingress-nginx's annotations")
        known = classes.read(found)
        if known.controller != classes.RETIRED:
            return Done(f"{known}: not served by Traefik")
        return Done(f"{known}: served by Traefik")

    def apply(self, run: Context) -> None:
        wished = {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "IngressClass",
            "metadata": {"name": NAME},
            "spec": {"controller": classes.RETIRED},
        }
        with asking(self._guard, doing="make the class", on=NAME):
            try:
                self._guard.kubectl(run).create(wished)
            except KubernetesError as error:
                if error.reason is not Reason.EXISTS:
                    raise
