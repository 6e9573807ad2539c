"""app.rollback, scale, restart and delete on the real API server."""

from __future__ import annotations

import pytest

from tests.app.conftest import Bank
from tests.app.test_deploy import PLAIN
from tests.live import told

pytestmark = pytest.mark.integration


def revision(bank: Bank) -> int:
    return int(bank.one("Deployment")["metadata"]["annotations"]["deployment.kubernetes.io/revision"])


def test_the_revision_before_is_put_back_and_the_next_deployment_goes_on_from_there(bank_app: Bank) -> None:
    bank_app.deploy().check()
    bank_app.deploy(image=bank_app.v2).check()
    said = bank_app.inv("app.rollback").check()
    assert "bank: revision 2 (bank@" in said.stderr
    assert bank_app.image().endswith(bank_app.v1)
    assert revision(bank_app) == 3
    assert bank_app.holder == ""
    again = bank_app.deploy(image=bank_app.v2).check()
    assert "are taken over" in again.stderr
    assert bank_app.image().endswith(bank_app.v2)
    bank_app.inv("app.rollback", "--to", "3").check()
    assert bank_app.image().endswith(bank_app.v1)
    lines = told(bank_app.inv("app.rollback", "--to", "3"), 2, "there is no revision 3")
    assert "revision 5 (bank@" in lines[1]


def test_there_is_nothing_to_go_back_to(bank_app: Bank) -> None:
    told(bank_app.inv("app.rollback"), 2, "bank is not deployed", then="inv app.deploy")
    bank_app.deploy().check()
    mark = bank_app.live.api_mark()
    told(bank_app.inv("app.rollback"), 2, "there is no revision to go back to")
    assert bank_app.live.api_writes(mark) == []


def test_those_that_have_an_older_revision_go_back_and_the_others_are_told_and_stay(bank_app: Bank) -> None:
    folder = bank_app.plain(web=PLAIN)
    bank_app.deploy().check()
    # A service that is new, and broken, beside one that has another image.
    broken = "labels: {app: api, longshore/chaos: crash-loop}"
    (folder / "api.yaml").write_text(PLAIN.replace("web", "api").replace("labels: {app: api}", broken))
    bank_app.deploy(image=bank_app.v2).check(1)
    api = bank_app.one("Deployment", "api")["spec"]
    said = bank_app.inv("app.rollback").check()
    assert "so they stay as they are: api (revision 1 (bank@" in said.stderr
    assert "web: revision 2 (bank@" in said.stderr
    assert bank_app.image("web").endswith(bank_app.v1)
    assert bank_app.one("Deployment", "api")["spec"] == api
    mark = bank_app.live.api_mark()
    told(bank_app.inv("app.rollback", "--workload", "api"), 2, "there is no revision to go back to (api)")
    assert bank_app.live.api_writes(mark) == []


def test_none_of_several_has_an_older_revision(bank_app: Bank) -> None:
    bank_app.plain(web=PLAIN, api=PLAIN.replace("web", "api"))
    bank_app.deploy().check()
    mark = bank_app.live.api_mark()
    lines = told(bank_app.inv("app.rollback"), 2, "there is no revision to go back to (api, web)")
    assert "api has revision 1 (bank@" in lines[1]
    assert "; web has revision 1 (bank@" in lines[1]
    assert bank_app.live.api_writes(mark) == []


def test_scale_and_what_the_manifests_say_next_time(bank_app: Bank) -> None:
    bank_app.deploy().check()
    assert "bank: 2 → 4 pods" in bank_app.inv("app.scale", "--replicas", "4").check().stderr
    assert bank_app.one("Deployment")["status"]["availableReplicas"] == 4
    assert "nothing to do" in bank_app.inv("app.scale", "--replicas", "4").check().stderr
    diff = bank_app.inv("app.diff", "--image", "v1").check()
    assert "Deployment bank: spec.replicas: 4 → 2" in diff.stdout
    told(bank_app.inv("app.scale", "--replicas", "0"), 3)


def test_restart_makes_other_pods_of_the_same_image(bank_app: Bank) -> None:
    bank_app.deploy().check()
    before = {pod["metadata"]["uid"] for pod in bank_app.all("Pod")}
    bank_app.inv("app.restart").check()
    after = {pod["metadata"]["uid"] for pod in bank_app.all("Pod") if not pod["metadata"].get("deletionTimestamp")}
    assert len(after) == 2
    assert after.isdisjoint(before)
    assert bank_app.image().endswith(bank_app.v1)
    # The next deployment doesn't undo it.
    assert "nothing to do" in bank_app.deploy().check().stderr


def test_delete_takes_what_longshore_applied_and_nothing_else(bank_app: Bank) -> None:
    bank_app.deploy().check()
    place = "/api/v1/namespaces/bank/configmaps"
    other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "others"}}
    assert bank_app.live.ask_api("POST", place, other)[0] == 201
    plan = bank_app.inv("app.delete", "--plan").check().stdout
    assert "delete service/bank" in plan
    told(bank_app.inv("app.delete"), 3)
    bank_app.one("Deployment")
    bank_app.inv("app.delete", "--confirm", "sandbox").check()
    for kind in ("Deployment", "Service", "Secret", "PodDisruptionBudget"):
        assert bank_app.all(kind) == [], kind
    assert [one["metadata"]["name"] for one in bank_app.all("ConfigMap")] == ["others"]
    assert "nothing to do" in bank_app.inv("app.delete", "--confirm", "sandbox").check().stderr


def test_a_workload_is_named_where_there_are_several(bank_app: Bank) -> None:
    bank_app.plain(web=PLAIN, api=PLAIN.replace("web", "api"))
    bank_app.deploy().check()
    told(bank_app.inv("app.scale", "--replicas", "2"), 2, "which workload?")
    bank_app.inv("app.scale", "--replicas", "2", "--workload", "api").check()
    assert bank_app.one("Deployment", "api")["spec"]["replicas"] == 2
    assert "did you mean api?" in "".join(told(bank_app.inv("app.restart", "--workload", "apo"), 2, "no workload apo"))
