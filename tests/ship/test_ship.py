"""ship on the real sandbox: from a commit to ready pods, twice, after a failure, and what is refused before anything is done."""

from __future__ import annotations

import json

import pytest

from tests.app.conftest import LEASES
from tests.app.pushing import push
from tests.live import told
from tests.ship.conftest import INTEREST, Shipyard, rows, summary_of

pytestmark = pytest.mark.integration

NEW_PLAN = "inv ship --env sandbox --smoke /health --minutes 10 --plan --out FILE"


def test_a_commit_goes_to_traffic_and_twice_is_nothing(shipyard: Shipyard) -> None:
    live, bank = shipyard.live, shipyard.bank
    mark = shipyard.mark()
    plan = shipyard.ship("--plan", "--exit-code")
    assert plan.code == 4
    for line in ("+ Push bank", "+ Migrate the database of sandbox", "    create Deployment bank"):
        assert line in plan.stdout.splitlines()
    assert "= Smoke test: /health: not checked: pods are simulated" in plan.stdout
    shipyard.untouched(mark)

    calls = len(live.calls())
    said = shipyard.ship("--json").check()
    # One identity, one secret, one cluster for all parts.
    asked = [call["operation"] for call in live.calls()[calls:]]
    assert [asked.count(name) for name in ("GetCallerIdentity", "GetSecretValue", "DescribeCluster")] == [1, 1, 1]
    (image,) = shipyard.images()
    assert bank.image().endswith(f"/bank@{image['imageDigest']}")
    assert live.version == (5, False)
    assert bank.one("Deployment")["status"]["availableReplicas"] == 2
    found = summary_of(said)
    assert found["image"] == bank.image()
    assert found["database"] == "version 5, was none"
    assert found["application"] == "bank revision 1, 2 of 2 pods ready"
    assert found["smoke_test"] == "not checked: pods are simulated"
    assert holder(shipyard) == ""

    mark = shipyard.mark()
    again = shipyard.ship().check()
    assert "nothing to do" in again.stderr
    assert f"  image        {bank.image()}" in again.stdout.splitlines()
    shipyard.untouched(mark)


def test_after_a_failed_deployment_the_application_is_back_and_the_database_is_not(shipyard: Shipyard) -> None:
    old = shipyard.built()
    shipyard.ship().check()
    shipyard.migration()
    shipyard.bank.chaos("crash-loop")
    shipyard.commit()
    new = shipyard.built()
    said = shipyard.ship()
    lines = told(
        said,
        1,
        f"the deployment failed; bank revision 1 (bank@{old[:19]}) as revision 3 is back and ready",
        "inv runs.resume",
    )
    assert (
        "  done: Migrate the database of sandbox, History in longshore_migrations; not done: Deploy bank to bank"
        in lines
    )
    parts = rows(said.stderr)
    assert parts["image"].endswith(new)
    assert parts["database"] == "version 6, was 5 (a migration is not rolled back)"
    assert parts["application"] == f"rolled back: bank revision 1 (bank@{old[:19]}) as revision 3 runs"
    assert shipyard.live.version == (6, False)
    assert shipyard.bank.image().endswith(old)
    assert holder(shipyard) == ""


def test_what_can_be_known_is_refused_before_anything_is_done(shipyard: Shipyard) -> None:
    live = shipyard.live
    mark = shipyard.mark()
    # A manifest, though its image is not there yet.
    file = live.project / "k8s" / "base" / "deployment.yaml"
    text = file.read_text()
    file.write_text(text.replace("readinessProbe", "readynessProbe"))
    lines = told(shipyard.ship(), 2, "the manifests have errors, nothing was applied")
    assert "readynessProbe: there is no such field" in lines[1]
    file.write_text(text)
    # A migration.
    shipyard.migration({**INTEREST, "000006_interest.up.sql": "\\i other.sql\n"})
    lines = told(shipyard.ship(), 2, "a pending migration has an error, nothing was done", "inv db.lint --env sandbox")
    assert "000006_interest.up.sql:1" in lines[0]
    shipyard.migration()
    # The secret.
    (live.project / "app.env.example").write_text("DB_SOURCE=\nMAIL_KEY=\n")
    lines = told(shipyard.ship(), 2, "the secret lacks what the application needs", "inv secrets.set --env sandbox")
    assert "MAIL_KEY is missing" in lines[1]
    (live.project / "app.env.example").unlink()
    told(live.inv("ship", "--smoke", "health"), 2, "--smoke can't be that")
    shipyard.untouched(mark)
    assert shipyard.images() == []


def test_a_kept_plan_is_refused_once_it_is_stale(shipyard: Shipyard) -> None:
    live, file = shipyard.live, shipyard.live.project.parent / "ship.plan"
    shipyard.built()
    said = shipyard.ship("--plan", "--out", str(file)).check()
    assert f"the plan is in {file}: inv ship --plan-file {file}" in said.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    assert not any(value in file.read_text() for value in live.secret.values())

    run = ("ship", "--plan-file", str(file))
    mark = shipyard.mark()
    told(live.inv(*run, "--env", "prod"), 2, "--env can't be 'prod'")
    told(live.inv(*run, "--smoke", "/"), 2, "--smoke can't be given with --plan-file", NEW_PLAN)
    told(live.inv("ship", "--out", "x.plan"), 2, "--out goes with --plan")
    kept = file.read_text()
    file.write_text(kept.replace('"version": 5', '"version": 4'))
    told(live.inv(*run), 2, "the plan is not what was written")
    file.write_text(kept)
    (live.migrations / "000005_sessions.up.sql").write_text("CREATE TABLE sessions (id int);\n")
    shipyard.bank.patch({"op": "replace", "path": "/spec/replicas", "value": 7})
    before, after = head_of(kept), shipyard.commit()
    lines = told(live.inv(*run), 3, "the plan is stale", NEW_PLAN)
    assert "manifests was sha256 " in lines[1]
    assert f"commit was {before[:12]}, is {after[:12]}" in lines[1]
    assert "000005_sessions.up.sql was sha256 a94b56a97383, is sha256 " in lines[1]
    shipyard.untouched(mark)


@pytest.mark.exhaustive
def test_a_kept_plan_is_run_and_what_others_changed_makes_it_stale(shipyard: Shipyard) -> None:
    live, file = shipyard.live, shipyard.live.project.parent / "ship.plan"
    shipyard.built()
    shipyard.ship("--plan", "--out", str(file)).check()
    run = ("ship", "--plan-file", str(file))
    live.inv(*run).check()
    assert live.version == (5, False)
    mark = shipyard.mark()
    again = live.inv(*run).check()
    assert "which carried this plan out" in again.stderr
    shipyard.untouched(mark)
    # Somebody does something else meanwhile: the rerun of a job runs over nobody.
    live.inv("db.rollback", "--confirm", "sandbox").check()
    live.inv("app.restart").check()
    lines = told(live.inv(*run), 3, "the plan is stale", NEW_PLAN)
    assert "version of the database was 5, is 4; deployed revision was bank 1, is bank 2" in lines[1]
    assert live.version == (4, False)
    shipyard.migration()
    shipyard.commit()
    shipyard.built()
    shipyard.ship().check()
    lines = told(live.inv(*run), 3, "the plan is stale", NEW_PLAN)
    assert "version of the database was none, is 6; deployed revision was none, is bank 3" in lines[1]


def head_of(plan: str) -> str:
    return str(json.loads(plan)["facts"]["commit"])


def holder(yard: Shipyard) -> str:
    """Who has the turn to ship."""
    return yard.bank.lease(LEASES[1]).get("holder", "")


@pytest.mark.exhaustive
def test_the_way_back_is_to_what_serves_then_and_not_to_what_served_in_an_older_try(shipyard: Shipyard) -> None:
    shipyard.built()
    shipyard.ship().check()
    shipyard.bank.chaos("crash-loop")
    shipyard.commit()
    shipyard.built()
    told(shipyard.ship(), 1, "the deployment failed; bank revision 1 ")
    # Somebody mends it by hand; the next try of the pipeline fails again.
    fixed = push(shipyard.ecr, "fixed")
    shipyard.bank.patch()
    shipyard.live.inv("app.deploy", "--image", "fixed").check()
    shipyard.bank.chaos("image-pull")
    said = shipyard.ship()
    told(said, 1, f"(bank@{fixed[:19]}) as revision ")
    assert shipyard.bank.image().endswith(fixed)
