"""A namespace that a person named: one that isn't there is a mistake, and an answer about it would prove nothing."""

from __future__ import annotations

from longshore.errors import UsageError, nearest
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import KubernetesError

NAMED = 8
"""Namespaces that the error names, at most."""


def refuse_absent(kubectl: Kubectl, name: str) -> None:
    """Raise UsageError where there is no such namespace, with the nearest. Who may not list them is believed."""
    try:
        known = [str(one["metadata"]["name"]) for one in kubectl.all("namespaces")]
    except KubernetesError:
        return
    if name not in known:
        more = f" and {len(known) - NAMED} more" if len(known) > NAMED else ""
        raise UsageError(
            f"there is no namespace {name}{nearest(name, known)}",
            on="--namespace",
            why=f"the cluster has {', '.join(known[:NAMED])}{more}",
        )
