"""What the cluster has of all hosts' chains, read once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from longshore.certs import managed, tls_secrets
from longshore.certs.managed import Managed
from longshore.cluster import ingress_classes as classes
from longshore.cluster.ingress_classes import IngressClass
from longshore.environments.environment import Environment
from longshore.ingress import controllers, place, rules
from longshore.ingress.controllers import Controller
from longshore.ingress.rules import Rule
from longshore.ingress.services import Service
from longshore.kubernetes.rollout import when
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import KubernetesError, Object, Reason

T = TypeVar("T")


@dataclass(frozen=True)
class Seen:
    """None stands for what this identity may not look at."""

    environment: Environment
    ingresses: Mapping[str, Object]
    """The namespace's, by name."""
    rules: Sequence[Rule]
    """The namespace's, in the order in which a request is matched."""
    everywhere: Sequence[Rule]
    """Those of all namespaces, as far as they can be seen."""
    services: Mapping[str, Service]
    classes: Sequence[IngressClass] | None
    controllers: Sequence[Controller] | None
    certificates: Mapping[str, str] | None
    """PEM texts by the name of their Secret."""
    managed: Mapping[str, Managed]
    """cert-manager's Certificates by the Secret that they fill."""
    family: Sequence[Object]
    """Those and what cert-manager makes on the way to them."""
    complaints: Mapping[str, str]
    """What the newest event about an Ingress says, where it is a warning."""

    def class_of(self, rule: Rule) -> str:
        """The name of the class that serves a rule; empty where there is none."""
        default = classes.default(self.classes or [])
        return rule.class_name or (default.name if default else "")

    def find_class(self, name: str) -> IngressClass | None:
        return next((one for one in self.classes or [] if one.name == name), None)


def see(kubectl: Kubectl, environment: Environment) -> Seen:
    """Raises KubernetesError."""
    space = environment.namespace
    ingresses, services = place.here(kubectl, space)
    found = rules.ordered([rule for one in ingresses for rule in rules.of(one)])
    with_tls = any(rule.secret for rule in found)
    family = _optional(lambda: kubectl.all(",".join(managed.FAMILY), space), Reason.NOT_FOUND) if with_tls else []
    return Seen(
        environment,
        {one["metadata"]["name"]: one for one in ingresses},
        found,
        place.everywhere(kubectl, space),
        services,
        classes.all_of(kubectl),
        controllers.running(kubectl),
        _optional(lambda: tls_secrets.certificates(kubectl, space)) if with_tls else {},
        {one.secret: one for one in managed.certificates(family or [])},
        family or [],
        _complaints(kubectl, space),
    )


def _optional(ask: Callable[[], T], *also: Reason) -> T | None:
    try:
        return ask()
    except KubernetesError as error:
        if error.reason not in (Reason.FORBIDDEN, *also):
            raise
        return None


def _complaints(kubectl: Kubectl, namespace: str) -> dict[str, str]:
    newest: dict[str, Object] = {}
    for event in sorted(_optional(lambda: kubectl.all("events", namespace)) or [], key=when):
        about = event.get("involvedObject") or {}
        if about.get("kind") == "Ingress":
            newest[str(about.get("name", ""))] = event
    return {
        name: f"{event.get('reason', '')}: {event.get('message', '')}"
        for name, event in newest.items()
        if event.get("type") == "Warning"
    }
