"""What keeps a pod from becoming ready and won't go away by itself, judged from its status and its events. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from longshore.kubernetes.workloads import Workload
from longshore.programs.kubernetes import Object

AT_ONCE = frozenset(
    {
        "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable",
        "CrashLoopBackOff", "CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError",
    }
)  # fmt: skip
"""Reasons of a waiting container (https://github.com/kubernetes/kubernetes: pkg/kubelet/images, pkg/kubelet/container) for which nobody waits."""
SOON: Mapping[str, float] = {
    "ErrImagePull": 5.0,
    "Unschedulable": 5.0,
    "FailedMount": 3.0,
    "FailedCreate": 1.5,
    "ProgressDeadlineExceeded": 20.0,
}
"""Seconds that those have which may be over at the next try."""
HELP_COMES = frozenset({"TriggeredScaleUp", "Nominated"})
"""Events of the cluster autoscaler and of Karpenter: a node is being made for the pod."""
ADVICE: Mapping[str, str] = {
    "ImagePullBackOff": "is the image in ECR, and may the nodes pull it?",
    "ErrImagePull": "is the image in ECR, and may the nodes pull it?",
    "CrashLoopBackOff": "what it wrote last is above",
    "CreateContainerConfigError": "a ConfigMap or Secret that it names isn't there, or has no such key",
    "Unschedulable": "more nodes, or smaller requests",
}


@dataclass(frozen=True)
class Trouble:
    """`reason` is Kubernetes' own word, `pod` empty where there is none yet. `log`: the container whose log explains it."""

    reason: str
    message: str
    pod: str = ""
    container: str = ""
    log: bool = False
    patience: float = 0.0
    """Seconds for which it may last."""

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}" if self.message else self.reason


def of_workload(workload: Workload) -> Trouble | None:
    """A workload whose pods can't even be made (quota, admission), or that has used up its time."""
    failure = workload.condition("ReplicaFailure")
    if workload.is_seen and failure.get("status") == "True":
        # It may still be the revision before's.
        return Trouble(failure.get("reason", "FailedCreate"), failure.get("message", ""), patience=SOON["FailedCreate"])
    progress = workload.condition("Progressing")
    if workload.is_seen and progress.get("status") == "False" and progress.get("reason") == "ProgressDeadlineExceeded":
        # Where it was so before, its pods may be on their way now.
        return Trouble(
            "ProgressDeadlineExceeded", progress.get("message", ""), patience=SOON["ProgressDeadlineExceeded"]
        )
    return None


def of_pod(pod: Object, events: Sequence[Object]) -> Trouble | None:
    """A pod of the newest revision that isn't ready: what is the matter with it; None where it is only on its way."""
    if is_ready(pod) or pod["metadata"].get("deletionTimestamp"):
        return None
    name, status = pod["metadata"]["name"], pod.get("status") or {}
    for condition in status.get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "Unschedulable":
            if any(event.get("reason") in HELP_COMES for event in events):
                return None
            return Trouble("Unschedulable", condition.get("message", ""), name, patience=SOON["Unschedulable"])
    if status.get("phase") == "Failed":
        return Trouble(status.get("reason") or "Failed", status.get("message", ""), name)
    containers = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    for one in containers:
        waiting = (one.get("state") or {}).get("waiting") or {}
        reason = waiting.get("reason", "")
        if reason in AT_ONCE or reason in SOON:
            crashed = reason == "CrashLoopBackOff"
            message = _end(one) if crashed else waiting.get("message", "")
            return Trouble(reason, message, name, one["name"], log=crashed, patience=SOON.get(reason, 0.0))
    return _mount(name, events) or _probe(pod, containers, events)


def _mount(name: str, events: Sequence[Object]) -> Trouble | None:
    for event in events:
        if event.get("reason") == "FailedMount" and "not found" in (event.get("message") or ""):
            return Trouble("FailedMount", event["message"], name, patience=SOON["FailedMount"])
    return None


def _probe(pod: Object, containers: Sequence[Mapping[str, Any]], events: Sequence[Object]) -> Trouble | None:
    """A probe that has failed as often as it may. (What hasn't started yet has its startup probe, which the kubelet itself acts upon.)"""
    failures = [event for event in events if event.get("reason") == "Unhealthy"]
    if not failures:
        return None
    last = max(failures, key=_count)
    specs = {one["name"]: one for one in pod["spec"].get("containers") or []}
    for one in containers:
        if one.get("ready") or one.get("started") is False or one["name"] not in specs:
            continue
        if _count(last) >= threshold(specs[one["name"]], last.get("message", "")):
            return Trouble("Unhealthy", last.get("message", ""), pod["metadata"]["name"], one["name"], log=True)
    return None


def threshold(container: Mapping[str, Any], message: str) -> int:
    """How often the probe that the message is about may fail (Kubernetes' default: 3)."""
    name = "livenessProbe" if message.startswith("Liveness") else "readinessProbe"
    return int((container.get(name) or {}).get("failureThreshold") or 3)


def _count(event: Mapping[str, Any]) -> int:
    series = event.get("series") or {}
    return int(series.get("count") or event.get("count") or 1)


def _end(one: Mapping[str, Any]) -> str:
    ended = (one.get("lastState") or {}).get("terminated") or (one.get("state") or {}).get("terminated") or {}
    if not ended:
        return str(((one.get("state") or {}).get("waiting") or {}).get("message", ""))
    reason = ended.get("reason", "")
    how = f"exit code {ended.get('exitCode')}" + (f", {reason}" if reason not in ("", "Error") else "")
    return f"{one['name']} ended with {how}, {one.get('restartCount', 0)} restarts"


def is_ready(pod: Object) -> bool:
    """Whether Kubernetes calls the pod ready."""
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)
