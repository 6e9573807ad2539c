"""Where the rules are: the environment's namespace, looked at as the environment's identity."""

from __future__ import annotations

from longshore.cluster.ingress_classes import INGRESSES
from longshore.ingress import rules, services
from longshore.ingress.rules import Rule
from longshore.ingress.services import Service
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import KubernetesError, Object, Reason


def here(kubectl: Kubectl, namespace: str) -> tuple[list[Object], dict[str, Service]]:
    """The namespace's Ingresses, and its Services by name. Raises KubernetesError."""
    found = kubectl.all(f"{INGRESSES},{services.KINDS}", namespace)
    return [one for one in found if one["kind"] == "Ingress"], services.of(found)


def everywhere(kubectl: Kubectl, namespace: str) -> list[Rule]:
    """The rules of all Ingresses of the cluster; of the namespace's where this identity may see no others. Raises KubernetesError."""
    try:
        found = kubectl.all(INGRESSES, None)
    except KubernetesError as error:
        if error.reason is not Reason.FORBIDDEN:
            raise
        found = kubectl.all(INGRESSES, namespace)
    return [rule for one in found for rule in rules.of(one)]
