"""What keeps pods from becoming ready ends app.deploy at once, with the reason; the Deployment's own limit (300 s) is never waited for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app.conftest import Bank
from tests.live import told
from tests.live_cluster import NAMESPACE

pytestmark = pytest.mark.integration

CONTAINER = "/spec/template/spec/containers/0"
INIT = {"op": "add", "path": "/spec/template/spec/initContainers", "value": [{"name": "first", "image": "first:1"}]}
TWICE = {"op": "add", "path": f"{CONTAINER}/readinessProbe/failureThreshold", "value": 2}


@pytest.mark.parametrize(
    ("chaos", "more", "why", "explained"),
    [
        ("image-pull", [], "ImagePullBackOff: Back-off pulling image", "event of bank-"),
        ("crash-loop", [], "CrashLoopBackOff: bank ended with exit code 1, 3 restarts", "event of bank-"),
        ("bad-config", [], 'CreateContainerConfigError: secret "nowhere" not found', "event of bank-"),
        ("mount", [], 'FailedMount: MountVolume.SetUp failed for volume "settings"', "Warning FailedMount"),
        ("init-crash", [INIT], "CrashLoopBackOff: first ended with exit code 2, 2 restarts", "event of bank-"),
        ("unready", [TWICE], "Unhealthy: Readiness probe failed", "Warning Unhealthy"),
    ],
)
def test_a_pod_that_will_not_become_ready(
    bank_app: Bank, chaos: str, more: list[dict[str, Any]], why: str, explained: str
) -> None:
    bank_app.chaos(chaos, *more)
    said = bank_app.deploy()
    lines = told(said, 1, "Deployment bank does not become ready")
    assert why in lines[1]
    assert explained in said.stderr
    assert bank_app.holder == ""


def test_a_pod_that_fits_no_node(bank_app: Bank) -> None:
    bank_app.patch({"op": "replace", "path": f"{CONTAINER}/resources/requests/cpu", "value": "5000"})
    lines = told(bank_app.deploy(), 1, "Deployment bank does not become ready")
    assert "Unschedulable: 0/2 nodes are available" in lines[1]


def test_a_quota_that_is_used_up(bank_app: Bank) -> None:
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"}, "spec": {"hard": {"pods": "1"}}}
    assert bank_app.live.ask_api("POST", f"/api/v1/namespaces/{NAMESPACE}/resourcequotas", quota)[0] == 201
    lines = told(bank_app.deploy(), 1, "Deployment bank does not become ready")
    assert "exceeded quota: few" in lines[1]


def test_the_previous_revision_is_put_back_and_proven(bank_app: Bank) -> None:
    bank_app.deploy().check()
    (before,) = bank_app.all("ReplicaSet")
    bank_app.chaos("crash-loop")
    said = bank_app.deploy("--rollback", image=bank_app.v2)
    lines = told(said, 1, "the deployment failed; bank revision 1 (bank@", then="inv app.status")
    assert f"{bank_app.v1[:19]}) as revision 3 is back and ready" in lines[0]
    assert "CrashLoopBackOff" in lines[1]
    found = bank_app.one("Deployment")
    assert bank_app.image().endswith(bank_app.v1)
    assert found["status"]["availableReplicas"] == 2
    newest = max(
        bank_app.all("ReplicaSet"),
        key=lambda one: int(one["metadata"]["annotations"]["deployment.kubernetes.io/revision"]),
    )
    assert newest["metadata"]["name"] == before["metadata"]["name"]
    assert bank_app.holder == ""


def test_the_first_deployment_has_nothing_to_go_back_to(bank_app: Bank) -> None:
    bank_app.chaos("image-pull")
    said = bank_app.deploy("--rollback")
    told(said, 1, "Deployment bank does not become ready")
    assert "there is no revision of a Deployment to go back to" in said.stderr


@pytest.mark.exhaustive
def test_the_time_limit_is_the_last_resort_and_goes_back_too(bank_app: Bank) -> None:
    bank_app.deploy().check()
    told(bank_app.deploy("--minutes", "0"), 2, "--minutes must be 1 or more (0)")
    # Its probe may fail so often that nothing is the matter yet.
    bank_app.chaos("unready", {**TWICE, "value": 1000})
    lines = told(bank_app.deploy("--rollback", "--minutes", "1", image=bank_app.v2), 1, "the deployment failed; bank")
    assert "Timeout: not ready after 1 min" in lines[1]
    assert bank_app.image().endswith(bank_app.v1)
