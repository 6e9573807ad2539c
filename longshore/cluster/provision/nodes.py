"""cluster.nodes: each node as Kubernetes sees it, and each node group as AWS has it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from longshore.answers import Answer, Table
from longshore.cluster.errors import explained
from longshore.cluster.guard import ClusterGuard, guards
from longshore.cluster.provision.nodegroups import LABEL, NodeGroup, NodeGroups
from longshore.cluster.provision.ready import is_ready
from longshore.environments.environment import Environment
from longshore.errors import LongshoreError
from longshore.programs.kubernetes import KubernetesError, Object
from longshore.steps.looking import Looking, look
from longshore.steps.report import Reporter

TYPE, ZONE = "node.kubernetes.io/instance-type", "topology.kubernetes.io/zone"
OVER = ("Succeeded", "Failed")
"""Phases of pods that take no room on a node any more."""


@dataclass(frozen=True)
class Node:
    """A node. `pods` are those that run on it or are about to."""

    name: str
    group: str
    """The managed node group; empty: of none."""
    type: str
    zone: str
    version: str
    """The kubelet's."""
    ready: bool
    cordoned: bool
    created: datetime | None
    pods: int

    @property
    def state(self) -> str:
        """In a person's words."""
        return ("Ready" if self.ready else "NotReady") + (", cordoned" if self.cordoned else "")

    def json(self) -> dict[str, Any]:
        """For a program: the group is null for a node of none."""
        return {
            "node": self.name,
            "group": self.group or None,
            "type": self.type,
            "zone": self.zone,
            "version": self.version,
            "ready": self.ready,
            "cordoned": self.cordoned,
            "created": self.created.isoformat() if self.created else None,
            "pods": self.pods,
        }


def nodes(environment: Environment, report: Reporter) -> Answer:
    """The answer; not ok where Kubernetes won't tell the nodes: the groups are there all the same."""
    identity, guard = guards(environment)
    look([identity, guard], report)
    groups = NodeGroups(guard.eks, environment.eks_cluster).all()
    try:
        found, refusal = read(guard, report), None
    except KubernetesError as error:
        found, refusal = [], explained(error, guard, doing="list the nodes")
    return answer(environment.eks_cluster, found, groups, refusal)


def read(guard: ClusterGuard, report: Reporter) -> list[Node]:
    """The nodes, by group and name, with their pods counted. Raises KubernetesError."""
    objects = guard.kubectl(Looking(report)).all("nodes,pods", namespace=None)
    pods = Counter(
        (pod.get("spec") or {}).get("nodeName", "")
        for pod in objects
        if pod["kind"] == "Pod" and (pod.get("status") or {}).get("phase") not in OVER
    )
    found = [node_of(one, pods[one["metadata"]["name"]]) for one in objects if one["kind"] == "Node"]
    return sorted(found, key=lambda node: (node.group, node.name))


def node_of(found: Object, pods: int) -> Node:
    """From the object."""
    metadata, spec = found["metadata"], found.get("spec") or {}
    labels: Mapping[str, str] = metadata.get("labels") or {}
    info = (found.get("status") or {}).get("nodeInfo") or {}
    created = metadata.get("creationTimestamp")
    return Node(
        name=metadata["name"],
        group=labels.get(LABEL, ""),
        type=labels.get(TYPE, ""),
        zone=labels.get(ZONE, ""),
        version=info.get("kubeletVersion", ""),
        ready=is_ready(found),
        cordoned=bool(spec.get("unschedulable")),
        created=datetime.fromisoformat(created) if created else None,
        pods=pods,
    )


def answer(
    cluster: str, found: Sequence[Node], groups: Sequence[NodeGroup], refusal: LongshoreError | None = None
) -> Answer:
    """The tables and the JSON. `refusal` is why there are no nodes in it."""
    now = datetime.now(UTC)
    rows = [
        (
            node.name,
            node.group or "(none)",
            node.type,
            node.zone,
            node.version,
            node.state,
            _age(node, now),
            str(node.pods),
        )
        for node in found
    ]
    ready = Counter(node.group for node in found if node.ready)
    size = [
        (
            group.name,
            group.status,
            ", ".join(group.types),
            group.version,
            "?" if refusal else str(ready[group.name]),
            str(group.desired),
            str(group.least),
            str(group.most),
            "; ".join(group.issues) or "none",
        )
        for group in groups
    ]
    tables = [
        Table(
            ("node group", "status", "type", "version", "ready", "desired", "min", "max", "issues"),
            size,
            empty="no node groups",
        ),
    ]
    if refusal is None:
        columns = ("node", "group", "type", "zone", "version", "state", "age", "pods")
        tables.insert(0, Table(columns, rows, empty="no nodes"))
    data = {
        "cluster": cluster,
        "nodes": None if refusal else [node.json() for node in found],
        "groups": [group.json() | {"ready": None if refusal else ready[group.name]} for group in groups],
    }
    return Answer(data, tables, refusal.lines() if refusal else (), ok=refusal is None)


def _age(node: Node, now: datetime) -> str:
    if node.created is None:
        return "?"
    minutes = max(0, int((now - node.created).total_seconds())) // 60
    hours, days = minutes // 60, minutes // 1440
    return f"{days} d" if days else f"{hours} h" if hours else f"{minutes} min"
