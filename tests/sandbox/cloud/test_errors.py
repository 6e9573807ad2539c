"""The exact shape of a refusal in each protocol."""

from __future__ import annotations

import json
import re

import pytest

from longshore.sandbox.cloud.errors import Kind, Refusal, reply


def body(service: str, protocol: str, refusal: Refusal) -> tuple[int, str]:
    answer = reply(refusal, service, protocol)
    ids = r"[0-9a-f]{8}-[0-9a-f-]{27}"
    return answer.status, re.sub(ids, "ID", answer.body.decode()).removeprefix(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
    )


def test_query() -> None:
    assert body("sts", "query", Refusal(Kind.DENIED, "a < b & c")) == (
        403,
        "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>a &lt; b &amp; c</Message></Error>"
        "<RequestId>ID</RequestId></ErrorResponse>",
    )


def test_ec2() -> None:
    assert body("ec2", "ec2", Refusal(Kind.DENIED, "no")) == (
        403,
        "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors><RequestID>ID</RequestID></Response>",
    )


def test_s3() -> None:
    assert body("s3", "rest-xml", Refusal(Kind.EXPIRED)) == (
        403,
        "<Error><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message><RequestId>ID</RequestId></Error>",
    )


@pytest.mark.parametrize(("protocol", "status"), [("json", 400), ("rest-json", 403)])
def test_json(protocol: str, status: int) -> None:
    answer = reply(Refusal(Kind.DENIED, "no"), "eks", protocol)
    assert answer.status == status
    assert dict(answer.headers)["x-amzn-ErrorType"] == "AccessDeniedException"
    assert json.loads(answer.body)["message"] == "no"
    assert json.loads(answer.body).get("__type") == ("AccessDeniedException" if protocol == "json" else None)
