"""What runs pods: Deployments, StatefulSets and DaemonSets, and how far each is with its newest revision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from longshore.kubernetes import pods
from longshore.kubernetes.marks import APP, WORKLOADS, annotations_of
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import Object

KINDS = "deployments.apps,statefulsets.apps,daemonsets.apps"
HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"


@dataclass(frozen=True)
class Workload:
    """One of them, as the API has it."""

    object: Object

    @property
    def kind(self) -> str:
        return str(self.object["kind"])

    @property
    def name(self) -> str:
        return str(self.object["metadata"]["name"])

    @property
    def namespace(self) -> str:
        return str(self.object["metadata"]["namespace"])

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def about(self) -> dict[str, str]:
        """Its annotations."""
        return annotations_of(self.object)

    @property
    def revision(self) -> int:
        """A Deployment's; 0 for others."""
        return int(self.about.get(REVISION) or 0)

    @property
    def images(self) -> list[str]:
        return [str(one.get("image", "")) for one in pods.containers(self.object)]

    @property
    def selector(self) -> str:
        """For kubectl, of its pods."""
        found = self.object["spec"].get("selector") or {}
        pairs = [f"{key}={value}" for key, value in (found.get("matchLabels") or {}).items()]
        for one in found.get("matchExpressions") or []:
            values = ",".join(one.get("values") or [])
            pairs.append(
                {
                    "In": f"{one['key']} in ({values})",
                    "NotIn": f"{one['key']} notin ({values})",
                    "Exists": one["key"],
                    "DoesNotExist": f"!{one['key']}",
                }[one["operator"]]
            )
        return ",".join(pairs)

    @property
    def _status(self) -> dict[str, Any]:
        return self.object.get("status") or {}

    @property
    def wanted(self) -> int:
        """How many pods it should have."""
        if self.kind == "DaemonSet":
            return int(self._status.get("desiredNumberScheduled") or 0)
        replicas = self.object["spec"].get("replicas")
        return 1 if replicas is None else int(replicas)

    @property
    def ready(self) -> int:
        """Pods of the newest revision that are ready, as far as the status tells."""
        name = "numberAvailable" if self.kind == "DaemonSet" else "availableReplicas"
        available = int(
            self._status.get(name) or (self._status.get("readyReplicas") if self.kind == "StatefulSet" else 0) or 0
        )
        return min(self.updated, available)

    @property
    def updated(self) -> int:
        """Pods of the newest revision."""
        return int(self._status.get("updatedNumberScheduled" if self.kind == "DaemonSet" else "updatedReplicas") or 0)

    @cached_property
    def is_seen(self) -> bool:
        """Whether its controller has seen what is wished by now."""
        return int(self._status.get("observedGeneration") or 0) >= int(self.object["metadata"].get("generation") or 0)

    @property
    def is_complete(self) -> bool:
        """Whether all pods are of the newest revision, and available, as `kubectl rollout status` judges it."""
        if not self.is_seen:
            return False
        strategy = (self.object["spec"].get("updateStrategy") or {}).get("type")
        if strategy == "OnDelete":
            return True
        if self.kind == "DaemonSet" or self.kind == "StatefulSet":
            partition = ((self.object["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}).get(
                "partition"
            ) or 0
            return self.updated >= self.wanted - int(partition) and self.ready >= self.wanted - int(partition)
        total = int(self._status.get("replicas") or 0)
        available = int(self._status.get("availableReplicas") or 0)
        return self.updated >= self.wanted and total <= self.updated and available >= self.updated

    def condition(self, type: str) -> dict[str, Any]:
        """One of its conditions; empty where it hasn't that one."""
        return next((one for one in self._status.get("conditions") or [] if one.get("type") == type), {})


def of_app(kubectl: Kubectl, app: str, namespace: str) -> list[Workload]:
    """Those that longshore applied for the application."""
    found = kubectl.all(KINDS, namespace, selector=f"{APP}={app}")
    return sorted((Workload(one) for one in found), key=lambda one: (WORKLOADS.index(one.kind), one.name))


def replica_sets(kubectl: Kubectl, workload: Workload) -> list[Object]:
    """A Deployment's ReplicaSets, the newest revision first."""
    return _own(kubectl.all("replicasets.apps", workload.namespace, selector=workload.selector), workload)


def _own(replica_sets: Sequence[Object], workload: Workload) -> list[Object]:
    return sorted((one for one in replica_sets if owned(one, workload.object)), key=revision_of, reverse=True)


def owned(one: Object, by: Object) -> bool:
    """Whether an object is the controller of the other one."""
    return any(owner.get("uid") == by["metadata"]["uid"] for owner in one["metadata"].get("ownerReferences") or [])


def revision_of(replica_set: Object) -> int:
    """The Deployment's revision that a ReplicaSet is."""
    return int(annotations_of(replica_set).get(REVISION) or 0)


def hash_of(found: Object) -> str:
    """The hash of the pod template by which a ReplicaSet and its pods belong together."""
    return str((found["metadata"].get("labels") or {}).get(HASH, ""))


def newest_pods(kubectl: Kubectl, workload: Workload) -> list[Object]:
    """A workload's pods of its newest revision."""
    if workload.kind == "Deployment":
        # In one call: while it rolls out, both are asked for again and again.
        found = kubectl.all("pods,replicasets.apps", workload.namespace, selector=workload.selector)
        sets = _own([one for one in found if one["kind"] == "ReplicaSet"], workload)
        newest = hash_of(sets[0]) if sets else ""
        return [one for one in found if one["kind"] == "Pod" and hash_of(one) == newest]
    revision = (workload.object.get("status") or {}).get("updateRevision")
    return [
        pod
        for pod in kubectl.all("pods", workload.namespace, selector=workload.selector)
        if revision is None or (pod["metadata"].get("labels") or {}).get("controller-revision-hash") == revision
    ]
