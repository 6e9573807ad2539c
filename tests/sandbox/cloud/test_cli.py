"""The real aws CLI against the sandbox's AWS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import REGION

AWS = Path(sys.executable).with_name("aws")

REFUSED = 255
"""What version 1 of the CLI ends with when the service refuses (version 2: 254)."""

pytestmark = pytest.mark.integration


@pytest.fixture
def aws(cloud: Any, tmp_path: Path) -> Any:
    profiles = "".join(
        f"[profile {name}]\nregion = {REGION}\nendpoint_url = {cloud.url}\n"
        for name in ("admin", "github", "developer", "tester")
    )
    keys = "".join(
        f"[{name}]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"
        for name, (key, secret) in cloud.keys.items()
    )
    (tmp_path / "config").write_text(profiles)
    (tmp_path / "credentials").write_text(keys)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_MAX_ATTEMPTS": "1",
    }

    def run(profile: str, *words: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [AWS, "--profile", profile, *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr.strip()

    return run


def test_who_one_is(cloud: Any, aws: Any) -> None:
    code, out, _ = aws("github", "sts", "get-caller-identity")
    assert code == 0
    assert json.loads(out)["Arn"] == f"arn:aws:iam::{cloud.account}:user/github"


def test_a_secret_that_is_refused(cloud: Any, aws: Any) -> None:
    arn = cloud.client("secretsmanager").create_secret(Name="bank/prod", SecretString="{}")["ARN"]
    code, out, err = aws("developer", "secretsmanager", "get-secret-value", "--secret-id", "bank/prod")
    assert (code, out) == (REFUSED, "")
    assert err.splitlines()[-1].removeprefix("aws: [ERROR]: ") == (
        "An error occurred (AccessDeniedException) when calling the GetSecretValue operation: "
        f"User: arn:aws:iam::{cloud.account}:user/developer is not authorized to perform: secretsmanager:GetSecretValue "
        f"on resource: {arn} because no identity-based policy allows the secretsmanager:GetSecretValue action"
    )
    assert aws("github", "secretsmanager", "get-secret-value", "--secret-id", "bank/prod")[0] == 0


def test_a_query_service_that_refuses(cloud: Any, aws: Any) -> None:
    code, _, err = aws("tester", "iam", "list-users")
    assert code == REFUSED
    assert "An error occurred (AccessDenied) when calling the ListUsers operation: User: " in err


def test_a_token_for_eks_proves_who_one_is(cloud: Any, aws: Any) -> None:
    import base64
    from urllib.parse import urlsplit

    from longshore.sandbox.cloud.authentication import authenticate
    from longshore.sandbox.cloud.http import HttpRequest
    from longshore.sandbox.cloud.principals import Directory

    code, out, _ = aws("github", "eks", "get-token", "--cluster-name", "bank")
    assert code == 0
    encoded = json.loads(out)["status"]["token"].removeprefix("k8s-aws-v1.")
    url = urlsplit(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode())
    request = HttpRequest("GET", url.path, url.query, {"host": url.netloc, "x-k8s-aws-id": "bank"}, b"")
    _, key = authenticate(request, Directory(cloud.account))
    assert key.principal.arn == f"arn:aws:iam::{cloud.account}:user/github"


def test_a_clusters_access_entries(cloud: Any, aws: Any) -> None:
    cloud.cluster(mode="CONFIG_MAP")
    role = cloud.role("deploy", path="/ci/")

    def eks(*words: str) -> Any:
        code, out, err = aws("admin", "eks", *words)
        assert code == 0, err
        return json.loads(out) if out.strip() else None

    update = eks("update-cluster-config", "--name", "bank", "--access-config", "authenticationMode=API_AND_CONFIG_MAP")[
        "update"
    ]
    seen = eks("describe-update", "--name", "bank", "--update-id", update["id"])["update"]
    assert (seen["type"], seen["status"]) == ("AccessConfigUpdate", "Successful")
    one = ("--cluster-name", "bank", "--principal-arn", role)
    made = eks("create-access-entry", *one, "--kubernetes-groups", "devs", "--tags", "a=1")["accessEntry"]
    assert (made["principalArn"], made["kubernetesGroups"], made["tags"]) == (role, ["devs"], {"a": "1"})
    view = ("--policy-arn", "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy")
    scope = ("--access-scope", "type=namespace,namespaces=bank")
    assert eks("associate-access-policy", *one, *view, *scope)["associatedAccessPolicy"]["accessScope"] == {
        "type": "namespace",
        "namespaces": ["bank"],
    }
    assert role in eks("list-access-entries", "--cluster-name", "bank")["accessEntries"]
    eks("disassociate-access-policy", *one, *view)
    eks("delete-access-entry", *one)
    code, _, err = aws("admin", "eks", "describe-access-entry", *one)
    assert code == REFUSED
    assert (
        "(ResourceNotFoundException) when calling the DescribeAccessEntry operation: The specified principalArn could not be found."
        in err
    )
