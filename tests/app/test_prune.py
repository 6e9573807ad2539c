"""app.deploy --prune: what longshore applied once and the manifests no longer have. Nothing else goes, and without the flag it is only told."""

from __future__ import annotations

import pytest

from tests.app.conftest import PLACES, Bank
from tests.live_cluster import NAMESPACE

pytestmark = pytest.mark.integration

CLAIMS = f"/api/v1/namespaces/{NAMESPACE}/persistentvolumeclaims"
OURS = {"longshore/app": "bank"}
CLAIM = {
    "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "labels": OURS},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}  # fmt: skip
OTHER = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other", "labels": {"longshore/app": "shop"}}}


def without(bank: Bank, *files: str) -> None:
    """The base no longer has these."""
    base = bank.live.project / "k8s" / "base" / "kustomization.yaml"
    base.write_text("".join(f"{line}\n" for line in base.read_text().splitlines() if line[2:] not in files))


def test_what_left_the_manifests_goes_and_nothing_else(bank_app: Bank) -> None:
    bank_app.deploy().check()
    for path, body in ((CLAIMS, CLAIM), (PLACES["ConfigMap"].format(NAMESPACE), OTHER)):
        assert bank_app.live.ask_api("POST", path, body)[0] == 201
    try:
        without(bank_app, "service.yaml", "disruption-budget.yaml")
        mark = bank_app.live.api_mark()
        said = bank_app.deploy().check().stderr
        assert (
            "no longer in the manifests, and still there: service/bank, poddisruptionbudget/bank; --prune deletes it"
            in said
        )
        assert "nothing to do" in said
        plan = bank_app.deploy("--prune", "--plan", "--exit-code").check(4).stdout
        assert "delete service/bank" in plan
        assert "data" not in plan
        assert bank_app.live.api_writes(mark) == []
        bank_app.deploy("--prune").check()
        assert (bank_app.all("Service"), bank_app.all("PodDisruptionBudget")) == ([], [])
        assert {one["metadata"]["name"] for one in bank_app.all("ConfigMap")} == {"bank-settings", "other"}
        assert len(bank_app.all("Secret")) == 1
        assert bank_app.live.ask_api("GET", f"{CLAIMS}/data")[0] == 200
        assert bank_app.holder == ""
        said = bank_app.deploy("--prune").check().stderr
        assert "nothing to do" in said
        assert "no longer" not in said
    finally:
        bank_app.live.ask_api("DELETE", f"{CLAIMS}/data")


def test_nothing_goes_where_the_new_pods_do_not_become_ready(bank_app: Bank) -> None:
    bank_app.deploy().check()
    without(bank_app, "service.yaml")
    bank_app.chaos("crash-loop")
    bank_app.deploy("--prune").check(1)
    assert len(bank_app.all("Service")) == 1
