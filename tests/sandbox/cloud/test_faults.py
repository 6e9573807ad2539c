"""Faults that are switched on by name, and the list of what was called."""

from __future__ import annotations

import json
import time
import urllib.error
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.parsers import ResponseParserError

from longshore.sandbox.cloud.application import application
from longshore.sandbox.cloud.faults import Fault, InvalidFault
from longshore.sandbox.cloud.settings import CloudSettings

from .conftest import REGION, Servers, serve


def error(call: Any, **parameters: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]


@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        ("secretsmanager", "list_secrets", "ThrottlingException", 400),
        ("sts", "get_caller_identity", "Throttling", 400),
        ("iam", "list_users", "Throttling", 400),
        ("rds", "describe_db_instances", "Throttling", 400),
        ("eks", "list_clusters", "ThrottlingException", 429),
        ("ec2", "describe_vpcs", "RequestLimitExceeded", 503),
    ],
)
def test_throttling_as_each_service_says_it(cloud: Any, service: str, operation: str, code: str, status: int) -> None:
    cloud.fault("throttling", service)
    call = getattr(cloud.client(service), operation)
    assert error(call) == (code, status, "Rate exceeded")
    assert call()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_boto3_gets_through_throttling_by_itself(cloud: Any) -> None:
    cloud.fault("throttling", "sts", "GetCallerIdentity", times=2)
    assert cloud.client("sts", attempts=4).get_caller_identity()["Account"] == cloud.account
    assert [call["status"] for call in cloud.calls()] == [400, 400, 200]


def test_kms_may_refuse(cloud: Any) -> None:
    secrets = cloud.client("secretsmanager")
    secrets.create_secret(Name="x", SecretString="1")
    cloud.fault("kms-denied", operation="GetSecretValue")
    assert secrets.describe_secret(SecretId="x")["Name"] == "x"
    assert error(secrets.get_secret_value, SecretId="x") == (
        "AccessDeniedException",
        400,
        "Access to KMS is not allowed",
    )
    assert secrets.get_secret_value(SecretId="x")["SecretString"] == "1"


def test_expiry_and_broken_servers(cloud: Any) -> None:
    cloud.fault("expired-token", times=1)
    cloud.fault("expired-token", "sts")
    assert error(cloud.client("secretsmanager").list_secrets)[:2] == ("ExpiredTokenException", 400)
    assert error(cloud.client("sts").get_caller_identity)[:2] == ("ExpiredToken", 403)
    cloud.fault("server-error", "secretsmanager")
    cloud.fault("server-error", "rds")
    assert error(cloud.client("secretsmanager").list_secrets)[:2] == ("InternalServiceError", 500)
    assert error(cloud.client("rds").describe_db_instances)[:2] == ("InternalFailure", 500)


def test_slow_answers(cloud: Any) -> None:
    cloud.fault("slow", "sts", seconds=0.4)
    started = time.monotonic()
    assert cloud.client("sts").get_caller_identity()["Account"] == cloud.account
    assert time.monotonic() - started >= 0.4


def test_the_connection_closes_before_or_after_it_is_done(cloud: Any) -> None:
    secrets = cloud.client("secretsmanager")
    cloud.fault("unreachable", operation="CreateSecret")
    with pytest.raises(ConnectionClosedError):
        secrets.create_secret(Name="x", SecretString="1")
    assert secrets.list_secrets()["SecretList"] == []
    cloud.fault("unreachable-after", operation="CreateSecret")
    with pytest.raises(ConnectionClosedError):
        secrets.create_secret(Name="x", SecretString="1")
    assert [secret["Name"] for secret in secrets.list_secrets()["SecretList"]] == ["x"]


def test_faults_are_cleared(cloud: Any) -> None:
    cloud.fault("throttling", times=100)
    cloud.control("DELETE", "faults")
    assert cloud.client("secretsmanager").list_secrets()["SecretList"] == []


def test_the_list_of_calls_tells_who_wrote(cloud: Any) -> None:
    cloud.client("secretsmanager").create_secret(Name="x", SecretString="canary-value")
    with pytest.raises(ClientError):
        cloud.client("secretsmanager", "tester").put_secret_value(SecretId="x", SecretString="2")
    with pytest.raises(ClientError):
        cloud.client("rds", key=("AKIAZZZZZZZZZZZZZZZZ", "x")).describe_db_instances()
    user = f"arn:aws:iam::{cloud.account}:user/"
    seen = [
        (call["service"], call["operation"], call["principal"], call["mutating"], call["status"])
        for call in cloud.calls()
    ]
    assert seen == [
        ("secretsmanager", "CreateSecret", f"{user}admin", True, 200),
        ("secretsmanager", "PutSecretValue", f"{user}tester", True, 400),
        ("rds", "", "", False, 403),
    ]
    cloud.client("secretsmanager").get_secret_value(SecretId="x")
    cloud.client("sts").get_caller_identity()
    assert [(call["number"], call["mutating"]) for call in cloud.calls()[3:]] == [(4, False), (5, False)]
    assert "canary-value" not in json.dumps(cloud.calls())


def test_a_crash_inside_moto_is_on_the_list_too(cloud: Any) -> None:
    rds = cloud.client("rds")
    with pytest.raises(ResponseParserError):
        rds.create_db_subnet_group(DBSubnetGroupName="bank", DBSubnetGroupDescription="no subnets", SubnetIds=[])
    assert [(call["operation"], call["status"]) for call in cloud.calls()] == [("CreateDBSubnetGroup", 500)]


def test_the_endpoint_wants_its_token(cloud: Any) -> None:
    for method, what, token in (
        ("GET", "requests", None),
        ("GET", "requests", "wrong"),
        ("POST", "faults", "wrong"),
        ("DELETE", "faults", ""),
    ):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            cloud.control(method, what, {} if method == "POST" else None, token=token)
    with pytest.raises(urllib.error.HTTPError, match="400"):
        cloud.control("POST", "faults", {"fault": "meteor", "service": "sts"})
    with pytest.raises(urllib.error.HTTPError, match="404"):
        cloud.control("GET", "nothing")
    assert cloud.control("GET", "health", token=None) == {"account": cloud.account, "region": REGION}


def test_without_a_token_there_is_no_such_endpoint(cloud: Any) -> None:
    server, thread = serve(application(CloudSettings(cloud.account, REGION), Servers()))
    cloud.url = f"http://127.0.0.1:{server.server_port}"
    for token in (None, "", "None"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            cloud.control("GET", "requests", token=token)
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.mark.parametrize(
    ("description", "text"),
    [
        ({"fault": "meteor", "service": "sts"}, "fault must be one of throttling"),
        ({"fault": "slow"}, "service must be a signing name"),
        ({"fault": "slow", "service": "sts", "operation": 1}, "operation must be a name or null"),
        ({"fault": "slow", "service": "sts", "times": 0}, "times must be 1 or more"),
        ({"fault": "slow", "service": "sts", "seconds": -1}, "seconds must be between 0 and 120"),
    ],
)
def test_a_fault_that_can_not_be(description: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidFault, match=text):
        Fault.of(description)
