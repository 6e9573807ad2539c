"""What `cluster.components` answers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from longshore.answers import Answer, Table
from longshore.cluster.components import control_plane, skew, workers
from longshore.cluster.components.component import FAULT, UNSEEN, Component, Node
from longshore.cluster.eks import Cluster
from longshore.cluster.errors import explained
from longshore.cluster.guard import READY, check_arn, guards
from longshore.environments.environment import Environment
from longshore.programs.kubectl import Kubectl, client_version
from longshore.programs.kubernetes import KubernetesError, Object, Reason
from longshore.steps.looking import Looking, look
from longshore.steps.report import Reporter
from longshore.words import counted

T = TypeVar("T")
SECOND_LOOK = 4.0
"""Seconds after which a lease that seems to be old is looked at again: leaders renew every two."""


@dataclass(frozen=True)
class Seen:
    """Everything that was seen."""

    parts: Sequence[Component]
    nodes: Sequence[Node] | None = None
    """None: they can't be seen."""
    versions: Mapping[str, str] = field(default_factory=dict)
    warnings: Sequence[str] = ()


def components(environment: Environment, report: Reporter) -> Answer:
    """Each part of the cluster; not ok where something is seen to be wrong. What can't be seen is told as such, and is no fault.

    Raises UsageError where there is no such cluster or it doesn't know us (401), Refused for another one.
    """
    identity, guard = guards(environment)
    look([identity], report)
    found = guard.eks.cluster(environment.eks_cluster)
    if found is not None and found.status not in READY:
        check_arn(environment, found)
        return _answer(environment, found, Seen([control_plane.of_cluster(found)]))
    run = Looking(report)
    guard.check(run)
    report.progress(f"asking {guard.cluster.name}")
    kubectl = guard.kubectl(run)
    live, ready = _side_by_side(lambda path: control_plane.checks(kubectl, path), ("/livez", "/readyz"))
    if isinstance(ready, KubernetesError) and ready.reason is Reason.UNAUTHORIZED:
        raise explained(ready, guard, doing="look at the components")
    reached = isinstance(ready, dict)
    version = kubectl.server_version() if reached else ""
    parts = [
        control_plane.of_cluster(guard.cluster),
        control_plane.of_api_server(live, ready, version, guard.cluster.endpoint),
        control_plane.of_etcd(live, ready),
    ]
    if not reached or parts[-1].state == FAULT:
        # Without etcd the API server answers nothing about objects: each question would take its whole time.
        why = "etcd does not answer" if reached else "the API server does not answer"
        parts += [Component(name, UNSEEN, detail=why) for name in (*control_plane.LEADERS, workers.KUBE_PROXY, "nodes")]
        return _answer(environment, guard.cluster, Seen(parts))
    parts += _leaders(kubectl, run, environment.is_sandbox)
    nodes, pods, addons = _side_by_side(
        lambda ask: _unless_refused(lambda: kubectl.all(*ask)),
        (("nodes",), ("pods", "kube-system"), ("daemonsets,deployments", "kube-system")),
    )
    parts += workers.addons(addons) if isinstance(addons, list) else [_refused("kube-proxy", addons)]
    seen = workers.nodes(nodes, pods if isinstance(pods, list) else [], version) if isinstance(nodes, list) else None
    if isinstance(nodes, KubernetesError):
        parts.append(_refused("nodes", nodes))
    versions = {"api_server": version, "kubectl": client_version(kubectl.path)}
    own = shutil.which("kubectl")
    if own is not None:
        versions["kubectl_on_path"] = client_version(own)
    warnings = [skew.of_kubectl(other, version) for name, other in versions.items() if name != "api_server"]
    return _answer(environment, guard.cluster, Seen(parts, seen, versions, [text for text in warnings if text]))


def _side_by_side(task: Callable[..., T], items: Sequence[object]) -> list[T]:
    with ThreadPoolExecutor(max_workers=len(items)) as pool:
        return list(pool.map(task, items))


def _unless_refused(ask: Callable[[], list[Object]]) -> list[Object] | KubernetesError:
    try:
        return ask()
    except KubernetesError as error:
        return error


def _refused(name: str, error: KubernetesError) -> Component:
    """What we may not look at is no fault; no answer is one."""
    return Component(name, UNSEEN if error.reason is Reason.FORBIDDEN else FAULT, detail=error.said)


def _leaders(kubectl: Kubectl, run: Looking, sandbox: bool) -> list[Component]:
    try:
        earlier: Mapping[str, Object] = control_plane.leases(kubectl)
        later = earlier
        if not all(map(control_plane.is_fresh, earlier.values())):
            run.report.progress("waiting for the leaders to renew their leases")
            run.sleep(SECOND_LOOK)
            later = control_plane.leases(kubectl)
    except KubernetesError as error:
        return [_refused(name, error) for name in control_plane.LEADERS]
    now = datetime.now(UTC)
    return [
        control_plane.of_leader(name, later.get(lease), earlier.get(lease), now, sandbox)
        for name, lease in control_plane.LEADERS.items()
    ]


def _answer(environment: Environment, cluster: Cluster, seen: Seen) -> Answer:
    faults = [f"{part.name}: {part.detail}" for part in seen.parts if part.state == FAULT]
    faults += [f"{node.name}: {fault}" for node in seen.nodes or () for fault in node.faults]
    rows = [(part.name, part.state, part.version or "-", part.detail) for part in seen.parts]
    tables = [Table(("component", "state", "version", ""), rows)]
    if seen.nodes is not None:
        tables.append(
            Table(
                ("node", "state", "kubelet", "kube-proxy"),
                [(one.name, _state(one), one.kubelet or "-", one.kube_proxy or "none") for one in seen.nodes],
                empty="no nodes: nothing can run",
            )
        )
    summary = f"{counted(len(faults), 'fault')}" if faults else "nothing is seen to be wrong"
    return Answer(
        data={
            "environment": environment.name,
            "cluster": cluster.arn,
            "ok": not faults,
            "faults": faults,
            "warnings": list(seen.warnings),
            "versions": dict(seen.versions),
            "components": [asdict(part) for part in seen.parts],
            "nodes": None if seen.nodes is None else [asdict(one) for one in seen.nodes],
        },
        tables=tables,
        notes=[*(f"fault: {fault}" for fault in faults), *(f"skew: {text}" for text in seen.warnings), summary],
        ok=not faults,
        faults=faults,
    )


def _state(node: Node) -> str:
    return ("at fault" if node.faults else "ready") + (", cordoned" if node.cordoned else "")
