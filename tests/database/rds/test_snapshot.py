from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from longshore.aws.session import Choice, open_profile
from longshore.database.rds.api import Rds
from longshore.database.rds.provision import provision
from longshore.database.rds.snapshot import Snapshot
from longshore.environments.environment import Environment
from longshore.errors import Failed, Refused
from longshore.steps.journal import FileSink, Journal
from longshore.steps.step import Done, ToDo
from tests.database.rds import rds_sandbox
from tests.database.rds.rds_sandbox import Told, a_run, client, killed, own, perform
from tests.database.rds.test_api import ENVIRONMENT

RDS_HOST = "other.abc.eu-west-1.rds.amazonaws.com"
TASK = "db.migrate"


def found(environment: Environment, host: str = "localhost", needed: bool = True, port: int | None = None) -> object:
    step = Snapshot(environment, lambda: needed, lambda: host, None if port is None else lambda: port)
    return step.check(a_run(environment))


def test_an_environment_that_is_not_protected_needs_none() -> None:
    assert found(dataclasses.replace(ENVIRONMENT, protected=False)) == Done("not protected")


def test_nothing_to_migrate_needs_none() -> None:
    assert found(ENVIRONMENT, needed=False) == Done("nothing pending")


def test_a_database_elsewhere_needs_none() -> None:
    assert found(dataclasses.replace(ENVIRONMENT, db_instance="")) == Done("not RDS: DB_INSTANCE is not set")


def test_a_protected_database_on_rds_needs_its_instance() -> None:
    with pytest.raises(Refused) as caught:
        found(dataclasses.replace(ENVIRONMENT, db_instance=""), RDS_HOST)
    assert str(caught.value) == (
        f"error: no snapshot can be taken of this database, nothing was touched ({RDS_HOST})\n"
        "  why: it is on RDS, prod is protected, and DB_INSTANCE is not set\n"
        "  next: set DB_INSTANCE in env/prod.env to the instance behind other, and name its own endpoint\n"
        "  next: inv db.migrate --env prod --no-snapshot goes without one (it asks)"
    )


@pytest.mark.parametrize("status", ["failed", "deleting"])
def test_a_snapshot_that_failed_is_explained(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    from botocore.stub import Stubber

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a/secret")
    session = open_profile(Choice("", "", "eu-west-1", "prod"), attempts=1)
    with Stubber(session.client("rds")) as stub:
        endpoint = {"Address": "bank-prod.abc.eu-west-1.rds.amazonaws.com", "Port": 5432}
        instance = {"DBInstanceIdentifier": "bank-prod", "DBInstanceStatus": "available", "Endpoint": endpoint}
        stub.add_response("describe_db_instances", {"DBInstances": [instance]})
        stub.add_response("describe_db_snapshots", {"DBSnapshots": [{"DBSnapshotIdentifier": "s", "Status": status}]})
        step = Snapshot(ENVIRONMENT, lambda: True, lambda: endpoint["Address"].upper())
        step._rds = Rds(session)
        with pytest.raises(Failed, match=f"the snapshot is {status}"):
            step.check(a_run(ENVIRONMENT))


def test_the_snapshot_of_another_instance_is_not_gone_on_with() -> None:
    run = a_run(ENVIRONMENT)
    run._targets["snapshot"] = "longshore-another-20260101-000000"
    name = Snapshot(ENVIRONMENT, lambda: True, lambda: RDS_HOST)._target(run)
    assert name.startswith(f"longshore-{ENVIRONMENT.db_instance}-")


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """A protected environment with an RDS instance that answers."""
    with rds_sandbox.running(tmp_path_factory.mktemp("rds") / "project") as sandbox:
        perform(own(sandbox, "bank-prod"), provision(own(sandbox, "bank-prod")))
        yield own(sandbox, "bank-prod")


def endpoint(environment: Environment) -> dict[str, Any]:
    found = client(environment, "rds").describe_db_instances(DBInstanceIdentifier=environment.db_instance)
    place: dict[str, Any] = found["DBInstances"][0]["Endpoint"]
    return place


def snapshots(environment: Environment) -> dict[str, str]:
    """The status of each snapshot of longshore's."""
    found = client(environment, "rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    return {
        one["DBSnapshotIdentifier"]: one["Status"]
        for one in found
        if one["DBSnapshotIdentifier"].startswith("longshore-")
    }


@pytest.fixture
def clean(instance: Environment) -> Iterator[None]:
    """No snapshot is left for the next test."""
    yield
    for name in snapshots(instance):
        client(instance, "rds").delete_db_snapshot(DBSnapshotIdentifier=name)


@pytest.mark.integration
def test_another_host_is_not_the_instance(instance: Environment) -> None:
    assert found(instance) == Done("not RDS: localhost is not bank-prod's endpoint")
    other_port = endpoint(instance)["Port"] + 1
    assert found(instance, "127.0.0.1", port=other_port) == Done("not RDS: 127.0.0.1 is not bank-prod's endpoint")


@pytest.mark.integration
def test_an_instance_that_is_not_there_is_not_rds(instance: Environment) -> None:
    other = dataclasses.replace(instance, db_instance="none")
    assert found(other) == Done("not RDS: localhost is not none's endpoint")


@pytest.mark.integration
def test_another_database_on_rds_is_refused(instance: Environment) -> None:
    with pytest.raises(Refused, match=f"{RDS_HOST} is not bank-prod's endpoint"):
        found(instance, RDS_HOST)


def a_snapshot(instance: Environment) -> Snapshot:
    place = endpoint(instance)
    return Snapshot(instance, lambda: True, lambda: place["Address"], lambda: place["Port"])


@pytest.mark.integration
def test_a_plan_makes_none(instance: Environment, clean: None) -> None:
    status = a_snapshot(instance).check(a_run(instance))
    assert isinstance(status, ToDo)
    assert status.changes[0].startswith("make the snapshot longshore-bank-prod-2")
    assert snapshots(instance) == {}


@pytest.mark.integration
def test_a_snapshot_is_made_and_waited_for(instance: Environment, clean: None) -> None:
    step, told = a_snapshot(instance), Told()
    assert perform(instance, [step], told, TASK).acted == ("snapshot",)
    assert snapshots(instance) == {step.identifier: "available"}
    assert f"snapshot {step.identifier}: creating" in told.lines
    described = client(instance, "rds").describe_db_snapshots(DBSnapshotIdentifier=step.identifier)["DBSnapshots"][0]
    assert {"Key": "managed-by", "Value": "longshore"} in described["TagList"]


@pytest.mark.integration
def test_a_snapshot_waits_for_the_one_before_it(instance: Environment, clean: None) -> None:
    client(instance, "rds").create_db_snapshot(
        DBInstanceIdentifier="bank-prod", DBSnapshotIdentifier="longshore-by-hand"
    )
    step = a_snapshot(instance)
    perform(instance, [step], None, TASK)
    assert snapshots(instance) == {"longshore-by-hand": "available", step.identifier: "available"}


@pytest.mark.integration
@pytest.mark.parametrize("record", [1, 2, 3, 4])
def test_a_killed_run_is_gone_on_with_and_makes_one_snapshot(instance: Environment, clean: None, record: int) -> None:
    killed(instance, "snapshot", str(record))
    step = a_snapshot(instance)
    perform(instance, [step], None, "db.snapshot")
    assert snapshots(instance) == {step.identifier: "available"}


@pytest.mark.integration
def test_an_unfinished_run_of_yesterday_has_no_say(instance: Environment, clean: None) -> None:
    task = "db.rollback"
    yesterday = f"longshore-bank-prod-{datetime.now(UTC) - timedelta(days=1):%Y%m%d-%H%M%S}"
    journal = Journal(FileSink(instance.state / "runs" / "99990101-000000-0000.jsonl"))
    run = a_run(instance, task=task)
    journal.record(
        "run.start", task=task, arguments={}, environment=instance.name, subject=run.task.subject, who="", pid=1
    )
    journal.record("target", name="snapshot", value=yesterday)
    journal.close()
    step = a_snapshot(instance)
    perform(instance, [step], None, task)
    assert step.identifier != yesterday
    assert snapshots(instance) == {step.identifier: "available"}
