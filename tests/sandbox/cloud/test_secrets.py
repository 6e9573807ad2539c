"""Secrets Manager: versions, labels, idempotence, sizes."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def secrets(cloud: Any) -> Any:
    return cloud.client("secretsmanager")


def error(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def stages(secrets: Any, name: str = "x") -> dict[str, list[str]]:
    return {
        version: sorted(labels)
        for version, labels in secrets.describe_secret(SecretId=name)["VersionIdsToStages"].items()
    }


def test_values_of_65536_bytes_and_no_more(secrets: Any) -> None:
    told = "1 validation error detected: Value at '{}' failed to satisfy constraint: Member must have length less than or equal to 65536"
    assert secrets.create_secret(Name="x", SecretString="a" * 65536)["VersionId"]
    text = ("ValidationException", told.format("secretString"))
    assert error(secrets.create_secret, Name="y", SecretString="a" * 65537) == text
    assert error(secrets.put_secret_value, SecretId="x", SecretString="ä" * 32769) == text
    assert error(secrets.update_secret, SecretId="x", SecretString="a" * 65537) == text
    assert error(secrets.put_secret_value, SecretId="x", SecretBinary=b"a" * 65537) == (
        "ValidationException",
        told.format("secretBinary"),
    )
    assert secrets.put_secret_value(SecretId="x", SecretBinary=b"\0" * 65536)["VersionId"]
    assert [secret["Name"] for secret in secrets.list_secrets()["SecretList"]] == ["x"]


def test_a_new_value_moves_current_to_previous(secrets: Any) -> None:
    first = secrets.create_secret(Name="x", SecretString="1")["VersionId"]
    second = secrets.put_secret_value(SecretId="x", SecretString="2")
    assert second["VersionStages"] == ["AWSCURRENT"]
    third = secrets.update_secret(SecretId="x", SecretString="3")["VersionId"]
    assert stages(secrets) == {first: [], second["VersionId"]: ["AWSPREVIOUS"], third: ["AWSCURRENT"]}
    assert secrets.get_secret_value(SecretId="x")["SecretString"] == "3"
    assert secrets.get_secret_value(SecretId="x", VersionStage="AWSPREVIOUS")["SecretString"] == "2"
    assert secrets.get_secret_value(SecretId="x", VersionId=first)["SecretString"] == "1"
    described = secrets.update_secret(SecretId="x", Description="only this")
    assert "VersionId" not in described
    assert stages(secrets)[third] == ["AWSCURRENT"]


def test_staging_and_then_moving_current_is_a_compare_and_swap(secrets: Any) -> None:
    first = secrets.create_secret(Name="x", SecretString="1")["VersionId"]
    second = secrets.put_secret_value(SecretId="x", SecretString="2", VersionStages=["AWSPENDING"])["VersionId"]
    third = secrets.put_secret_value(SecretId="x", SecretString="3", VersionStages=["other"])["VersionId"]
    assert secrets.get_secret_value(SecretId="x")["SecretString"] == "1"

    def move(to: str | None, source: str | None, stage: str = "AWSCURRENT") -> Any:
        given = {"MoveToVersionId": to, "RemoveFromVersionId": source}
        return secrets.update_secret_version_stage(
            SecretId="x", VersionStage=stage, **{key: value for key, value in given.items() if value}
        )

    before = stages(secrets)
    assert error(move, to=second, source=third) == (
        "InvalidParameterException",
        f"The staging label AWSCURRENT is not attached to version {third}; it is currently attached to version {first}.",
    )
    assert error(move, to=second, source=None)[0] == "InvalidParameterException"
    assert error(move, to=str(uuid.uuid4()), source=first)[0] == "ResourceNotFoundException"
    assert error(move, to=None, source=first)[0] == "InvalidParameterException"
    assert stages(secrets) == before

    move(second, first)
    assert stages(secrets) == {first: ["AWSPREVIOUS"], second: ["AWSCURRENT", "AWSPENDING"], third: ["other"]}
    assert secrets.get_secret_value(SecretId="x")["SecretString"] == "2"
    assert error(move, to=third, source=first)[0] == "InvalidParameterException"
    move(None, second, "AWSPENDING")
    move(third, second)
    move(second, third)
    assert stages(secrets) == {first: [], second: ["AWSCURRENT"], third: ["AWSPREVIOUS", "other"]}
    move(second, None)
    assert secrets.get_secret_value(SecretId="x")["VersionId"] == second


def test_one_of_many_swaps_wins(cloud: Any, secrets: Any) -> None:
    first = secrets.create_secret(Name="x", SecretString="0")["VersionId"]
    versions = [
        secrets.put_secret_value(SecretId="x", SecretString=str(n), VersionStages=[f"s{n}"])["VersionId"]
        for n in range(1, 9)
    ]
    start, outcomes = threading.Barrier(len(versions)), []

    def swap(version: str) -> None:
        client = cloud.client("secretsmanager")
        start.wait()
        try:
            client.update_secret_version_stage(
                SecretId="x", VersionStage="AWSCURRENT", MoveToVersionId=version, RemoveFromVersionId=first
            )
            outcomes.append(version)
        except client.exceptions.InvalidParameterException:
            outcomes.append("")

    threads = [threading.Thread(target=swap, args=(version,)) for version in versions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [version for version in outcomes if version]
    assert len(outcomes) == 8
    assert len(won) == 1
    assert secrets.get_secret_value(SecretId="x")["VersionId"] == won[0]


def test_the_same_token_twice_is_one_version(secrets: Any) -> None:
    token, other = str(uuid.uuid4()), str(uuid.uuid4())
    made = secrets.create_secret(Name="x", SecretString="1", ClientRequestToken=token)
    again = secrets.create_secret(Name="x", SecretString="1", ClientRequestToken=token)
    assert (again["ARN"], again["VersionId"]) == (made["ARN"], token)
    assert (
        error(secrets.create_secret, Name="x", SecretString="2", ClientRequestToken=token)[0]
        == "ResourceExistsException"
    )
    put = {"SecretId": "x", "SecretString": "2", "ClientRequestToken": other}
    assert secrets.put_secret_value(**put)["VersionId"] == secrets.put_secret_value(**put)["VersionId"] == other
    assert error(secrets.put_secret_value, **{**put, "SecretString": "3"}) == (
        "ResourceExistsException",
        f"You can't use ClientRequestToken {other} because that value is already in use for a version of secret {made['ARN']}.",
    )
    pending = {**put, "ClientRequestToken": str(uuid.uuid4()), "VersionStages": ["AWSPENDING"]}
    secrets.put_secret_value(**pending)
    assert error(secrets.put_secret_value, **{**pending, "SecretString": "4"})[0] == "ResourceExistsException"
    assert len(stages(secrets)) == 3


def test_secrets_without_a_value_and_deleted_ones(secrets: Any) -> None:
    secrets.create_secret(Name="x")
    assert error(secrets.get_secret_value, SecretId="x")[0] == "ResourceNotFoundException"
    first = secrets.put_secret_value(SecretId="x", SecretString="1", VersionStages=["AWSPENDING"])
    assert sorted(first["VersionStages"]) == ["AWSCURRENT", "AWSPENDING"]
    secrets.delete_secret(SecretId="x", RecoveryWindowInDays=7)
    assert error(secrets.put_secret_value, SecretId="x", SecretString="2")[0] == "InvalidRequestException"
    assert error(secrets.get_secret_value, SecretId="x")[0] == "InvalidRequestException"
    assert error(secrets.create_secret, Name="x", SecretString="2") == (
        "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
    )
    secrets.restore_secret(SecretId="x")
    assert secrets.get_secret_value(SecretId="x")["SecretString"] == "1"
    assert error(secrets.create_secret, Name="no spaces", SecretString="2")[0] == "ValidationException"
    versions = secrets.list_secret_version_ids(SecretId="x")
    assert versions["ARN"].startswith("arn:aws:secretsmanager:")
