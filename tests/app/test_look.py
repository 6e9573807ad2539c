"""app.status, diff, logs, url and shell on the real API server: none of them writes."""

from __future__ import annotations

import json

import pytest

from tests.app.conftest import Bank
from tests.live import told

pytestmark = pytest.mark.integration


def test_status(bank_app: Bank) -> None:
    told(bank_app.inv("app.status"), 2, "bank is not deployed", then="inv app.deploy")
    bank_app.deploy().check()
    bank_app.deploy(image=bank_app.v2).check()
    mark = bank_app.live.api_mark()
    (one,) = json.loads(bank_app.inv("app.status", "--json").check().stdout)["workloads"]
    assert (one["kind"], one["name"], one["revision"], one["ready"], one["wanted"]) == ("Deployment", "bank", 2, 2, 2)
    assert one["images"][0].endswith(bank_app.v2)
    assert one["run"] == bank_app.live.runs("app.deploy")[0].id
    assert [pod["ready"] for pod in one["pods"]] == [True, True]
    assert [each["revision"] for each in one["revisions"]] == [2, 1]
    said = bank_app.inv("app.status").check().stdout
    assert f"bank@{bank_app.v2[:19]}" in said
    assert bank_app.live.api_writes(mark) == []


def test_status_of_pods_that_do_not_run(bank_app: Bank) -> None:
    bank_app.chaos("bad-config")
    told(bank_app.deploy(), 1)
    said = bank_app.inv("app.status").check(1).stdout
    assert 'CreateContainerConfigError: secret "nowhere" not found' in said


def test_diff(bank_app: Bank) -> None:
    assert "create Deployment bank" in bank_app.inv("app.diff", "--image", "v1").check().stdout
    bank_app.deploy().check()
    mark = bank_app.live.api_mark()
    assert json.loads(bank_app.inv("app.diff", "--image", "v1", "--json").check().stdout)["changes"] == []
    (change,) = json.loads(bank_app.inv("app.diff", "--image", "v2", "--json").check().stdout)["changes"]
    assert change.startswith("Deployment bank: spec.template.spec.containers[bank].image: ")
    assert bank_app.live.api_writes(mark) == []


def test_the_load_balancers_address_is_waited_for(bank_app: Bank) -> None:
    told(bank_app.inv("app.url", "--seconds", "0"), 2, "bank has no Service of type LoadBalancer")
    bank_app.deploy().check()
    (found,) = json.loads(bank_app.inv("app.url", "--json").check().stdout)["services"]
    assert found["host"].startswith("k8s-bank-bank-")
    assert found["host"].endswith(".elb.eu-central-1.amazonaws.com")
    assert found["urls"] == [f"http://{found['host']}"]


def test_an_address_that_stays_away_is_explained(bank_app: Bank) -> None:
    service = bank_app.live.project / "k8s" / "base" / "service.yaml"
    service.write_text(
        service.read_text().replace("  name: bank\n", "  name: bank\n  labels: {longshore/chaos: pending}\n", 1)
    )
    bank_app.deploy().check()
    said = bank_app.inv("app.url", "--seconds", "3").check(1).stdout
    assert "pending" in said
    assert "FailedBuildModel: Failed build model due to unable to resolve at least one subnet" in said


def test_a_shell_and_logs_are_kubectls_own(bank_app: Bank) -> None:
    bank_app.deploy().check()
    # kwok's pods run nothing: kubectl's own answer and exit code are what is told.
    shell = bank_app.inv("app.shell")
    assert shell.code == 1
    assert "in pod bank-" in shell.stderr
    logs = bank_app.inv("app.logs", "--since", "10m")
    assert "error" in (logs.stdout + logs.stderr).lower() or logs.code == 0
