"""One look at a cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

from longshore.cluster.provision.ready import is_ready
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import KubernetesError, Object, Reason


@dataclass(frozen=True)
class Node:
    """A node; `pods` are those on it that were seen."""

    name: str
    state: str
    version: str
    pods: int
    created: datetime | None


@dataclass(frozen=True)
class Pod:
    """A pod; `state` is the word that `kubectl get pods` has for it."""

    namespace: str
    name: str
    state: str
    ready: bool
    restarts: int
    node: str
    created: datetime | None

    @property
    def is_well(self) -> bool:
        """Whether nobody has to look at it."""
        return self.state in ("Succeeded", "Completed") or (self.state == "Running" and self.ready)


@dataclass(frozen=True)
class Event:
    """Something that Kubernetes told; `at` is when last, `count` how often."""

    at: datetime | None
    type: str
    namespace: str
    about: str
    reason: str
    message: str
    count: int


@dataclass(frozen=True)
class Snapshot:
    """Everything that was seen at one time. `unseen` is why a part is missing, by its name."""

    at: datetime
    namespace: str
    """The only one that was looked into; empty: all."""
    nodes: Sequence[Node] = ()
    pods: Sequence[Pod] = ()
    events: Sequence[Event] = ()
    unseen: Mapping[str, str] = field(default_factory=dict)

    def by_namespace(self) -> dict[str, Counter[str]]:
        """How many pods of each namespace are in which state."""
        found: dict[str, Counter[str]] = {}
        for pod in self.pods:
            state = pod.state if pod.is_well or pod.state != "Running" else "Running, not ready"
            found.setdefault(pod.namespace, Counter())[state] += 1
        return dict(sorted(found.items()))


def take(kubectl: Kubectl, namespace: str, otherwise: str) -> Snapshot:
    """Look once. Who may not look into all namespaces is shown the one named `otherwise`.

    Raises KubernetesError where nothing at all can be seen: unknown to the cluster (401), no API server.
    """
    with ThreadPoolExecutor(max_workers=3) as pool:
        nodes = pool.submit(_unless_forbidden, kubectl, "nodes", None)
        pods = pool.submit(_unless_forbidden, kubectl, "pods", namespace or None)
        events = pool.submit(_unless_forbidden, kubectl, "events", namespace or None)
    found = {"nodes": nodes.result(), "pods": pods.result(), "events": events.result()}
    where = namespace
    if not namespace and isinstance(found["pods"], KubernetesError) and otherwise:
        where = otherwise
        found |= {kind: _unless_forbidden(kubectl, kind, otherwise) for kind in ("pods", "events")}
    lists = {kind: answer for kind, answer in found.items() if isinstance(answer, list)}
    seen = [pod_of(one) for one in lists.get("pods", [])]
    on_node = Counter(pod.node for pod in seen)
    events_seen = sorted(
        map(event_of, lists.get("events", [])), key=lambda one: one.at or datetime.min.replace(tzinfo=UTC)
    )
    return Snapshot(
        at=datetime.now(UTC),
        namespace=where,
        nodes=sorted((_node(one, on_node) for one in lists.get("nodes", [])), key=lambda one: one.name),
        pods=sorted(seen, key=lambda one: (one.namespace, one.name)),
        events=events_seen,
        unseen={kind: answer.said for kind, answer in found.items() if isinstance(answer, KubernetesError)},
    )


def _unless_forbidden(kubectl: Kubectl, kind: str, namespace: str | None) -> list[Object] | KubernetesError:
    try:
        return kubectl.all(kind, namespace)
    except KubernetesError as error:
        if error.reason is not Reason.FORBIDDEN:
            raise
        return error


def _node(found: Object, on_node: Mapping[str, int]) -> Node:
    name = found["metadata"]["name"]
    cordoned = ", cordoned" if (found.get("spec") or {}).get("unschedulable") else ""
    version = ((found.get("status") or {}).get("nodeInfo") or {}).get("kubeletVersion", "")
    state = ("Ready" if is_ready(found) else "NotReady") + cordoned
    return Node(name, state, version, on_node[name], _time(found["metadata"].get("creationTimestamp")))


def pod_of(found: Object) -> Pod:
    """From the object."""
    status, spec, metadata = found.get("status") or {}, found.get("spec") or {}, found["metadata"]
    containers = status.get("containerStatuses") or []
    ready = bool(containers) and all(one.get("ready") for one in containers)
    return Pod(
        namespace=metadata.get("namespace", ""),
        name=metadata["name"],
        state=_state(found),
        ready=ready,
        restarts=sum(one.get("restartCount", 0) for one in containers),
        node=spec.get("nodeName", ""),
        created=_time(metadata.get("creationTimestamp")),
    )


def _state(found: Object) -> str:
    """As kubectl's own printer has it (k8s.io/kubernetes, pkg/printers/internalversion, printPod)."""
    status = found.get("status") or {}
    if found["metadata"].get("deletionTimestamp"):
        return "Terminating"
    for container in status.get("initContainerStatuses") or []:
        state = container.get("state") or {}
        ended = state.get("terminated")
        if ended and ended.get("exitCode") == 0:
            continue
        if ended:
            return f"Init:{ended.get('reason') or 'Error'}"
        waiting = (state.get("waiting") or {}).get("reason", "")
        if waiting and waiting != "PodInitializing":
            return f"Init:{waiting}"
        if not container.get("started"):
            return "Init"
    for container in status.get("containerStatuses") or []:
        state = container.get("state") or {}
        if reason := (state.get("waiting") or {}).get("reason"):
            return str(reason)
        if ended := state.get("terminated"):
            return str(ended.get("reason") or "Error")
    for condition in status.get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "Unschedulable":
            return "Unschedulable"
    return str(status.get("reason") or status.get("phase") or "Unknown")


def event_of(found: Object) -> Event:
    """From the object; both forms of events (core/v1, events.k8s.io) tell the time in fields of their own."""
    about = found.get("involvedObject") or {}
    series = found.get("series") or {}
    at = series.get("lastObservedTime") or found.get("lastTimestamp") or found.get("eventTime")
    return Event(
        at=_time(at or found["metadata"].get("creationTimestamp")),
        type=found.get("type", ""),
        namespace=about.get("namespace", ""),
        about=f"{about.get('kind', '?').lower()}/{about.get('name', '?')}",
        reason=_line(found.get("reason")),
        message=_line(found.get("message")),
        count=int(series.get("count") or found.get("count") or 1),
    )


def _line(text: object) -> str:
    """On one line, and with nothing in it that a terminal would act upon: anybody who may make events writes these."""
    return "".join(one if one.isprintable() else " " for one in " ".join(str(text or "").split()))


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
