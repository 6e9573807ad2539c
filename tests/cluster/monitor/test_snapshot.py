"""Pods' states as kubectl tells them, and events of both forms."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from longshore.cluster.monitor.snapshot import Snapshot, event_of, pod_of
from longshore.cluster.monitor.tables import age, tables

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def pod(name: str = "a", phase: str = "Running", meta: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "bank", **(meta or {})}, "status": {"phase": phase, **status}}


def waiting(reason: str) -> list[dict[str, Any]]:
    return [{"state": {"waiting": {"reason": reason}}, "restartCount": 4, "ready": False}]


RUNNING = [{"state": {"running": {}}, "ready": True}]


@pytest.mark.parametrize(
    ("found", "state", "well"),
    [
        (pod(containerStatuses=RUNNING), "Running", True),
        (pod(containerStatuses=[{"state": {"running": {}}, "ready": False}]), "Running", False),
        (pod(phase="Succeeded", containerStatuses=[{"state": {"terminated": {"reason": "Completed"}}}]), "Completed", True),
        (pod(containerStatuses=waiting("CrashLoopBackOff")), "CrashLoopBackOff", False),
        (pod(phase="Pending", containerStatuses=waiting("ImagePullBackOff")), "ImagePullBackOff", False),
        (pod(phase="Pending", initContainerStatuses=waiting("CrashLoopBackOff")), "Init:CrashLoopBackOff", False),
        (pod(phase="Pending", conditions=[{"type": "PodScheduled", "reason": "Unschedulable"}]), "Unschedulable", False),
        (pod(phase="Failed", reason="Evicted"), "Evicted", False),
        (pod(phase="Pending"), "Pending", False),
        (pod(meta={"deletionTimestamp": "2026-11-29T12:00:00Z"}, containerStatuses=RUNNING), "Terminating", False),
    ],
)  # fmt: skip
def test_states(found: dict[str, Any], state: str, well: bool) -> None:
    assert (pod_of(found).state, pod_of(found).is_well) == (state, well)


def test_events() -> None:
    old = {
        "metadata": {"creationTimestamp": "2026-11-29T11:00:00Z"},
        "involvedObject": {"kind": "Pod", "name": "a", "namespace": "bank"},
        "reason": "BackOff", "type": "Warning", "message": "two\nlines", "count": 7, "lastTimestamp": "2026-11-29T11:59:30Z",
    }  # fmt: skip
    found = event_of(old)
    assert (found.about, found.count, found.message, age(found.at, NOW)) == ("pod/a", 7, "two lines", "30 s")
    assert event_of(old | {"message": "\x1b[31mred\x07"}).message == " [31mred ", "it changes no terminal"
    new = old | {"lastTimestamp": None, "count": None, "eventTime": "2026-11-29T11:58:00.000001Z", "series": None}
    assert (event_of(new).count, age(event_of(new).at, NOW)) == (1, "1 min")


def test_by_namespace_and_state() -> None:
    pods = [
        pod_of(pod("a", containerStatuses=RUNNING)),
        pod_of(pod("b", containerStatuses=RUNNING)),
        pod_of(pod("c", "Pending")),
    ]
    seen = Snapshot(NOW, "", pods=pods, unseen={"nodes": "forbidden"})
    states, unwell, events = tables(seen)
    assert states.rows == [("bank", "3", "2 Running, 1 Pending")]
    assert unwell.rows == [("bank", "c", "Pending", "0", "-", "?")]
    assert (events.rows, events.empty) == ([], "no events")


def test_ages() -> None:
    at = [
        datetime(2026, 11, 29, 11, 59, 55, tzinfo=UTC),
        datetime(2026, 11, 29, 9, 0, tzinfo=UTC),
        datetime(2026, 11, 20, tzinfo=UTC),
        None,
    ]
    assert [age(one, NOW) for one in at] == ["5 s", "3 h", "9 d", "?"]
