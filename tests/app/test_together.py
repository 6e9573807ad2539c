"""Two deployments at once, one that is killed, and an API server that goes away in the middle."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from longshore.sandbox import processes
from tests.app.conftest import LEASES, Bank
from tests.command import until
from tests.faults.test_kill import TRIGGER
from tests.live import told
from tests.live_cluster import CLUSTER, NAMESPACE

pytestmark = pytest.mark.integration

LEASE = LEASES[0]
RECORDS = 14


def test_who_deploys_elsewhere_is_waited_for_and_named(bank_app: Bank) -> None:
    bank_app.hold(LEASE, "ana@laptop run 1")
    mark = bank_app.live.api_mark()
    lines = told(bank_app.deploy("--wait", "1"), 3, "somebody else deploys here, nothing was applied")
    assert "ana@laptop run 1" in lines[0]
    assert bank_app.live.api_writes(mark) == []
    waiting = bank_app.begin("app.deploy", "--image", "v1", "--wait", "60")
    waiting.says("waits for ana@laptop run 1")
    assert bank_app.all("Deployment") == []
    assert bank_app.let_go(LEASE) == 200
    assert waiting.end().code == 0
    assert bank_app.holder == ""


def test_two_at_once_from_two_checkouts_go_one_after_the_other(bank_app: Bank, tmp_path: Path) -> None:
    clone = bank_app.live.clone(tmp_path / "clone")
    shutil.copytree(bank_app.live.project / "k8s", clone.project / "k8s")
    both = [
        bank_app.begin("app.deploy", "--image", "v1"),
        clone.inv.begin("app.deploy", "--image", "v2"),
    ]
    assert [one.end().code for one in both] == [0, 0], [one.said for one in both]
    assert bank_app.image().endswith((bank_app.v1, bank_app.v2))
    assert bank_app.one("Deployment")["status"]["availableReplicas"] == 2
    assert bank_app.holder == ""


def test_what_is_deleted_in_the_middle_is_no_success(bank_app: Bank) -> None:
    cpu = "/spec/template/spec/containers/0/resources/requests/cpu"
    bank_app.patch({"op": "replace", "path": cpu, "value": "5000"})
    running = bank_app.begin("app.deploy", "--image", "v1")
    until(lambda: len(bank_app.all("ReplicaSet")) == 1)
    bank_app.live.ask_api("DELETE", f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/bank")
    told(running.end(), 1, "somebody has deleted what is deployed here")


def test_a_lease_that_nobody_renews_runs_out(bank_app: Bank) -> None:
    bank_app.hold(LEASE, "gone@laptop run 1", seconds=2)
    said = bank_app.deploy().check()
    assert "waits for gone@laptop run 1" in said.stderr


def test_a_failed_deployment_gives_the_lease_back(bank_app: Bank) -> None:
    bank_app.chaos("image-pull")
    told(bank_app.deploy(), 1)
    assert bank_app.holder == ""


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        pytest.param(moment, number, marks=[] if (moment, number) == ("after", 10) else pytest.mark.exhaustive)
        for moment in ("before", "after")
        for number in range(1, RECORDS + 1)
    ],
)
def test_killed_at_a_record_and_given_again(bank_app: Bank, moment: str, number: int) -> None:
    words = ("app.deploy", "--image", "v1")
    killed = bank_app.begin(moment, str(number), *words, script=TRIGGER).end()
    assert killed.code in (-signal.SIGKILL, 0), killed.stderr
    bank_app.inv(*words).check()
    found = bank_app.one("Deployment")
    assert found["status"]["availableReplicas"] == 2
    assert found["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"
    assert bank_app.holder == ""


def test_killed_while_it_watches_and_given_again(bank_app: Bank) -> None:
    bank_app.deploy().check()
    cpu = "/spec/template/spec/containers/0/resources/requests/cpu"
    bank_app.patch({"op": "replace", "path": cpu, "value": "5000"})
    words = ("app.deploy", "--image", "v1", "--rollback")
    running = bank_app.begin(*words)
    until(lambda: len(bank_app.all("ReplicaSet")) == 2)
    running.kill()
    assert bank_app.holder != ""
    # Its own Lease isn't waited for, and the way back is to what served before both.
    lines = told(bank_app.inv(*words), 1, "the deployment failed; bank revision 1 (bank@")
    assert "Unschedulable" in lines[1]
    assert bank_app.holder == ""


def test_the_api_server_goes_away_in_the_middle(bank_app: Bank) -> None:
    bank_app.deploy().check()
    cpu = "/spec/template/spec/containers/0/resources/requests/cpu"
    bank_app.patch({"op": "replace", "path": cpu, "value": "5000"})
    running = bank_app.begin("app.deploy", "--image", "v1")
    until(lambda: len(bank_app.all("ReplicaSet")) == 2)
    # It has applied, and watches.
    running.says("… bank: ")
    [pid] = [one.pid for one in processes.recorded(bank_app.live.layout) if one.name == f"eks-{CLUSTER}.apiserver"]
    os.kill(pid, signal.SIGKILL)
    # It comes again, and the watch goes on to its end.
    lines = told(running.end(), 1, "Deployment bank does not become ready")
    assert "Unschedulable" in lines[1]
    until(lambda: bank_app.live.ask_api("GET", "/readyz")[0] == 200)
