"""The token is what the aws CLI makes, for the profile that was named, and its secret parts are known to the redaction."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from longshore.aws.session import Choice, Session, open_profile
from longshore.cluster import kubeconfig, token
from longshore.cluster.eks import Cluster
from longshore.errors import UsageError
from longshore.process.redaction import redact

CLUSTER = Cluster(
    "bank",
    "arn:aws:eks:eu-central-1:111122223333:cluster/bank",
    "ACTIVE",
    "1.36",
    "https://x.eks.amazonaws.com",
    "PEM\n",
)


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    credentials = tmp_path / "credentials"
    credentials.write_text(
        "[ci]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
    )
    config = tmp_path / "config"
    config.write_text("[profile ci]\n[profile none]\n")
    # Neither of them may act: the profile is named.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIASOMEBODYELSE0000")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    monkeypatch.setenv("AWS_PROFILE", "none")
    return open_profile(Choice("ci", "", "eu-central-1", "prod", config_file=config, credentials_file=credentials))


def query(made: str) -> dict[str, str]:
    text = made.removeprefix(token.PREFIX)
    url = urlsplit(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode())
    assert (url.scheme, url.hostname, url.path) == ("https", "sts.eu-central-1.amazonaws.com", "/")
    return {name: values[0] for name, values in parse_qs(url.query).items()}


def test_it_is_a_presigned_question_who_one_is(session: Session) -> None:
    made = token.make(session, "bank")
    assert made.startswith("k8s-aws-v1.")
    assert "=" not in made
    asked = query(made)
    assert asked["Action"] == "GetCallerIdentity"
    assert asked["X-Amz-Credential"].startswith("AKIAIOSFODNN7EXAMPLE/")
    assert asked["X-Amz-Credential"].endswith("/eu-central-1/sts/aws4_request")
    assert asked["X-Amz-SignedHeaders"] == "host;x-k8s-aws-id"
    assert token.SHORTEST <= int(asked["X-Amz-Expires"]) <= token.LONGEST


def test_two_are_never_the_same(session: Session) -> None:
    """An API server keeps a token that it let in: with another one it asks again."""
    expiries = {query(token.make(session, "bank"))["X-Amz-Expires"] for _ in range(20)}
    assert len(expiries) > 10


def test_the_redaction_knows_it(session: Session) -> None:
    made = token.make(session, "bank")
    assert redact(f"Authorization: Bearer {made}") == "Authorization: Bearer [secret]"


def test_without_credentials_it_is_told(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("[profile empty]\n")
    session = open_profile(
        Choice("empty", "", "eu-central-1", "prod", config_file=config, credentials_file=tmp_path / "none")
    )
    with pytest.raises(UsageError):
        token.make(session, "bank")


def test_a_kubeconfig_by_token() -> None:
    found = json.loads(kubeconfig.by_token(CLUSTER, "a-token"))
    assert found["current-context"] == "bank"
    assert found["users"] == [{"name": "bank", "user": {"token": "a-token"}}]
    authority = base64.b64encode(b"PEM\n").decode()
    assert found["clusters"][0]["cluster"] == {
        "server": "https://x.eks.amazonaws.com",
        "certificate-authority-data": authority,
    }
