"""Reading a request with the service models."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from longshore.sandbox.cloud import calls, http
from longshore.sandbox.cloud.calls import Call

FORM = "application/x-www-form-urlencoded; charset=utf-8"
JSON = "application/x-amz-json-1.1"


def read(
    service: str, method: str = "POST", target: str = "/", body: bytes = b"", kind: str = "", **headers: str
) -> Call:
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "RAW_URI": target,
        "QUERY_STRING": query,
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
    return calls.read(service, "eu-west-1", http.from_environ(environ), environ)


def test_json_query_ec2_and_rest() -> None:
    body = json.dumps({"SecretId": "x", "VersionStages": ["a"]}).encode()
    call = read("secretsmanager", body=body, kind=JSON, x_amz_target="secretsmanager.PutSecretValue")
    assert (call.action, call.protocol, call.text("SecretId"), call.texts("VersionStages")) == (
        "secretsmanager:PutSecretValue",
        "json",
        "x",
        ["a"],
    )
    form = urlencode(
        {"Action": "CreateDBInstance", "DBInstanceIdentifier": "b", "ManageMasterUserPassword": "true"}
    ).encode()
    call = read("rds", body=form, kind=FORM)
    assert (call.action, call.protocol, dict(call.parameters)) == (
        "rds:CreateDBInstance",
        "query",
        {"DBInstanceIdentifier": "b", "ManageMasterUserPassword": True},
    )
    assert read("ec2", body=b"Action=DescribeVpcs", kind=FORM).protocol == "ec2"
    assert read("sts", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15").action == "sts:GetCallerIdentity"
    call = read("eks", "GET", "/clusters/bank/node-groups/n%2F1")
    assert (call.action, call.protocol, dict(call.parameters)) == (
        "eks:DescribeNodegroup",
        "rest-json",
        {"clusterName": "bank", "nodegroupName": "n/1"},
    )
    assert read("s3", "PUT", "/bucket/key", b"x").action == "s3:PutObject"
    assert read("no-such-service", body=b"{}", kind=JSON, x_amz_target="Thing.DoIt").action == "no-such-service:DoIt"


@pytest.mark.parametrize(
    ("service", "operation", "mutating"),
    [
        ("secretsmanager", "GetSecretValue", False),
        ("secretsmanager", "BatchGetSecretValue", False),
        ("secretsmanager", "PutSecretValue", True),
        ("secretsmanager", "UpdateSecretVersionStage", True),
        ("secretsmanager", "RotateSecret", True),
        ("rds", "DescribeDBInstances", False),
        ("rds", "CreateDBSnapshot", True),
        ("sts", "AssumeRole", False),
        ("ecr", "BatchCheckLayerAvailability", False),
        ("ecr", "BatchDeleteImage", True),
        ("eks", "UpdateClusterConfig", True),
    ],
)
def test_what_changes_something(service: str, operation: str, mutating: bool) -> None:
    assert Call(service, "eu-west-1", operation, "json").mutating is mutating


def test_what_can_not_be_read() -> None:
    with pytest.raises(calls.UnknownOperation, match="Nothing"):
        read("secretsmanager", body=b"{}", kind=JSON, x_amz_target="secretsmanager.Nothing")
    with pytest.raises(calls.UnknownOperation, match="GET /nothing/here"):
        read("eks", "GET", "/nothing/here")
    with pytest.raises(calls.Malformed):
        read("secretsmanager", body=b"{", kind=JSON, x_amz_target="secretsmanager.GetSecretValue")
    with pytest.raises(calls.Malformed):
        read("secretsmanager", body=b"[1]", kind=JSON, x_amz_target="secretsmanager.GetSecretValue")


def test_an_operation_is_named_once() -> None:
    # moto obeys the query string, the policies would have been asked about the header.
    with pytest.raises(calls.Malformed, match="the operation is named twice"):
        read("secretsmanager", "POST", "/?Action=DeleteSecret", b"{}", JSON, x_amz_target="secretsmanager.ListSecrets")
    with pytest.raises(calls.Malformed, match="the operation is named twice"):
        read("iam", body=b"Action=ListUsers", kind=FORM, action="DeleteUser")


def test_a_body_that_is_too_long_is_not_taken() -> None:
    environ = {
        "wsgi.input": io.BytesIO(b""),
        "CONTENT_LENGTH": "0",
        "REQUEST_METHOD": "GET",
        "RAW_URI": "http://h:1/a%20b?x=1",
    }
    assert http.from_environ(environ).path == "/a%20b"
    long = io.BytesIO(b"x" * (http.LARGEST_BODY + 1))
    with pytest.raises(http.TooLarge):
        http.from_environ({"wsgi.input": long, "CONTENT_LENGTH": str(http.LARGEST_BODY + 1), "REQUEST_METHOD": "PUT"})
