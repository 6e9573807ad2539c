"""What is judged of pods and workloads, from what a kubelet and the controllers write."""

from __future__ import annotations

from typing import Any

import pytest

from longshore.kubernetes.trouble import of_pod, of_workload
from longshore.kubernetes.workloads import Workload


def pod(container: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    status = {"phase": "Pending", "containerStatuses": [{"name": "web", "ready": False, **(container or {})}], **more}
    spec = {"containers": [{"name": "web", "readinessProbe": {}, "livenessProbe": {"failureThreshold": 5}}]}
    return {"metadata": {"name": "web-1"}, "spec": spec, "status": status}


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    return {"state": {"waiting": {"reason": reason, "message": message}}}


def unhealthy(message: str, count: int) -> dict[str, Any]:
    return {"reason": "Unhealthy", "message": message, "count": count}


RUNS = {"state": {"running": {}}, "started": True}


@pytest.mark.parametrize(
    ("found", "events", "reason"),
    [
        (pod(waiting("ContainerCreating")), [], None),
        (pod(waiting("PodInitializing")), [], None),
        (pod(waiting("ImagePullBackOff")), [], "ImagePullBackOff"),
        (pod(waiting("ErrImagePull")), [], "ErrImagePull"),
        (pod(waiting("InvalidImageName")), [], "InvalidImageName"),
        (pod(waiting("CrashLoopBackOff")), [], "CrashLoopBackOff"),
        (pod(phase="Failed", reason="Evicted"), [], "Evicted"),
        (pod(RUNS), [unhealthy("Readiness probe failed: x", 2)], None),
        (pod(RUNS), [unhealthy("Readiness probe failed: x", 3)], "Unhealthy"),
        (pod(RUNS), [unhealthy("Liveness probe failed: x", 4)], None),
        (pod(RUNS), [unhealthy("Liveness probe failed: x", 5)], "Unhealthy"),
        (pod({**RUNS, "started": False}), [unhealthy("Startup probe failed: x", 9)], None),
        (pod(), [{"reason": "FailedMount", "message": 'secret "x" not found'}], "FailedMount"),
        (pod(), [{"reason": "FailedMount", "message": "timed out waiting for the condition"}], None),
    ],
)
def test_pods(found: dict[str, Any], events: list[dict[str, Any]], reason: str | None) -> None:
    what = of_pod(found, events)
    assert (what.reason if what else None) == reason


def test_a_pod_that_is_ready_or_goes_is_in_no_trouble() -> None:
    ready = {"type": "Ready", "status": "True"}
    assert of_pod(pod(waiting("CrashLoopBackOff"), conditions=[ready]), []) is None
    going = pod(waiting("CrashLoopBackOff"))
    going["metadata"]["deletionTimestamp"] = "2026-11-29T12:00:00Z"
    assert of_pod(going, []) is None


@pytest.mark.parametrize("help_comes", ["TriggeredScaleUp", "Nominated"])
def test_a_pod_for_which_a_node_is_made_waits(help_comes: str) -> None:
    nowhere = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/2 nodes"}
    found = pod(conditions=[nowhere])
    what = of_pod(found, [])
    assert what is not None
    assert (what.reason, what.patience) == ("Unschedulable", 5.0)
    assert of_pod(found, [{"reason": help_comes, "message": "pod triggered scale-up"}]) is None


def test_the_end_of_a_container_is_told() -> None:
    ended = {"restartCount": 4, "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}
    what = of_pod(pod({**waiting("CrashLoopBackOff", "back-off"), **ended}), [])
    assert what is not None
    assert what.log
    assert str(what) == "CrashLoopBackOff: web ended with exit code 137, OOMKilled, 4 restarts"


def deployment(*conditions: dict[str, Any], observed: int = 2, **status: Any) -> Workload:
    return Workload(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "bank", "generation": 2},
            "spec": {"replicas": 2},
            "status": {"observedGeneration": observed, "conditions": list(conditions), **status},
        }
    )


def test_workloads() -> None:
    late = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "too slow"}
    what = of_workload(deployment(late))
    assert what is not None
    assert what.reason == "ProgressDeadlineExceeded"
    # That was the revision before: the controller has not seen the new one yet.
    assert of_workload(deployment(late, observed=1)) is None
    quota = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota"}
    what = of_workload(deployment(quota))
    assert what is not None
    assert str(what) == "FailedCreate: exceeded quota"


@pytest.mark.parametrize(
    ("status", "complete"),
    [
        ({"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}, True),
        ({"replicas": 3, "updatedReplicas": 2, "availableReplicas": 3}, False),
        ({"replicas": 2, "updatedReplicas": 2, "availableReplicas": 1}, False),
        ({"replicas": 2, "updatedReplicas": 1, "availableReplicas": 2}, False),
        ({}, False),
    ],
)
def test_a_deployment_is_complete_as_kubectl_judges_it(status: dict[str, int], complete: bool) -> None:
    assert deployment(**status).is_complete is complete
    assert not deployment(observed=1, **status).is_complete
