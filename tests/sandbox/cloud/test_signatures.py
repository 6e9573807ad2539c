"""Signatures, made by botocore and checked by ours."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from longshore.sandbox.cloud import signatures
from longshore.sandbox.cloud.http import HttpRequest

from .conftest import REGION

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def refused(call: Any, *args: Any, **kwargs: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call(*args, **kwargs)
    return caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


def signed(
    method: str, url: str, body: bytes = b"", service: str = "eks", headers: dict[str, str] | None = None
) -> HttpRequest:
    request = AWSRequest(method, url, data=body, headers=headers or {})
    SigV4Auth(Credentials(KEY, SECRET), service, REGION).add_auth(request)
    prepared = request.prepare()
    target = prepared.url.split("//", 1)[1]
    host, _, path = target.partition("/")
    plain = {
        name.lower(): value if isinstance(value, str) else value.decode() for name, value in prepared.headers.items()
    }
    return HttpRequest(method, "/" + path.partition("?")[0], path.partition("?")[2], {"host": host, **plain}, body)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:5000/clusters",
        "http://127.0.0.1:5000/clusters/a%20b/node-groups/x%2Fy",
        "http://127.0.0.1:5000/tags/arn%3Aaws%3Aeks%3Aeu-west-1%3A1%3Acluster%2Fx?tagKeys=b&tagKeys=a&empty=",
        "http://127.0.0.1:5000/a/../b//c/./d/?x=%C3%A4~-_.",
        "http://127.0.0.1:5000/",
    ],
)
def test_paths_and_queries_are_canonical(url: str) -> None:
    request = signed("GET", url)
    signature = signatures.read(request)
    assert signatures.matches(request, signature, SECRET)
    assert not signatures.matches(request, signature, SECRET + "x")


def test_a_changed_body_header_or_query_does_not_match() -> None:
    request = signed("POST", "http://h/x?a=1", b"body", headers={"X-Amz-Target": "secretsmanager.GetSecretValue"})
    signature = signatures.read(request)
    assert signatures.matches(request, signature, SECRET)
    changed = [
        HttpRequest(request.method, request.path, request.query, request.headers, b"other"),
        HttpRequest("PUT", request.path, request.query, request.headers, request.body),
        HttpRequest(request.method, request.path, "a=2", request.headers, request.body),
        HttpRequest(request.method, "/y", request.query, request.headers, request.body),
        HttpRequest(
            request.method, request.path, request.query, {**request.headers, "x-amz-target": "x.y"}, request.body
        ),
    ]
    assert [signatures.matches(other, signature, SECRET) for other in changed] == [False] * 5


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({"authorization": "Basic abc"}, "Unsupported AWS 'algorithm': 'Basic'."),
        (
            {"authorization": "AWS4-HMAC-SHA256 Credential=a/b"},
            "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.",
        ),
        (
            {"authorization": "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=ab"},
            "Credential must have exactly 5 slash-delimited elements, ending in aws4_request.",
        ),
        (
            {
                "authorization": f"AWS4-HMAC-SHA256 Credential={KEY}/20260101/r/s/aws4_request, SignedHeaders=host, Signature=ab"
            },
            "Date must be in ISO-8601 'basic format'.",
        ),
        (
            {
                "authorization": f"AWS4-HMAC-SHA256 Credential={KEY}/20260101/r/s/aws4_request, SignedHeaders=host, Signature=ab",
                "x-amz-date": "20260102T000000Z",
            },
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.",
        ),
        (
            {
                "authorization": f"AWS4-HMAC-SHA256 Credential={KEY}/20260101/r/s/aws4_request, SignedHeaders=date, Signature=ab",
                "x-amz-date": "20260101T000000Z",
            },
            "'Host' must be a 'SignedHeader' in the AWS Authorization.",
        ),
    ],
)
def test_half_a_signature_is_told(headers: dict[str, str], text: str) -> None:
    with pytest.raises(signatures.Incomplete) as caught:
        signatures.read(HttpRequest("GET", "/", "", headers, b""))
    assert str(caught.value) == text


def test_the_clock_may_be_15_minutes_off_and_no_more() -> None:
    signature = signatures.read(signed("GET", "http://h/"))
    at = signature.signed_at
    assert signatures.late(signature, at + timedelta(minutes=15)) == ""
    assert signatures.late(signature, at - timedelta(minutes=15)) == ""
    assert signatures.late(signature, at + timedelta(minutes=15, seconds=1)).startswith("Signature expired: ")
    assert signatures.late(signature, at - timedelta(minutes=15, seconds=1)).startswith("Signature not yet current: ")


# What follows goes over the wire.


def test_the_right_key_is_known(cloud: Any) -> None:
    for name in ("admin", "github", "developer", "tester"):
        assert cloud.client("sts", name).get_caller_identity()["Arn"] == f"arn:aws:iam::{cloud.account}:user/{name}"
    root = cloud.client("sts", "root").get_caller_identity()
    assert (root["Arn"], root["UserId"], root["Account"]) == (
        f"arn:aws:iam::{cloud.account}:root",
        cloud.account,
        cloud.account,
    )


WRONG = [
    ("secretsmanager", "list_secrets", ("InvalidSignatureException", 400), ("UnrecognizedClientException", 400)),
    ("ecr", "describe_repositories", ("InvalidSignatureException", 400), ("UnrecognizedClientException", 400)),
    ("eks", "list_clusters", ("InvalidSignatureException", 403), ("UnrecognizedClientException", 403)),
    ("sts", "get_caller_identity", ("SignatureDoesNotMatch", 403), ("InvalidClientTokenId", 403)),
    ("iam", "list_users", ("SignatureDoesNotMatch", 403), ("InvalidClientTokenId", 403)),
    ("rds", "describe_db_instances", ("SignatureDoesNotMatch", 403), ("InvalidClientTokenId", 403)),
    ("ec2", "describe_vpcs", ("AuthFailure", 401), ("AuthFailure", 401)),
    ("s3", "list_buckets", ("SignatureDoesNotMatch", 403), ("InvalidAccessKeyId", 403)),
]


@pytest.mark.parametrize(("service", "operation", "signature", "key"), WRONG)
def test_wrong_secrets_and_unknown_keys(cloud: Any, service: str, operation: str, signature: Any, key: Any) -> None:
    wrong = cloud.client(service, key=(cloud.keys["admin"][0], "not the secret"))
    assert refused(getattr(wrong, operation)) == signature
    unknown = cloud.client(service, key=("AKIAZZZZZZZZZZZZZZZZ", "whatever"))
    assert refused(getattr(unknown, operation)) == key


def test_an_inactive_key_is_refused_and_an_active_one_again_is_not(cloud: Any) -> None:
    iam = cloud.client("iam")
    key = cloud.keys["tester"][0]
    iam.update_access_key(UserName="tester", AccessKeyId=key, Status="Inactive")
    assert refused(cloud.client("sts", "tester").get_caller_identity) == ("InvalidClientTokenId", 403)
    assert refused(cloud.client("secretsmanager", "tester").list_secrets) == ("UnrecognizedClientException", 400)
    iam.update_access_key(UserName="tester", AccessKeyId=key, Status="Active")
    assert cloud.client("sts", "tester").get_caller_identity()["Account"] == cloud.account
    iam.delete_access_key(UserName="tester", AccessKeyId=key)
    assert refused(cloud.client("sts", "tester").get_caller_identity) == ("InvalidClientTokenId", 403)


def test_a_key_that_iam_makes_works(cloud: Any) -> None:
    made = cloud.client("iam").create_access_key(UserName="tester")["AccessKey"]
    who = cloud.client("sts", key=(made["AccessKeyId"], made["SecretAccessKey"])).get_caller_identity()
    assert who["Arn"] == f"arn:aws:iam::{cloud.account}:user/tester"


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("secretsmanager", "list_secrets", ("InvalidSignatureException", 400)),
        ("sts", "get_caller_identity", ("SignatureDoesNotMatch", 403)),
        ("ec2", "describe_vpcs", ("RequestExpired", 400)),
    ],
)
@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_clock_that_is_off(
    cloud: Any, monkeypatch: Any, service: str, operation: str, code: Any, minutes: int
) -> None:
    client = cloud.client(service)
    there = datetime.now(UTC) + timedelta(minutes=minutes)
    # The client's own clock: botocore signs with it.
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: there.replace(tzinfo=None))
    assert refused(getattr(client, operation)) == code


def test_a_session_token_works_until_it_expires(cloud: Any) -> None:
    given = cloud.client("sts", "developer").get_session_token(DurationSeconds=900)["Credentials"]
    key = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    assert 880 < (given["Expiration"] - datetime.now(UTC)).total_seconds() <= 900
    who = cloud.client("sts", key=key).get_caller_identity()
    assert who["Arn"] == f"arn:aws:iam::{cloud.account}:user/developer"
    assert refused(cloud.client("sts", key=(*key[:2], "another token")).get_caller_identity) == (
        "InvalidClientTokenId",
        403,
    )
    assert refused(cloud.client("sts", key=key[:2]).get_caller_identity) == ("InvalidClientTokenId", 403)
    assert refused(cloud.client("sts", key=key).get_session_token) == ("AccessDenied", 403)


def test_expired_credentials_of_a_role(cloud: Any) -> None:
    from moto.sts.models import sts_backends

    trust = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": cloud.account}, "Action": "sts:AssumeRole"},
    }
    arn = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    given = cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    key = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    who = cloud.client("sts", key=key).get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{cloud.account}:assumed-role/r/session"
    assumed = sts_backends[cloud.account]["aws"].get_assumed_role_from_access_key(key[0])
    assumed.expiration -= timedelta(hours=2)
    assert refused(cloud.client("sts", key=key).get_caller_identity) == ("ExpiredToken", 403)
    assert refused(cloud.client("secretsmanager", key=key).list_secrets) == ("ExpiredTokenException", 400)
    assert refused(cloud.client("eks", key=key).list_clusters) == ("ExpiredTokenException", 403)
    assert refused(cloud.client("s3", key=key).list_buckets) == ("ExpiredToken", 403)


def answer(url: str, headers: dict[str, str] | None = None, data: bytes | None = None) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers or {}), timeout=10) as got:
            return got.status, got.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def presigned(cloud: Any, user: str, seconds: int = 60, headers: dict[str, str] | None = None) -> str:
    url = f"{cloud.url}/?Action=GetCallerIdentity&Version=2011-06-15"
    request = AWSRequest("GET", url, headers=headers or {})
    SigV4QueryAuth(Credentials(*cloud.keys[user]), "sts", REGION, expires=seconds).add_auth(request)
    return request.url


def test_presigned_urls_are_answered(cloud: Any) -> None:
    status, xml = answer(presigned(cloud, "github"))
    assert status == 200
    assert f"<Arn>arn:aws:iam::{cloud.account}:user/github</Arn>" in xml
    status, text = answer(presigned(cloud, "github"), {"Accept": "application/json"})
    result = json.loads(text)["GetCallerIdentityResponse"]["GetCallerIdentityResult"]
    assert result["Arn"] == f"arn:aws:iam::{cloud.account}:user/github"
    status, xml = answer(presigned(cloud, "github").replace("GetCallerIdentity", "GetSessionToken"))
    assert (status, "<Code>SignatureDoesNotMatch</Code>" in xml) == (403, True)


def test_a_presigned_url_with_a_header_that_is_signed(cloud: Any) -> None:
    url = presigned(cloud, "github", headers={"x-k8s-aws-id": "bank"})
    assert answer(url, {"x-k8s-aws-id": "bank"})[0] == 200
    assert answer(url, {"x-k8s-aws-id": "other"})[0] == 403
    assert answer(url)[0] == 403


def test_a_presigned_url_of_another_operation_reaches_it(cloud: Any) -> None:
    url = (
        boto3.session.Session(*cloud.keys["admin"], region_name=REGION)
        .client("iam", endpoint_url=cloud.url)
        .generate_presigned_url("get_user", Params={"UserName": "tester"}, HttpMethod="GET")
    )
    status, xml = answer(url)
    assert (status, "user/tester</Arn>" in xml) == (200, True)


def test_nothing_is_answered_unsigned(cloud: Any) -> None:
    status, xml = answer(cloud.url, data=b"Action=GetCallerIdentity&Version=2011-06-15")
    assert (status, "<Code>MissingAuthenticationToken</Code>" in xml) == (403, True)
    headers = {"X-Amz-Target": "secretsmanager.ListSecrets", "Content-Type": "application/x-amz-json-1.1"}
    status, text = answer(cloud.url, headers, b"{}")
    assert (status, json.loads(text)["__type"]) == (400, "MissingAuthenticationTokenException")
    assert answer(f"{cloud.url}/moto-api/reset", data=b"")[0] == 404
    assert answer(f"{cloud.url}/latest/meta-data/iam/security-credentials/")[0] == 404
    web_identity = b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::1:role/r&RoleSessionName=s&WebIdentityToken=t"
    assert answer(cloud.url, data=web_identity)[0] == 403
