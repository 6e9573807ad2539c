from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

import psycopg
import pytest

from longshore.database.rds.deprovision import deprovision
from longshore.database.rds.provision import provision
from longshore.environments.environment import Environment
from longshore.errors import Refused, UsageError
from tests.database.rds import rds_sandbox
from tests.database.rds.rds_sandbox import Told, a_run, client, killed, own, perform, remove, secret_values
from tests.database.rds.test_api import ENVIRONMENT

TASK = "db.deprovision"


def test_without_an_instance_there_is_nothing_to_delete() -> None:
    with pytest.raises(UsageError) as caught:
        deprovision(dataclasses.replace(ENVIRONMENT, db_instance=""))
    assert str(caught.value) == "error: DB_INSTANCE is not set (env/prod.env)\n  why: there is nothing to delete"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    with rds_sandbox.running(tmp_path_factory.mktemp("rds") / "project") as environment:
        yield environment


@pytest.fixture
def instance(sandbox: Environment, request: pytest.FixtureRequest) -> Iterator[Environment]:
    """An environment with an instance of the test's own, which has a table."""
    environment = own(sandbox, rds_sandbox.named_after(request.node.name))
    perform(environment, provision(environment))
    with psycopg.connect(secret_values(environment)["DB_SOURCE"]) as database:
        database.execute("CREATE TABLE accounts (id int)")
    yield environment
    remove(environment)


def left(environment: Environment) -> tuple[list[str], list[str], list[str]]:
    """What is there of it: instances, subnet groups, security groups."""
    rds, name = client(environment, "rds"), environment.db_instance
    instances = [one["DBInstanceIdentifier"] for one in rds.describe_db_instances()["DBInstances"]]
    groups = [one["DBSubnetGroupName"] for one in rds.describe_db_subnet_groups()["DBSubnetGroups"]]
    security = [one["GroupName"] for one in client(environment, "ec2").describe_security_groups()["SecurityGroups"]]
    return (
        [one for one in instances if one == name],
        [one for one in groups if name in one],
        [one for one in security if name in one],
    )


def snapshots(environment: Environment) -> list[tuple[str, str]]:
    found = client(environment, "rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    mine = [one for one in found if one["DBInstanceIdentifier"] == environment.db_instance]
    return [(one["DBSnapshotIdentifier"], one["Status"]) for one in mine]


@pytest.mark.integration
def test_all_is_deleted_but_a_last_snapshot_and_the_secret(instance: Environment) -> None:
    before, told = secret_values(instance), Told()
    outcome = perform(instance, deprovision(instance), told, TASK)
    assert outcome.acted == ("protection", "deletion", "security-group", "subnet-group")
    assert left(instance) == ([], [], [])
    ((name, status),) = snapshots(instance)
    assert re.fullmatch(rf"longshore-{instance.db_instance}-last-\d{{8}}-\d{{6}}", name)
    assert status == "available"
    assert told.details["deletion"] == f"gone; last snapshot {name} (available)"
    assert (
        told.details["secret-left"]
        == "left as it is; for another database: inv secrets.set --env sandbox --key DB_SOURCE"
    )
    assert secret_values(instance) == before
    assert perform(instance, deprovision(instance), task=TASK).acted == ()
    assert snapshots(instance) == [(name, status)]


@pytest.mark.integration
def test_the_last_snapshot_has_the_data(instance: Environment) -> None:
    perform(instance, deprovision(instance), task=TASK)
    ((name, _),) = snapshots(instance)
    rds = client(instance, "rds")
    # moto wants the subnet group of the snapshot's instance, which is gone too.
    subnets = [one["SubnetId"] for one in client(instance, "ec2").describe_subnets()["Subnets"]]
    group = f"longshore-{instance.db_instance}"
    rds.create_db_subnet_group(DBSubnetGroupName=group, DBSubnetGroupDescription="by hand", SubnetIds=subnets)
    rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier=instance.db_instance, DBSnapshotIdentifier=name)
    rds_sandbox.until(
        lambda: rds.describe_db_instances(DBInstanceIdentifier=instance.db_instance)["DBInstances"][0].get("Endpoint")
    )
    place = rds.describe_db_instances(DBInstanceIdentifier=instance.db_instance)["DBInstances"][0]["Endpoint"]
    with psycopg.connect(secret_values(instance)["DB_SOURCE"], port=place["Port"]) as database:
        assert database.execute("SELECT count(*) FROM accounts").fetchone() == (0,)


@pytest.mark.integration
def test_a_plan_tells_what_is_lost_and_what_is_kept(instance: Environment) -> None:
    plan = a_run(instance, task=TASK).plan(deprovision(instance))
    changes = next(planned.status for planned in plan.steps if planned.step.name == "deletion").changes  # type: ignore[union-attr]
    assert changes[0] == "delete it with all its data and its automated backups"
    assert changes[1].startswith(f"keep a last snapshot: longshore-{instance.db_instance}-last-")
    assert left(instance)[0] == [instance.db_instance]


@pytest.mark.integration
@pytest.mark.parametrize("record", [4, 6])
def test_a_killed_run_is_gone_on_with_and_keeps_one_snapshot(instance: Environment, record: int) -> None:
    """Before the protection is turned off; before the instance is deleted."""
    killed(instance, "deprovision", str(record))
    assert left(instance)[0] == [instance.db_instance]
    perform(instance, deprovision(instance), task=TASK)
    assert left(instance) == ([], [], [])
    assert [status for _, status in snapshots(instance)] == ["available"]


@pytest.mark.integration
def test_a_snapshot_of_an_attempt_that_was_given_up_is_not_taken_for_the_last(instance: Environment) -> None:
    run = a_run(instance, task=TASK)
    steps = deprovision(instance)
    run.plan(steps)
    name = run.target("last-snapshot", lambda: "")
    client(instance, "rds").create_db_snapshot(DBInstanceIdentifier=instance.db_instance, DBSnapshotIdentifier=name)
    run.execute(steps, wait_for_lock=60, confirm=lambda plan: None)
    assert snapshots(instance) == [(name, "available"), (f"{name}-2", "available")]


@pytest.mark.integration
def test_an_instance_of_others_is_not_deleted(sandbox: Environment) -> None:
    environment = own(sandbox, "by-hand")
    client(environment, "rds").create_db_instance(
        DBInstanceIdentifier="by-hand", Engine="postgres", DBInstanceClass="db.t4g.micro", AllocatedStorage=20, MasterUsername="someone",
        ManageMasterUserPassword=True,
    )  # fmt: skip
    with pytest.raises(Refused, match="the RDS instance was not made by longshore, nothing was touched"):
        perform(environment, deprovision(environment), task=TASK)
    assert left(environment)[0] == ["by-hand"]


@pytest.mark.integration
def test_groups_of_others_are_left(sandbox: Environment) -> None:
    environment, told = own(sandbox, "no-instance"), Told()
    ec2 = client(environment, "ec2")
    vpc = next(one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"] if one["IsDefault"])
    ec2.create_security_group(GroupName="longshore-no-instance", Description="by hand", VpcId=vpc)
    assert perform(environment, deprovision(environment), told, TASK).acted == ()
    assert told.details["security-group"] == "it isn't longshore's, and is left"
    assert left(environment)[2] == ["longshore-no-instance"]
