"""The links that are in the cluster: the controller, the rule, the Service, its endpoints. Judged from what was read, nothing is asked."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from longshore.cluster import ingress_classes as classes
from longshore.cluster.ingress_classes import IngressClass
from longshore.ingress import controllers, nginx_annotations
from longshore.ingress.chain.link import CONTROLLER, ENDPOINTS, RULE, SERVICE, Link, broken, not_checked, ok
from longshore.ingress.chain.seen import Seen
from longshore.ingress.controllers import Controller
from longshore.ingress.rules import Rule
from longshore.ingress.services import Service
from longshore.words import counted


def controller(name: str, seen: Seen) -> tuple[Link, Sequence[Controller]]:
    """Of a class (empty: none is named), and those that serve it: the one that is looked at first."""
    install = f"inv ingress.install --env {seen.environment.name}"
    if seen.classes is None:
        return not_checked(CONTROLLER, "this identity may not look at the cluster's classes"), ()
    if not name:
        return broken(CONTROLLER, "the Ingress names no class, and no class is the default", install), ()
    found = seen.find_class(name)
    if found is None:
        return broken(CONTROLLER, f"there is no class {name}", install), ()
    if found.controller not in classes.CONTROLLERS:
        return not_checked(CONTROLLER, f"{found.controller} of class {name} is not one that longshore knows"), ()
    if seen.controllers is None:
        return not_checked(CONTROLLER, "this identity may not look at other namespaces"), ()
    serving = [one for one in seen.controllers if one.serves(found.controller)]
    if not serving:
        return broken(CONTROLLER, f"nothing runs that serves class {name} ({found.controller})", install), ()
    # Where one takes the other's place, the new one is what is looked at.
    serving.sort(key=lambda one: (one.name == controllers.INGRESS_NGINX, -one.ready))
    first = serving[0]
    told = f"{first.name}: {first.ready} of {counted(first.wanted, 'pod')} ready"
    if not first.ready:
        return broken(CONTROLLER, told, install), serving
    if first.name == controllers.INGRESS_NGINX:
        told = f"{told}; {controllers.RETIREMENT}"
    return ok(CONTROLLER, told), serving


def rule(found: Sequence[Rule], seen: Seen, by: Controller | None = None) -> Link:
    """Of a host: each path is led to one place, and the controller (`by`) hasn't complained. What it passes over is told."""
    for one in found:
        same = [
            other
            for other in seen.everywhere
            if other.key == one.key
            and seen.class_of(other) == seen.class_of(one)
            and (other.namespace, other.ingress) != (one.namespace, one.ingress)
        ]
        if same:
            where = f"{one.namespace}/{one.ingress} and {same[0].namespace}/{same[0].ingress}"
            return broken(RULE, f"{one.shown} is led to two places, by {where}", "take it out of one of them")
    for name in dict.fromkeys(one.ingress for one in found):
        if name in seen.complaints:
            do = f"inv ingress.rules --env {seen.environment.name}"
            return broken(RULE, f"Ingress {name}: {seen.complaints[name]}", do)
    told = ", ".join(f"{one.shown} → {one.target}" for one in found)
    return ok(RULE, "; ".join([told, *_passed_over(found, seen, by)]))


def _passed_over(found: Sequence[Rule], seen: Seen, by: Controller | None) -> list[str]:
    if by is None or by.name == controllers.INGRESS_NGINX:
        return []
    names = [one.ingress for one in found if _is_retired(seen.find_class(seen.class_of(one)))]
    each = {name: nginx_annotations.ignored(seen.ingresses[name]) for name in names}
    return [f"{by.name} passes over {', '.join(some)} of Ingress {name}" for name, some in each.items() if some]


def _is_retired(found: IngressClass | None) -> bool:
    return found is not None and found.controller == classes.RETIRED


def service(found: Sequence[Rule], seen: Seen) -> Link:
    """All Services of a host are there, with the ports that are named."""
    env = f"--env {seen.environment.name}"
    found = [one for one in found if one.is_to_service]
    for one in found:
        there = seen.services.get(one.service)
        if there is None:
            return broken(SERVICE, f"there is no Service {one.service} for {one.shown}", f"inv app.deploy {env}")
        if not there.port(one.port):
            ports = ", ".join(str(port) for port in there.ports)
            do = f"inv ingress.add {env} --host {shlex.quote(one.host)} --path {one.path} --service {one.service} --port PORT"
            return broken(SERVICE, f"{one.service} for {one.shown} has no port {one.port}: it has {ports}", do)
    told = ", ".join(dict.fromkeys(one.target for one in found))
    return ok(SERVICE, told) if told else not_checked(SERVICE, "it leads to no Service")


def endpoints(found: Sequence[Rule], seen: Seen) -> Link:
    """Each Service of a host has a pod that is ready."""
    there = {one.service: one for one in found if one.service in seen.services}
    told = []
    for name, one in there.items():
        behind = seen.services[name]
        if behind.external:
            told.append(f"{name} stands for {behind.external}")
        elif behind.ready:
            told.append(f"{name} {behind.ready} of {behind.endpoints} ready")
        else:
            return _nobody(behind, one, seen)
    return ok(ENDPOINTS, ", ".join(told)) if told else not_checked(ENDPOINTS, "there is no Service")


def _nobody(behind: Service, one: Rule, seen: Seen) -> Link:
    """The link of a Service that leads to no ready pod."""
    if not behind.selector:
        why, do = "it has no endpoints, and no selector that finds pods", f"kubectl describe service {behind.name}"
    else:
        there = (
            f"none of {counted(behind.endpoints, 'pod')} is ready"
            if behind.endpoints
            else "no pod with its labels runs"
        )
        why, do = there, f"kubectl get pods --selector {shlex.quote(behind.selector)}"
    return broken(ENDPOINTS, f"{behind.name} for {one.shown}: {why}", f"{do} --namespace {seen.environment.namespace}")
