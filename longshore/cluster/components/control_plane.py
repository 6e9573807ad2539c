"""What can be seen of a control plane from outside: its own checks, and the leases that its leaders renew."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from longshore.cluster.components.component import ABSENT, FAULT, MANAGED, OK, UNSEEN, Component
from longshore.cluster.eks import Cluster
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import KubernetesError, Object, Reason

CHECK = re.compile(r"\[([+-])\](\S+)")
LEADERS = {
    "scheduler": "kube-scheduler",
    "controller manager": "kube-controller-manager",
    "cloud controller": "cloud-controller-manager",
}
"""The leases in kube-system by which their leaders are known (client-go, tools/leaderelection)."""
RENEWED = 15.0
"""Seconds that a leader has to renew its lease: leaseDurationSeconds, where the lease says none."""


def of_cluster(cluster: Cluster) -> Component:
    """EKS's own word: status and health issues."""
    fault = bool(cluster.issues) or cluster.status not in ("ACTIVE", "UPDATING")
    detail = "; ".join((cluster.status, *cluster.issues)) + f", {cluster.mode}"
    version = cluster.version + (f" ({cluster.platform_version})" if cluster.platform_version else "")
    return Component("EKS", FAULT if fault else OK, version, detail)


def checks(kubectl: Kubectl, path: str) -> dict[str, bool] | KubernetesError:
    """The verbose checks of /livez or /readyz: name and whether it is well. Where one is not, the API server answers 500 and names them all."""
    try:
        said = kubectl.raw(f"{path}?verbose")
    except KubernetesError as error:
        if not CHECK.search(error.said):
            return error
        said = error.said
    return {name: mark == "+" for mark, name in CHECK.findall(said)}


def of_api_server(
    live: dict[str, bool] | KubernetesError, ready: dict[str, bool] | KubernetesError, version: str, endpoint: str
) -> Component:
    """By its own checks."""
    name = "API server"
    for answer in (live, ready):
        if isinstance(answer, KubernetesError):
            state = UNSEEN if answer.reason is Reason.FORBIDDEN else FAULT
            who = "another server answers: " if answer.reason is Reason.CERTIFICATE else ""
            return Component(name, state, version, f"{endpoint}: {who}{answer.said}")
    assert isinstance(live, dict)
    assert isinstance(ready, dict)
    failed = [f"/livez {check}" for check, well in live.items() if not well]
    failed += [f"/readyz {check}" for check, well in ready.items() if not well]
    if failed:
        return Component(name, FAULT, version, f"failed: {', '.join(failed)}")
    return Component(name, OK, version, f"/livez and /readyz: {len(live)} and {len(ready)} checks passed")


def of_etcd(*answers: dict[str, bool] | KubernetesError) -> Component:
    """Only as the API server's checks see it: whoever runs it, nobody else reaches it."""
    seen = [well for one in answers if isinstance(one, dict) for name, well in one.items() if name.startswith("etcd")]
    if not seen:
        return Component("etcd", MANAGED, detail="not to be seen from here")
    well = all(seen)
    detail = f"{'answers' if well else 'does not answer'} the API server ({MANAGED})"
    return Component("etcd", OK if well else FAULT, detail=detail)


def of_leader(
    name: str, lease: Object | None, earlier: Object | None, now: datetime, sandbox: bool = False
) -> Component:
    """A controller, by its lease: one that is renewed has a leader that works. `earlier` is the same lease some seconds before."""
    if lease is None:
        if not sandbox:
            return Component(name, MANAGED, detail="no lease of it is to be seen")
        if name == "cloud controller":
            return Component(name, ABSENT, detail="the sandbox has none")
        return Component(
            name, UNSEEN, detail="it renews no lease on the sandbox: inv sandbox.status tells of its process"
        )
    age = lease_age(lease, now)
    duration = float((lease.get("spec") or {}).get("leaseDurationSeconds") or RENEWED)
    # Whose clock is off can't be told: what is renewed while we look is alive whatever the clocks say.
    renewed = earlier is not None and _renewed(earlier) != _renewed(lease)
    if age is not None and (age <= duration or renewed):
        return Component(name, OK, detail=f"its leader renewed its lease {max(0, age):.0f} s ago ({MANAGED})")
    since = "never" if age is None else f"for {age:.0f} s"
    return Component(name, FAULT, detail=f"no leader has renewed its lease {since} ({MANAGED})")


def lease_age(lease: Object, now: datetime) -> float | None:
    """Seconds since it was renewed."""
    renewed = _renewed(lease)
    return (now - datetime.fromisoformat(renewed)).total_seconds() if renewed else None


def is_fresh(lease: Object) -> bool:
    """Whether it was renewed in time, by this machine's clock."""
    age = lease_age(lease, datetime.now(UTC))
    return age is not None and age <= float((lease.get("spec") or {}).get("leaseDurationSeconds") or RENEWED)


def leases(kubectl: Kubectl) -> Mapping[str, Object]:
    """Those of the leaders, by name. Raises KubernetesError."""
    found = {one["metadata"]["name"]: one for one in kubectl.all("leases", "kube-system")}
    return {name: found[name] for name in LEADERS.values() if name in found}


def _renewed(lease: Object) -> str:
    return str((lease.get("spec") or {}).get("renewTime") or "")
