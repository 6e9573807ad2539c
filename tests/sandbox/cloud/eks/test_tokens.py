"""What a token must be to prove anything."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from longshore.sandbox.cloud import signatures
from longshore.sandbox.cloud.eks import tokens
from longshore.sandbox.cloud.eks.tokens import InvalidToken
from longshore.sandbox.cloud.http import HttpRequest
from longshore.sandbox.cloud.principals import Directory

HOST = "127.0.0.1:4000"


def encoded(url: str) -> str:
    return tokens.PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


@pytest.fixture
def make(cloud: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Signs a URL as STS clients do, with anything in it changed before it is signed."""
    import hashlib
    import hmac

    def token(
        user: str = "github", host: str = HOST, cluster: str = "bank", scheme: str = "http", path: str = "/",
        age: float = 0, headers: str = "host;x-k8s-aws-id", service: str = "sts", **query: str,
    ) -> str:  # fmt: skip
        key, secret = cloud.keys[user]
        stamp = (datetime.now(UTC) - timedelta(seconds=age)).strftime("%Y%m%dT%H%M%SZ")
        given = {
            "Action": "GetCallerIdentity",
            "Version": "2011-06-15",
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{key}/{stamp[:8]}/eu-west-1/{service}/aws4_request",
            "X-Amz-Date": stamp,
            "X-Amz-Expires": "60",
            "X-Amz-SignedHeaders": headers,
            **{name.replace("_", "-"): value for name, value in query.items()},
        }
        text = "&".join(
            f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(given.items()) if value
        )
        request = HttpRequest("GET", path, text, {"host": host, "x-k8s-aws-id": cluster}, b"")
        try:
            signature = signatures.read(HttpRequest("GET", path, f"{text}&X-Amz-Signature=0", request.headers, b""))
        except (signatures.Incomplete, signatures.NotSigned):
            return encoded(f"{scheme}://{host}{path}?{text}&X-Amz-Signature=0")
        canonical = signatures._canonical(request, signature, hashlib.sha256(b"").hexdigest())
        lines = (signatures.ALGORITHM, stamp, signature.scope, hashlib.sha256(canonical.encode()).hexdigest())
        derived = f"AWS4{secret}".encode()
        for part in signature.scope.split("/"):
            derived = hmac.digest(derived, part.encode(), "sha256")
        made = hmac.digest(derived, "\n".join(lines).encode(), "sha256").hex()
        return encoded(f"{scheme}://{host}{path}?{text}&X-Amz-Signature={made}")

    return token


def holder(cloud: Any, token: str, cluster: str = "bank") -> str:
    return tokens.holder(token, cluster, Directory(cloud.account), [HOST])[0].principal.arn


def why(cloud: Any, token: str, cluster: str = "bank") -> str:
    with pytest.raises(InvalidToken) as caught:
        holder(cloud, token, cluster)
    return str(caught.value)


def test_a_good_one(cloud: Any, make: Any) -> None:
    github = f"arn:aws:iam::{cloud.account}:user/github"
    assert holder(cloud, make()) == github
    for host in ("sts.amazonaws.com", "sts.eu-west-1.amazonaws.com", "sts-fips.us-east-1.amazonaws.com"):
        assert holder(cloud, make(host=host, scheme="https")) == github
    # Good for 15 minutes, whatever X-Amz-Expires says.
    assert holder(cloud, make(age=14 * 60 + 50)) == github
    assert holder(cloud, make(X_Amz_Expires="900")) == github


def test_its_form(cloud: Any) -> None:
    assert why(cloud, "eyJhbGciOi") == 'token is missing expected "k8s-aws-v1." prefix'
    assert why(cloud, tokens.PREFIX + "a" * 5000) == "token is too large"
    assert why(cloud, tokens.PREFIX + "?!") == "illegal base64 data"
    assert why(cloud, tokens.PREFIX + "aGk=") == "illegal base64 data"
    assert why(cloud, tokens.PREFIX + "_w") == "illegal base64 data or malformed URL"
    assert why(cloud, tokens.PREFIX) == 'unexpected scheme "" in pre-signed URL'


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"host": "evil.example.com", "scheme": "https"}, 'unexpected hostname "evil.example.com" in pre-signed URL'),
        ({"host": "sts.evil.example.com", "scheme": "https"}, 'unexpected hostname "sts.evil.example.com" in pre-signed URL'),
        ({"host": "sts.amazonaws.com"}, 'unexpected scheme "http" in pre-signed URL'),
        ({"path": "/x"}, "unexpected path in pre-signed URL"),
        ({"Action": "AssumeRole"}, "unexpected action parameter in pre-signed URL"),
        ({"headers": "host"}, "client did not sign the x-k8s-aws-id header in the pre-signed URL"),
        ({"X_Amz_Expires": "901"}, "invalid X-Amz-Expires parameter in pre-signed URL: 901"),
        ({"X_Amz_Expires": "\u00b2"}, "invalid X-Amz-Expires parameter in pre-signed URL: \u00b2"),
        ({"X_Amz_Expires": ""}, "invalid X-Amz-Expires parameter in pre-signed URL: "),
        ({"X_Amz_Date": ""}, "X-Amz-Date parameter must be present in pre-signed URL"),
        ({"more": "1"}, 'non-whitelisted query parameter "more"'),
        ({"action": "GetCallerIdentity"}, "query parameter with multiple values not supported"),
        ({"service": "iam"}, "sts getCallerIdentity failed: Credential should be scoped to correct service: 'sts', not 'iam'"),
    ],
)  # fmt: skip
def test_what_it_must_hold(cloud: Any, make: Any, change: dict[str, str], text: str) -> None:
    assert why(cloud, make(**change)) == text


def test_its_time(cloud: Any, make: Any) -> None:
    assert why(cloud, make(age=15 * 60 + 1)).startswith("X-Amz-Date parameter is expired (15 minute expiration)")
    assert why(cloud, make(age=-16 * 60)).startswith("sts getCallerIdentity failed: Signature not yet current")


def test_another_clusters_token_proves_nothing(cloud: Any, make: Any) -> None:
    assert why(cloud, make(cluster="other")).startswith("sts getCallerIdentity failed: The request signature")
    assert holder(cloud, make(cluster="other"), "other").endswith("user/github")


def test_a_changed_token_and_a_key_that_is_no_more(cloud: Any, make: Any) -> None:
    good = make()
    url = base64.urlsafe_b64decode(good.removeprefix(tokens.PREFIX) + "==").decode()
    other = url.replace(cloud.keys["github"][0], cloud.keys["admin"][0])
    assert why(cloud, encoded(other)).startswith("sts getCallerIdentity failed: The request signature")
    iam, key = cloud.client("iam"), {"UserName": "github", "AccessKeyId": cloud.keys["github"][0]}
    iam.update_access_key(**key, Status="Inactive")
    assert why(cloud, good) == "sts getCallerIdentity failed: The security token included in the request is invalid."
    iam.update_access_key(**key, Status="Active")
    assert holder(cloud, good).endswith("user/github")
    iam.delete_access_key(**key)
    assert why(cloud, good) == "sts getCallerIdentity failed: The security token included in the request is invalid."


def test_a_token_of_a_session(cloud: Any) -> None:
    given = cloud.client("sts", "github").get_session_token()["Credentials"]
    key = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    token = cloud.token(key=key)
    host = cloud.url.removeprefix("http://")
    directory = cloud.app._directory
    assert tokens.holder(token, "bank", directory, [host])[0].principal.arn.endswith("user/github")
    with pytest.raises(InvalidToken):
        tokens.holder(cloud.token(key=(*key[:2], "other")), "bank", directory, [host])


def test_a_token_is_a_use_of_the_key(cloud: Any, make: Any) -> None:
    holder(cloud, make())
    used = cloud.client("iam").get_access_key_last_used(AccessKeyId=cloud.keys["github"][0])
    assert (used["UserName"], used["AccessKeyLastUsed"]["ServiceName"]) == ("github", "sts")


def test_whatever_is_changed_in_a_token_it_proves_nothing_else(cloud: Any, make: Any) -> None:
    url = base64.urlsafe_b64decode(make().removeprefix(tokens.PREFIX) + "==").decode()
    rng = Random(5)
    signs = "&=?#%/:@.[]\x00\u00b2\u0663é aZ09"
    proven = 0
    for _ in range(600):
        letters = list(url)
        for _ in range(rng.choice([1, 1, 2, 5])):
            at = rng.randrange(len(letters))
            match rng.randrange(3):
                case 0:
                    letters[at] = rng.choice(signs)
                case 1:
                    letters.insert(at, rng.choice(signs))
                case _:
                    del letters[at]
        token = encoded("".join(letters))
        try:
            who = holder(cloud, token)
        except InvalidToken:
            continue
        proven += 1
        assert who.endswith("user/github"), token
        assert "".join(letters).lower().count("x-amz-signature") == 1
    assert proven < 30
