"""RDS: records that follow what the servers really do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import until

NEW = {
    "DBInstanceIdentifier": "bank-prod",
    "DBInstanceClass": "db.t4g.micro",
    "Engine": "postgres",
    "AllocatedStorage": 20,
    "MasterUsername": "bank_admin",
    "DBName": "bank",
}
FAST = {"Delay": 1, "MaxAttempts": 20}


@pytest.fixture
def rds(cloud: Any) -> Any:
    return cloud.client("rds")


def code(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return str(caught.value.response["Error"]["Code"])


def instance(rds: Any, name: str = "bank-prod") -> dict[str, Any]:
    return rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def available(rds: Any, name: str = "bank-prod") -> dict[str, Any]:
    until(lambda: instance(rds, name)["DBInstanceStatus"] == "available")
    return instance(rds, name)


def managed_password(cloud: Any, rds: Any, name: str = "bank-prod") -> str:
    arn = instance(rds, name)["MasterUserSecret"]["SecretArn"]
    value = json.loads(cloud.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
    assert sorted(value) == ["password", "username"]
    assert value["username"] == "bank_admin"
    return str(value["password"])


def test_an_instance_is_available_once_its_server_answers(cloud: Any, rds: Any) -> None:
    cloud.servers.go.clear()
    made = rds.create_db_instance(**NEW, MasterUserPassword="a-password")["DBInstance"]
    assert (made["DBInstanceStatus"], "Endpoint" in made) == ("creating", False)
    assert instance(rds)["DBInstanceStatus"] == "creating"
    assert code(rds.create_db_instance, **NEW, MasterUserPassword="a-password") == "DBInstanceAlreadyExists"
    assert (
        code(rds.create_db_snapshot, DBInstanceIdentifier="bank-prod", DBSnapshotIdentifier="s")
        == "InvalidDBInstanceState"
    )
    assert (
        code(rds.delete_db_instance, DBInstanceIdentifier="bank-prod", SkipFinalSnapshot=True)
        == "InvalidDBInstanceState"
    )
    assert (
        code(rds.modify_db_instance, DBInstanceIdentifier="bank-prod", MasterUserPassword="b-password")
        == "InvalidDBInstanceState"
    )
    cloud.servers.go.set()
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="bank-prod", WaiterConfig=FAST)
    server = cloud.servers.servers["bank-prod"]
    assert instance(rds)["Endpoint"] == {"Address": "127.0.0.1", "Port": server["port"]}
    assert (server["user"], server["password"], server["database"]) == ("bank_admin", "a-password", "bank")
    assert rds.describe_db_snapshots()["DBSnapshots"] == []


def test_a_managed_password_is_the_one_that_the_server_has(cloud: Any, rds: Any) -> None:
    rds.create_db_instance(**NEW, ManageMasterUserPassword=True)
    available(rds)
    first = managed_password(cloud, rds)
    assert cloud.servers.servers["bank-prod"]["password"] == first
    assert len(first) == 28
    arn = instance(rds)["MasterUserSecret"]["SecretArn"]
    assert arn.partition(":secret:")[2].startswith("rds!db-")
    secrets = cloud.client("secretsmanager")
    for call in (secrets.put_secret_value, secrets.update_secret):
        assert code(call, SecretId=arn, SecretString="mine") == "InvalidRequestException"
    assert code(secrets.delete_secret, SecretId=arn) == "InvalidRequestException"
    assert (
        code(rds.modify_db_instance, DBInstanceIdentifier="bank-prod", MasterUserPassword="own-password")
        == "InvalidParameterCombination"
    )
    rds.modify_db_instance(DBInstanceIdentifier="bank-prod", RotateMasterUserPassword=True, ApplyImmediately=True)
    available(rds)
    second = managed_password(cloud, rds)
    assert second != first
    assert cloud.servers.servers["bank-prod"]["password"] == second
    rds.delete_db_instance(DBInstanceIdentifier="bank-prod", SkipFinalSnapshot=True)
    rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier="bank-prod", WaiterConfig=FAST)
    assert code(secrets.get_secret_value, SecretId=arn) == "ResourceNotFoundException"
    assert cloud.servers.servers == {}


def test_the_master_password_changes_on_the_server(cloud: Any, rds: Any) -> None:
    rds.create_db_instance(**NEW, MasterUserPassword="a-password")
    available(rds)
    cloud.servers.go.clear()
    rds.modify_db_instance(DBInstanceIdentifier="bank-prod", MasterUserPassword="another-one", ApplyImmediately=True)
    assert instance(rds)["DBInstanceStatus"] == "resetting-master-credentials"
    cloud.servers.go.set()
    available(rds)
    assert cloud.servers.servers["bank-prod"]["password"] == "another-one"
    rds.modify_db_instance(DBInstanceIdentifier="bank-prod", ManageMasterUserPassword=True, ApplyImmediately=True)
    available(rds)
    assert cloud.servers.servers["bank-prod"]["password"] == managed_password(cloud, rds)
    rds.modify_db_instance(
        DBInstanceIdentifier="bank-prod", ManageMasterUserPassword=False, MasterUserPassword="own-again"
    )
    assert "MasterUserSecret" not in available(rds)
    assert cloud.servers.servers["bank-prod"]["password"] == "own-again"
    assert (
        code(rds.create_db_instance, **{**NEW, "DBInstanceIdentifier": "b"}, MasterUserPassword="short")
        == "InvalidParameterValue"
    )
    assert code(
        rds.create_db_instance,
        **{**NEW, "DBInstanceIdentifier": "b", "Engine": "mysql"},
        MasterUserPassword="a-password",
    ) == ("InvalidParameterValue")


def test_a_snapshot_is_available_once_it_is_made(cloud: Any, rds: Any) -> None:
    rds.create_db_instance(**NEW, MasterUserPassword="a-password")
    available(rds)
    cloud.servers.go.clear()
    snapshot = rds.create_db_snapshot(DBInstanceIdentifier="bank-prod", DBSnapshotIdentifier="before-6")["DBSnapshot"]
    assert snapshot["Status"] == "creating"
    assert instance(rds)["DBInstanceStatus"] == "backing-up"
    assert (
        code(rds.create_db_snapshot, DBInstanceIdentifier="bank-prod", DBSnapshotIdentifier="other")
        == "InvalidDBInstanceState"
    )
    cloud.servers.go.set()
    rds.get_waiter("db_snapshot_available").wait(DBSnapshotIdentifier="before-6", WaiterConfig=FAST)
    assert cloud.servers.snapshots["before-6"]["password"] == "a-password"
    available(rds)
    assert (
        code(rds.create_db_snapshot, DBInstanceIdentifier="bank-prod", DBSnapshotIdentifier="before-6")
        == "DBSnapshotAlreadyExists"
    )


@pytest.mark.parametrize("managed", [False, True])
def test_a_snapshot_is_restored_as_an_instance_of_its_own(cloud: Any, rds: Any, managed: bool) -> None:
    given = {"ManageMasterUserPassword": True} if managed else {"MasterUserPassword": "a-password"}
    rds.create_db_instance(**NEW, **given)
    available(rds)
    password = cloud.servers.servers["bank-prod"]["password"]
    rds.create_db_snapshot(DBInstanceIdentifier="bank-prod", DBSnapshotIdentifier="s")
    available(rds)
    restored = rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="copy", DBSnapshotIdentifier="s")[
        "DBInstance"
    ]
    assert (restored["DBInstanceStatus"], "MasterUserSecret" in restored) == ("creating", False)
    assert available(rds, "copy")["Endpoint"]["Port"] != instance(rds)["Endpoint"]["Port"]
    assert cloud.servers.servers["copy"]["password"] == password
    rds.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier="kept", DBSnapshotIdentifier="s", ManageMasterUserPassword=True
    )
    available(rds, "kept")
    assert cloud.servers.servers["kept"]["password"] == managed_password(cloud, rds, "kept") != password
    if managed:
        assert managed_password(cloud, rds) == password
    assert (
        code(rds.restore_db_instance_from_db_snapshot, DBInstanceIdentifier="copy", DBSnapshotIdentifier="s")
        == "DBInstanceAlreadyExists"
    )
    assert (
        code(rds.restore_db_instance_from_db_snapshot, DBInstanceIdentifier="z", DBSnapshotIdentifier="none")
        == "DBSnapshotNotFound"
    )


def test_the_end_with_and_without_a_final_snapshot(cloud: Any, rds: Any) -> None:
    rds.create_db_instance(**NEW, MasterUserPassword="a-password", DeletionProtection=True)
    available(rds)
    end = {"DBInstanceIdentifier": "bank-prod", "FinalDBSnapshotIdentifier": "last"}
    assert code(rds.delete_db_instance, **end) == "InvalidParameterCombination"
    rds.modify_db_instance(DBInstanceIdentifier="bank-prod", DeletionProtection=False, ApplyImmediately=True)
    assert code(rds.delete_db_instance, DBInstanceIdentifier="bank-prod") == "InvalidParameterCombination"
    assert code(rds.delete_db_instance, **end, SkipFinalSnapshot=True) == "InvalidParameterCombination"
    cloud.servers.go.clear()
    assert rds.delete_db_instance(**end)["DBInstance"]["DBInstanceStatus"] == "deleting"
    assert code(rds.delete_db_instance, **end) == "InvalidDBInstanceState"
    cloud.servers.go.set()
    rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier="bank-prod", WaiterConfig=FAST)
    assert rds.describe_db_snapshots(DBSnapshotIdentifier="last")["DBSnapshots"][0]["Status"] == "available"
    assert (list(cloud.servers.servers), list(cloud.servers.snapshots)) == ([], ["last"])
    assert (
        code(rds.delete_db_instance, DBInstanceIdentifier="bank-prod", SkipFinalSnapshot=True) == "DBInstanceNotFound"
    )


def test_what_fails_is_failed(cloud: Any, rds: Any) -> None:
    cloud.servers.broken = {"create"}
    rds.create_db_instance(**NEW, MasterUserPassword="a-password")
    until(lambda: instance(rds)["DBInstanceStatus"] == "failed")
    assert "Endpoint" not in instance(rds)
    rds.delete_db_instance(DBInstanceIdentifier="bank-prod", SkipFinalSnapshot=True)
    until(lambda: rds.describe_db_instances()["DBInstances"] == [])
    cloud.servers.broken = {"snapshot"}
    rds.create_db_instance(**NEW, MasterUserPassword="a-password")
    available(rds)
    rds.create_db_snapshot(DBInstanceIdentifier="bank-prod", DBSnapshotIdentifier="s")
    until(lambda: rds.describe_db_snapshots()["DBSnapshots"][0]["Status"] == "failed")
    available(rds)
    # Without the final snapshot that was asked for, the instance stays.
    rds.delete_db_instance(DBInstanceIdentifier="bank-prod", FinalDBSnapshotIdentifier="last")
    available(rds)
    assert "bank-prod" in cloud.servers.servers


def test_what_rds_does_in_my_name_needs_my_permission(cloud: Any, allow: Any) -> None:
    cloud.user("half", allow({"Action": "rds:*", "Resource": "*"}))
    client = cloud.client("rds", "half")
    with pytest.raises(ClientError, match="secretsmanager:CreateSecret"):
        client.create_db_instance(**NEW, ManageMasterUserPassword=True)
    assert client.create_db_instance(**NEW, MasterUserPassword="a-password")["DBInstance"]


def test_tags_decide(cloud: Any, rds: Any, allow: Any) -> None:
    for name, team in (("ours", "bank"), ("theirs", "shop")):
        new = {**NEW, "DBInstanceIdentifier": name, "Tags": [{"Key": "team", "Value": team}]}
        rds.create_db_instance(**new, MasterUserPassword="a-password")
        available(rds, name)
    condition = {"StringEquals": {"rds:db-tag/team": "bank"}}
    cloud.user("ours", allow({"Action": "rds:ModifyDBInstance", "Resource": "*", "Condition": condition}))
    client = cloud.client("rds", "ours")
    assert client.modify_db_instance(DBInstanceIdentifier="ours", BackupRetentionPeriod=2)["DBInstance"]
    assert code(client.modify_db_instance, DBInstanceIdentifier="theirs", BackupRetentionPeriod=2) == "AccessDenied"
