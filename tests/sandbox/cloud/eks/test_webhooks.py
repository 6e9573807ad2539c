"""The webhooks themselves: who may ask, and what is answered to what is no review."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.sandbox.cloud.conftest import WEBHOOKS

BASIC = "Basic " + base64.b64encode(f"kube-apiserver:{WEBHOOKS}".encode()).decode()


def post(
    cloud: Any, path: str, body: bytes, authorization: str = BASIC, method: str = "POST"
) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": authorization} if authorization else {}
    request = urllib.request.Request(f"{cloud.url}/_sandbox/clusters/{path}", body or None, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def token_review(token: str) -> bytes:
    return json.dumps(
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    ).encode()


def test_as_an_api_server_asks(cloud: Any) -> None:
    cloud.cluster()
    status, review = post(cloud, "bank/authenticate?timeout=30s", token_review(cloud.token()))
    assert (status, review["apiVersion"], review["kind"]) == (200, "authentication.k8s.io/v1", "TokenReview")
    assert review["status"]["authenticated"] and "audiences" not in review["status"]
    assert post(cloud, "bank/authenticate", token_review(cloud.token()), f"Bearer {WEBHOOKS}")[0] == 200


@pytest.mark.parametrize(
    "authorization", ["", "Bearer x", "Bearer ", "Basic", "Basic !", "Basic eDp5", f"Basic {WEBHOOKS}", WEBHOOKS]
)
def test_nobody_else_is_answered(cloud: Any, authorization: str) -> None:
    cloud.cluster()
    assert post(cloud, "bank/authenticate", token_review(cloud.token()), authorization) == (
        403,
        {"message": "wrong token"},
    )


@pytest.mark.parametrize("body", [b"x", b"[]", b"{}", b"1", b'{"spec": {}}', b'{"apiVersion": "v1", "spec": 1}'])
def test_what_is_no_review(cloud: Any, body: bytes) -> None:
    cloud.cluster()
    assert post(cloud, "bank/authenticate", body)[0] == 400
    assert post(cloud, "bank/authorize", body)[0] == 400


def test_other_paths_and_methods(cloud: Any) -> None:
    assert post(cloud, "bank/other", b"{}")[0] == 404
    assert post(cloud, "bank", b"{}")[0] == 404
    assert post(cloud, "bank/authenticate", b"", method="GET")[0] == 405


def test_an_api_server_that_does_not_answer_us_is_told_so(cloud: Any) -> None:
    cloud.cluster()
    cloud.clusters.broken.add("ask")
    status, answer = post(cloud, "bank/authenticate", token_review(cloud.token("github")))
    assert (status, answer) == (503, {"message": "OSError: connection refused"})


def test_a_token_is_not_in_the_answer_that_refuses_it(cloud: Any) -> None:
    cloud.cluster()
    token = cloud.token("github", "other")
    answer = json.dumps(post(cloud, "bank/authenticate", token_review(token))[1])
    assert token not in answer and "X-Amz-Signature" not in answer


def test_calls_of_webhooks_are_no_calls_of_aws(cloud: Any) -> None:
    cloud.cluster()
    before = len(cloud.calls())
    post(cloud, "bank/authenticate", token_review(cloud.token()))
    assert len(cloud.calls()) == before
