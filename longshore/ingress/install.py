"""ingress.install: a controller by its chart, the class that it serves, and the load balancer in front of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longshore.charts.catalogue import ALB, NGINX_F5, TRAEFIK, Pinned
from longshore.charts.install import InstallChart
from longshore.charts.merging import FOLDER, merged
from longshore.cluster import ingress_classes as classes
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard, guards
from longshore.environments.environment import Environment
from longshore.errors import UsageError, nearest
from longshore.ingress import controllers
from longshore.ingress.balancer import AwaitAddress
from longshore.ingress.nginx_class import KeepNginxClass
from longshore.steps.step import Context, Done, Look, Status, Step

CHOICES: Mapping[str, Pinned] = {one.name: one for one in (TRAEFIK, NGINX_F5, ALB)}
ROLE = "eks.amazonaws.com/role-arn"


class Standing(Look):
    """What serves Ingresses already; warns of ingress-nginx. `retired` tells whether that runs."""

    name = "controllers"
    title = "Controllers that are there"

    def __init__(self, guard: ClusterGuard) -> None:
        self._guard = guard
        self.retired = False
        self.default = ""
        """The class of an Ingress that names none; empty: there is none."""

    def check(self, run: Context) -> Status:
        with asking(self._guard, doing="look at the controllers"):
            kubectl = self._guard.kubectl(run)
            there, known = controllers.running(kubectl), classes.all_of(kubectl)
        self.retired = any(one.name == controllers.INGRESS_NGINX for one in there or [])
        self.default = next((one.name for one in known or [] if one.is_default), "")
        if self.retired and run.planning:
            run.report.warn(controllers.RETIREMENT)
        if there is None or known is None:
            return Done("this identity may not look")
        told = [f"{one.name} {one.ready} of {one.wanted} pods ready" for one in there]
        return Done("; ".join([*(told or ["none"]), f"classes: {', '.join(map(str, known)) or 'none'}"]))


def install(environment: Environment, controller: str = TRAEFIK.name, chart: str = "") -> list[Step]:
    """The steps. `chart` is a path or an OCI address; empty: the pinned one. Raises UsageError for a controller that there isn't."""
    pinned = CHOICES.get(controller)
    if pinned is None:
        raise UsageError(
            f"there is no controller {controller}{nearest(controller, list(CHOICES))}",
            on="--controller",
            why=f"allowed: {', '.join(CHOICES)}",
        )
    identity, guard = guards(environment)
    standing = Standing(guard)
    first: list[Step] = [identity, guard, standing]
    if pinned is ALB:
        # It has no load balancer of its own: it makes one for the rules.
        return [*first, InstallChart(environment, guard, pinned, chart, lambda run: _of_alb(environment, guard, run))]
    if pinned is TRAEFIK:
        step = InstallChart(environment, guard, pinned, chart, lambda run: _of_traefik(standing))
        return [*first, step, KeepNginxClass(guard), AwaitAddress(guard, step)]
    step = InstallChart(environment, guard, pinned, chart)
    return [*first, step, AwaitAddress(guard, step)]


def _of_traefik(standing: Standing) -> Mapping[str, Any]:
    return {
        # Two default classes would leave it to chance.
        "ingressClass": {"isDefaultClass": standing.default in ("", TRAEFIK.release)},
        # Two controllers that write their address into the same Ingresses would do so in turns.
        "providers": {"kubernetesIngressNGINX": {"publishService": {"enabled": not standing.retired}}},
    }


def _of_alb(environment: Environment, guard: ClusterGuard, run: Context) -> Mapping[str, Any]:
    account = merged(ALB, environment, {}).get("serviceAccount") or {}
    if run.planning and ROLE not in (account.get("annotations") or {}):
        run.report.warn(
            f"the controller needs an IAM role that may manage load balancers: serviceAccount.annotations.{ROLE} in {FOLDER}/{ALB.name}.yaml, "
            f"or a Pod Identity association of {ALB.namespace}/{ALB.release}"
        )
    return {"clusterName": environment.eks_cluster, "region": environment.region, "vpcId": guard.cluster.vpc}
