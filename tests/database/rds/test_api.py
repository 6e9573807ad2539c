from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from longshore.aws import waiting
from longshore.aws.session import Choice, Session, open_profile
from longshore.aws.tags import is_ours, tags
from longshore.database.rds import states as rds_states
from longshore.database.rds.api import Instance, Rds, status
from longshore.environments.environment import Environment
from longshore.errors import Failed
from longshore.steps.run import Run, Task
from tests.database.rds.rds_sandbox import Told

ENVIRONMENT = Environment(
    name="prod", root=Path("/nowhere"), profile="", region="eu-west-1", account_id="111122223333", subnets=(), security_groups=(),
    eks_cluster="", namespace="", secrets="aws:bank/prod", app="bank", app_env_dialect="viper", migrations=None, db_url_key="DB_SOURCE",
    db_ca_file=None, db_instance="bank-prod", migration_history=True, ecr_repository="", k8s_overlay=None, protected=True,
)  # fmt: skip


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a/secret")
    return open_profile(Choice("", "", "eu-west-1", "prod"), attempts=1)


@pytest.fixture
def stub(session: Session) -> Any:
    """What AWS answers where the sandbox can't: quotas, capacity, states."""
    from botocore.stub import Stubber

    with Stubber(session.client("rds")) as stub:
        yield stub


def test_an_instance_is_read_into_its_fields(session: Session, stub: Any) -> None:
    stub.add_response(
        "describe_db_instances",
        {
            "DBInstances": [
                {
                    "DBInstanceIdentifier": "bank-prod",
                    "DBInstanceStatus": "available",
                    "Engine": "postgres",
                    "EngineVersion": "17.6",
                    "DBInstanceClass": "db.t4g.micro",
                    "Endpoint": {"Address": "bank-prod.abc.eu-west-1.rds.amazonaws.com", "Port": 5432},
                    "MasterUserSecret": {"SecretArn": "arn:aws:secretsmanager:x", "SecretStatus": "active"},
                    "DeletionProtection": True,
                    "TagList": [{"Key": "managed-by", "Value": "longshore"}],
                }
            ]
        },
        {"DBInstanceIdentifier": "bank-prod"},
    )
    found = status(ENVIRONMENT, session)
    assert found is not None
    assert found.ready and found.answers and found.deletion_protection and not found.public
    assert found.tags == {"managed-by": "longshore"}
    assert found.json() == {
        "instance": "bank-prod",
        "status": "available",
        "engine_version": "17.6",
        "instance_class": "db.t4g.micro",
        "endpoint": "bank-prod.abc.eu-west-1.rds.amazonaws.com:5432",
    }


def test_what_is_not_there_is_none(session: Session, stub: Any) -> None:
    stub.add_client_error("describe_db_instances", "DBInstanceNotFound", http_status_code=404)
    stub.add_client_error("describe_db_snapshots", "DBSnapshotNotFound", http_status_code=404)
    assert Rds(session).instance("bank-prod") is None
    assert Rds(session).snapshot("longshore-bank-prod") is None


def test_an_instance_without_an_endpoint_is_null_to_a_program() -> None:
    creating = Instance("bank-prod", "creating", "postgres", "17.6", "db.t4g.micro")
    assert creating.json()["endpoint"] is None
    assert not creating.ready and not creating.answers


@pytest.mark.parametrize(
    ("status", "answers"), [("backing-up", True), ("configuring-log-exports", True), ("rebooting", False)]
)
def test_an_instance_answers_while_it_is_backed_up(status: str, answers: bool) -> None:
    assert Instance("b", status, "postgres", "17", "c", host="h", port=1).answers is answers


def test_a_snapshot_of_that_name_is_an_earlier_attempt(session: Session, stub: Any) -> None:
    stub.add_client_error("create_db_snapshot", "DBSnapshotAlreadyExists")
    Rds(session).create_snapshot("bank-prod", "s", {})


def test_a_snapshots_progress_is_read(session: Session, stub: Any) -> None:
    made = datetime(2026, 1, 2, tzinfo=UTC)
    entry = {
        "DBSnapshotIdentifier": "s",
        "DBInstanceIdentifier": "b",
        "Status": "creating",
        "PercentProgress": 40,
        "SnapshotCreateTime": made,
    }
    stub.add_response("describe_db_snapshots", {"DBSnapshots": [entry]}, {"DBSnapshotIdentifier": "s"})
    found = Rds(session).snapshot("s")
    assert found is not None
    assert (found.instance, found.status, found.percent, found.created) == ("b", "creating", 40, made)


@pytest.mark.parametrize(
    ("code", "do"),
    [
        (
            "InstanceQuotaExceeded",
            "ask AWS for more DB instances (Service Quotas, RDS), or delete one that nobody needs",
        ),
        ("InsufficientDBInstanceCapacity", "try again later, or with another --instance-class"),
        ("DBSubnetGroupDoesNotCoverEnoughAZs", "set SUBNETS to subnets in at least two availability zones"),
    ],
)
def test_an_error_of_rds_has_its_next_command(session: Session, stub: Any, code: str, do: str) -> None:
    stub.add_client_error("create_db_instance", code, "That is too much.")
    with pytest.raises(Failed) as caught:
        Rds(session).create_instance("bank-prod", {"DBInstanceClass": "db.t4g.micro", "Engine": "postgres"})
    assert str(caught.value) == (
        f"error: could not create the RDS instance (bank-prod)\n  why: CreateDBInstance: {code}: That is too much.\n  next: {do}"
    )


def test_a_refusal_names_the_action(session: Session, stub: Any) -> None:
    message = "User: arn:aws:iam::1:user/dev is not authorized to perform: rds:CreateDBInstance"
    stub.add_client_error("create_db_instance", "AccessDenied", message, http_status_code=403)
    with pytest.raises(Failed) as caught:
        Rds(session).create_instance("bank-prod", {"DBInstanceClass": "db.t4g.micro", "Engine": "postgres"})
    assert "rds:CreateDBInstance" in caught.value.why


def test_ours_bears_the_tags_of_its_environment() -> None:
    assert tags(ENVIRONMENT) == {"managed-by": "longshore", "longshore:environment": "prod", "app": "bank"}
    assert is_ours(tags(ENVIRONMENT), ENVIRONMENT)
    assert not is_ours({"managed-by": "longshore", "longshore:environment": "dev"}, ENVIRONMENT)


@pytest.mark.parametrize(
    ("status", "why", "do"),
    [
        ("storage-full", "it has no storage left, and answers no more", "--allocated-storage GIGABYTES"),
        ("stopped", "it is stopped", "aws rds start-db-instance --db-instance-identifier bank-prod"),
        ("incompatible-network", "a subnet, a security group or a free address", "aws rds describe-events"),
        ("incompatible-of-tomorrow", "something that it needs doesn't fit", "aws rds describe-events"),
        ("deleting", "it is being deleted", "wait until it is gone, then run it again"),
    ],
)
def test_a_state_that_no_waiting_mends_is_explained(status: str, why: str, do: str) -> None:
    failure = rds_states.fault(Instance("bank-prod", status, "postgres", "17", "c"))
    assert failure is not None
    assert failure.what == f"the RDS instance is {status}"
    assert failure.why.startswith(why)
    assert do in failure.do[0]


@pytest.mark.parametrize("status", ["available", "creating", "backing-up", "modifying", "upgrading"])
def test_a_state_on_the_way_is_no_fault(status: str) -> None:
    assert rds_states.fault(Instance("bank-prod", status, "postgres", "17", "c")) is None


def test_a_throttled_look_is_no_failure(session: Session, stub: Any, tmp_path: Path) -> None:
    stub.add_client_error("describe_db_instances", "Throttling", "Rate exceeded")
    stub.add_response("describe_db_instances", {"DBInstances": []})
    told = Told()
    run = Run(Task("t", {}, "prod", "database"), tmp_path, told)
    waiting.wait(run, "bank-prod", 1, lambda: waiting.Look(Rds(session).instance("bank-prod") is None, "deleting"))
    stub.assert_no_pending_responses()
