from __future__ import annotations

import os
import subprocess
from pathlib import Path

import boto3
import pytest

from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.sandbox import binaries, kept
from longshore.sandbox.exports import exports
from longshore.sandbox.layout import Layout
from tests.sandbox import project


def test_before_the_first_up(tmp_path: Path) -> None:
    environment = project.make(tmp_path / "p")
    with pytest.raises(UsageError) as caught:
        exports(environment)
    assert caught.value.lines() == [
        f"error: there is no sandbox to point at yet ({tmp_path}/p/.longshore/sandbox)",
        "  next: inv sandbox.up",
    ]


def evaluated(environment: Environment, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    lines = "\n".join(exports(environment, variables))
    shell = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **variables}
    return project.shell(f"{lines}\n{lines}\n{script}", shell)


@pytest.mark.integration
def test_psql_and_aws_reach_the_sandbox_without_a_word_about_it(running: Environment) -> None:
    said = evaluated(
        running,
        "psql -XAtc 'select current_user, current_database()'\n"
        "aws sts get-caller-identity --query Arn --output text\n"
        "AWS_PROFILE=github aws sts get-caller-identity --query Arn --output text",
        AWS_ACCESS_KEY_ID="AKIAFOREIGNFOREIGN00", AWS_SECRET_ACCESS_KEY="foreign", AWS_SESSION_TOKEN="foreign",
        PGPASSWORD="foreign", PGHOSTADDR="192.0.2.1", AWS_ENDPOINT_URL_STS="http://192.0.2.1",
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines() == [
        "bank|bank",
        f"arn:aws:iam::{project.ACCOUNT}:user/admin",
        f"arn:aws:iam::{project.ACCOUNT}:user/github-ci",
    ]


@pytest.mark.integration
def test_the_paths_are_the_files_and_the_search_path_grows_once(running: Environment) -> None:
    said = evaluated(running, 'printf "%s\\0" "$AWS_CONFIG_FILE" "$AWS_SHARED_CREDENTIALS_FILE" "$PGPASSFILE" "$PATH"')
    config, credentials, passwords, path = said.stdout.split("\0")[:4]
    assert all(Path(file).stat().st_mode & 0o777 == 0o600 for file in (config, credentials, passwords))
    assert path.split(":")[:2] == ["/usr/bin", "/bin"]
    assert str(binaries.folder()) in path.split(":")
    assert len(set(path.split(":"))) == len(path.split(":"))


@pytest.mark.integration
def test_no_secret_is_in_the_lines(running: Environment) -> None:
    keep = kept.load(Layout.of(running))
    assert keep is not None
    text = "\n".join(exports(running))
    for secret in (keep.application_password, keep.administrator_password, *(key.secret for key in keep.keys.values())):
        assert secret not in text


@pytest.mark.integration
def test_a_proxy_is_gone_around(running: Environment) -> None:
    said = evaluated(running, 'echo "$NO_PROXY $no_proxy"', HTTP_PROXY="http://192.0.2.1:1", NO_PROXY="a.example")
    assert said.stdout == "a.example,127.0.0.1 a.example,127.0.0.1\n"
    assert not any("PROXY" in line for line in exports(running, {}))


@pytest.mark.integration
@pytest.mark.parametrize(
    ("profile", "user"),
    [("default", "admin"), ("github", "github-ci"), ("developer", "developer"), ("tester", "tester")],
)
def test_each_profile_is_somebody(
    running: Environment, profile: str, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = Layout.of(running)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(layout.aws_config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(layout.aws_credentials))
    identity = boto3.Session(profile_name=profile).client("sts").get_caller_identity()
    assert identity["Account"] == project.ACCOUNT
    assert identity["Arn"] == f"arn:aws:iam::{project.ACCOUNT}:user/{user}"
