"""The sandbox's own control plane and nodes, with faults that are really there."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from longshore.answers import Answer
from longshore.cluster.components import components as room
from longshore.cluster.components.components import components
from longshore.errors import LongshoreError
from longshore.programs.kubernetes import KubernetesError, Reason
from longshore.steps.report import Silent
from longshore.toolchain import programs
from tests.cluster.conftest import Dev
from tests.command import until
from tests.running import error_of

pytestmark = pytest.mark.integration

LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
VERSION = f"v{programs.version('kube-apiserver')}"


def parts(answer: Answer) -> dict[str, tuple[str, str]]:
    return {part["name"]: (part["state"], part["detail"]) for part in answer.data["components"]}


def test_all_is_well(dev: Dev) -> None:
    done = dev.live.inv("cluster.components", "--json").check()
    answer = json.loads(done.stdout)
    assert (answer["ok"], answer["faults"]) == (True, [])
    assert {part["name"]: part["state"] for part in answer["components"]} == {
        "EKS": "ok",
        "API server": "ok",
        "etcd": "ok",
        "scheduler": "not seen",
        "controller manager": "not seen",
        "cloud controller": "absent",
        "kube-proxy": "ok",
        "aws-node": "ok",
        "coredns": "ok",
    }
    assert answer["versions"]["api_server"] == answer["versions"]["kubectl"] == VERSION
    assert [(one["kubelet"], one["kube_proxy"], one["faults"]) for one in answer["nodes"]] == [
        (VERSION, "ready", [])
    ] * 2
    told = dev.live.inv("cluster.components").check().stdout
    assert "healthy" not in told
    assert told.splitlines()[-1] == "nothing is seen to be wrong"


def test_a_kubelet_that_is_too_old(dev: Dev) -> None:
    live = dev.live
    status = {"nodeInfo": node_info("v1.30.1"), "conditions": [{"type": "Ready", "status": "True"}]}
    made = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "old"}, "status": status}
    try:
        assert live.ask_api("POST", "/api/v1/nodes", made)[0] == 201
        answer = components(dev.environment, Silent())
        [found] = [one for one in answer.data["nodes"] if one["name"] == "old"]
        assert (
            f"kubelet 1.30.1 is 6 minor versions older than the API server ({VERSION[1:]}); 3 are allowed"
            in found["faults"]
        )
        assert not answer.ok
        assert any(fault.startswith("old: kubelet 1.30.1") for fault in answer.data["faults"])
    finally:
        live.ask_api("DELETE", "/api/v1/nodes/old")
        # The daemons that were meant for it wait for it for a while yet.
        until(lambda: not [remove(dev, pod) for pod in pods(dev) if pod["status"]["phase"] != "Running"])


def pods(dev: Dev) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = dev.live.ask_api("GET", "/api/v1/namespaces/kube-system/pods")[1]["items"]
    return found


def remove(dev: Dev, pod: dict[str, Any]) -> None:
    dev.live.ask_api("DELETE", f"/api/v1/namespaces/kube-system/pods/{pod['metadata']['name']}")


def node_info(kubelet: str) -> dict[str, str]:
    names = (
        "machineID",
        "systemUUID",
        "bootID",
        "kernelVersion",
        "osImage",
        "containerRuntimeVersion",
        "operatingSystem",
        "architecture",
    )
    return dict.fromkeys(names, "x") | {"kubeletVersion": kubelet, "kubeProxyVersion": ""}


def test_etcd_stands_still(dev: Dev) -> None:
    """Seen by the API server's own checks; and what can't be read then is not waited for."""
    with dev.stopped("etcd"):
        # Its check keeps an answer for a while.
        until(lambda: dev.live.ask_api("GET", "/readyz/etcd")[0] != 200)
        answer = components(dev.environment, Silent())
    found = parts(answer)
    assert found["etcd"] == ("fault", "does not answer the API server (managed by AWS)")
    assert found["API server"][0] == "fault"
    assert found["nodes"] == ("not seen", "etcd does not answer")
    assert (answer.ok, answer.data["nodes"]) == (False, None)


def test_no_answer_is_a_fault() -> None:
    no = {reason: KubernetesError("kubectl get failed", reason, "the words") for reason in Reason}
    assert {reason for reason in Reason if room._refused("nodes", no[reason]).state == "not seen"} == {Reason.FORBIDDEN}


def test_leaders_by_their_leases(dev: Dev, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "SECOND_LOOK", 0.1)
    now, old = datetime.now(UTC), "2026-01-01T00:00:00.000000Z"
    try:
        put_lease(dev, "kube-scheduler", now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
        put_lease(dev, "kube-controller-manager", old)
        answer = components(dev.environment, Silent())
        found = parts(answer)
        assert found["scheduler"][0] == "ok"
        assert found["controller manager"][0] == "fault"
        assert found["controller manager"][1].startswith("no leader has renewed its lease for ")
        assert not answer.ok
    finally:
        for name in ("kube-scheduler", "kube-controller-manager"):
            dev.live.ask_api("DELETE", f"{LEASES}/{name}")


def put_lease(dev: Dev, name: str, renewed: str) -> None:
    spec = {"holderIdentity": "a", "leaseDurationSeconds": 15, "renewTime": renewed}
    body: dict[str, Any] = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": name},
        "spec": spec,
    }
    status, answer = dev.live.ask_api("POST", LEASES, body)
    assert status == 201, answer


def test_what_a_viewer_can_not_see_is_no_fault(dev: Dev) -> None:
    dev.let_in("github-ci", "View", "bank")
    done = dev.live.inv("cluster.components", "--profile", "github", "--json").check()
    answer = json.loads(done.stdout)
    states = {part["name"]: part["state"] for part in answer["components"]}
    assert (states["API server"], states["scheduler"], states["kube-proxy"], states["nodes"]) == (
        "ok",
        "not seen",
        "not seen",
        "not seen",
    )
    assert answer["nodes"] is None


def test_who_is_not_known_is_told(dev: Dev) -> None:
    refused = dev.live.inv("cluster.components", "--profile", "github").check(1)
    assert "does not know profile github (401)" in "\n".join(error_of(refused))


def test_another_account(dev: Dev) -> None:
    from dataclasses import replace

    with pytest.raises(LongshoreError, match="wrong account"):
        components(replace(dev.environment, account_id="999988887777"), Silent())
