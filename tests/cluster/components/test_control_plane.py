"""What is said of a control plane, and above all what is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from longshore.cluster.components.component import ABSENT, FAULT, MANAGED, OK, UNSEEN
from longshore.cluster.components.control_plane import of_api_server, of_cluster, of_etcd, of_leader
from longshore.cluster.eks import Cluster
from longshore.programs.kubernetes import KubernetesError, Object, Reason

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
CLUSTER = Cluster("bank", "arn", "ACTIVE", "1.36", "https://x", platform_version="eks.7")


def lease(seconds_ago: float | None, duration: int = 15) -> Object:
    at = None if seconds_ago is None else (NOW - timedelta(seconds=seconds_ago)).isoformat()
    return {"spec": {"renewTime": at, "leaseDurationSeconds": duration}}


def no(reason: Reason) -> KubernetesError:
    return KubernetesError("kubectl get failed", reason, "the words")


def test_the_cluster() -> None:
    assert of_cluster(CLUSTER).state == OK
    assert of_cluster(CLUSTER).version == "1.36 (eks.7)"
    ill = Cluster("bank", "arn", "ACTIVE", "1.36", issues=("Ec2SubnetNotFound: gone",))
    assert (of_cluster(ill).state, of_cluster(ill).detail) == (FAULT, "ACTIVE; Ec2SubnetNotFound: gone, CONFIG_MAP")
    assert of_cluster(Cluster("bank", "arn", "FAILED", "1.36")).state == FAULT


def test_the_api_server() -> None:
    assert of_api_server({"ping": True}, {"ping": True, "etcd": True}, "v1", "u").state == OK
    ill = of_api_server({"ping": True}, {"ping": True, "etcd": False}, "v1", "u")
    assert (ill.state, ill.detail) == (FAULT, "failed: /readyz etcd")
    assert of_api_server(no(Reason.UNREACHABLE), no(Reason.UNREACHABLE), "", "https://x").state == FAULT
    assert of_api_server(no(Reason.FORBIDDEN), no(Reason.FORBIDDEN), "", "u").state == UNSEEN
    assert "another server answers" in of_api_server(no(Reason.CERTIFICATE), {}, "", "u").detail


def test_etcd_is_never_well_where_it_is_not_seen() -> None:
    assert of_etcd({"ping": True, "etcd": True, "etcd-readiness": True}).state == OK
    assert of_etcd({"etcd": True, "etcd-readiness": False}).state == FAULT
    assert of_etcd({"ping": True}).state == MANAGED
    assert of_etcd(no(Reason.UNREACHABLE)).state == MANAGED


def test_a_leader() -> None:
    well = of_leader("scheduler", lease(3), lease(3), NOW)
    assert (well.state, well.detail) == (OK, "its leader renewed its lease 3 s ago (managed by AWS)")
    ill = of_leader("scheduler", lease(90), lease(90), NOW)
    assert (ill.state, ill.detail) == (FAULT, "no leader has renewed its lease for 90 s (managed by AWS)")
    assert of_leader("scheduler", lease(None), None, NOW).state == FAULT


def test_a_clock_that_is_off_makes_no_fault() -> None:
    """It is renewed while we look, though it seems to be old."""
    assert of_leader("scheduler", lease(300), lease(304), NOW).state == OK


def test_no_lease_is_no_health() -> None:
    assert of_leader("scheduler", None, None, NOW).state == MANAGED
    assert of_leader("scheduler", None, None, NOW, sandbox=True).state == UNSEEN
    assert of_leader("cloud controller", None, None, NOW, sandbox=True).state == ABSENT
