"""AWS refuses, throttles, forgets; the wrong account, endpoint, environment. Nothing is touched."""

from __future__ import annotations

import shlex
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live import Live, told

pytestmark = pytest.mark.integration


def assert_untouched(bank: Live, calls: int) -> None:
    assert bank.writes(calls) == []
    assert bank.version is None
    assert bank.tables == set()
    assert bank.runs() == []


@pytest.mark.parametrize("service", ["sts", "secretsmanager"])
def test_expired_credentials(bank: Live, service: str) -> None:
    before = len(bank.calls())
    bank.fault("expired-token", service, times=20)
    told(bank.inv("db.migrate"), 2, "the session of profile default has expired", "profile default")
    bank.clear_faults()
    assert_untouched(bank, before)


def test_throttled_once(bank: Live) -> None:
    bank.fault("throttling", "sts")
    bank.fault("throttling", "secretsmanager", "GetSecretValue")
    bank.inv("db.migrate").check()
    assert bank.version == (5, False)


def test_throttled_for_ever(bank: Live) -> None:
    before = len(bank.calls())
    bank.fault("throttling", "secretsmanager", times=1000)
    told(bank.inv("db.migrate"), 1, "AWS throttles GetSecretValue, also after 5 attempts", "wait a minute")
    bank.clear_faults()
    assert_untouched(bank, before)


def test_kms_refuses(bank: Live) -> None:
    before = len(bank.calls())
    bank.fault("kms-denied", "secretsmanager", "GetSecretValue", times=20)
    told(bank.inv("db.migrate"), 1, "AWS KMS refused profile default", "ask for kms:Decrypt")
    bank.clear_faults()
    assert_untouched(bank, before)


def test_access_denied(bank: Live) -> None:
    before = len(bank.calls())
    told(bank.inv("db.migrate", "--profile", "tester"), 1, "AWS refused profile tester", "inv aws.profiles")
    assert_untouched(bank, before)


def test_a_profile_that_is_none(bank: Live) -> None:
    before = len(bank.calls())
    told(bank.inv("db.migrate", "--profile", "developr"), 2, "did you mean developer?", "inv aws.profiles")
    assert len(bank.calls()) == before


def test_wrong_account(bank: Live) -> None:
    bank.env_file("sandbox.local", "AWS_ACCOUNT_ID=999988887777\n")
    before = len(bank.calls())
    lines = told(bank.inv("db.migrate"), 3, "wrong account 111122223333, nothing was touched", "inv aws.profiles")
    assert "env/sandbox.local.env:1" in lines[1]
    assert {call["operation"] for call in bank.calls()[before:]} == {"GetCallerIdentity"}
    assert_untouched(bank, before)


def test_an_endpoint_that_is_not_awss(bank: Live) -> None:
    before = len(bank.calls())
    address = f"http://127.0.0.1:{bank.kept.ports['aws']}"
    files = {
        "AWS_CONFIG_FILE": str(bank.layout.aws_config),
        "AWS_SHARED_CREDENTIALS_FILE": str(bank.layout.aws_credentials),
    }
    for variables, then in (
        ({**files, "AWS_ENDPOINT_URL": address}, "unset AWS_ENDPOINT_URL"),
        ({**files, "AWS_ENDPOINT_URL_SECRETS_MANAGER": address}, "unset AWS_ENDPOINT_URL_SECRETS_MANAGER"),
        # The profile itself names it.
        (files, "take it out there"),
    ):
        result = bank.inv("db.migrate", "--env", "prod", "--confirm", "prod", env=variables)
        told(result, 3, "the endpoint is not AWS's, nothing was touched", then)
    assert len(bank.calls()) == before
    assert_untouched(bank, before)


def test_after_eval_of_sandbox_env(bank: Live) -> None:
    before = len(bank.calls())
    inv = shlex.join([sys.executable, "-m", "invoke"])
    ended = subprocess.run(
        ["bash", "-c", f'eval "$({inv} sandbox.env)"; {inv} db.migrate --env prod --confirm prod'],
        cwd=bank.project, env=bank.inv.env(), capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 3, ended.stderr
    assert "error: the endpoint is not AWS's, nothing was touched" in ended.stderr
    assert "  next: unset AWS_ENDPOINT_URL" in ended.stderr
    assert len(bank.calls()) == before
    assert_untouched(bank, before)


def test_a_protected_environment_asks(bank: Live) -> None:
    bank.env_file("sandbox", "LIKE=prod\nAWS_PROFILE=default\nSECRETS=aws:bank/dev\n")
    before = len(bank.calls())
    told(bank.inv("db.migrate"), 3, "not confirmed", "--confirm sandbox")
    told(bank.inv("db.migrate", "--confirm", "prod"), 3, "not confirmed", "--confirm sandbox")
    assert_untouched(bank, before)


def test_environments_that_are_none(bank: Live) -> None:
    before = len(bank.calls())
    told(bank.inv("db.migrate", "--env", "sandbx"), 2, "did you mean sandbox?", "inv env.list")
    told(bank.inv("db.migrate", env={"LONGSHORE_ENV": "sandbx"}), 2, "(LONGSHORE_ENV)", "inv env.list")
    for text, what in (
        ("AWS_ACCOUNT_ID=12\n", "env/sandbox.local.env:1: AWS_ACCOUNT_ID is malformed"),
        ("AWS_REGIO=eu-central-1\n", "env/sandbox.local.env:1"),
        ("nonsense\n", "env/sandbox.local.env:1"),
    ):
        bank.env_file("sandbox.local", text)
        told(bank.inv("db.migrate"), 2, what, "inv env.check --env sandbox")
    assert len(bank.calls()) == before
    assert_untouched(bank, before)


def test_the_sandbox_is_down(bank: Live, tmp_path: Path) -> None:
    other = bank.clone(tmp_path / "other")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    folder = other.state / "sandbox"
    for path, name in ((bank.layout.aws_config, "config"), (bank.layout.aws_credentials, "credentials")):
        (folder / name).write_text(path.read_text().replace(f":{bank.kept.ports['aws']}", f":{free}"))
    layer = f"AWS_CONFIG_FILE='{folder / 'config'}'\nAWS_SHARED_CREDENTIALS_FILE='{folder / 'credentials'}'\n"
    (folder / "sandbox.env").write_text(layer)
    told(other.inv("db.migrate"), 1, "could not ask AWS who acts", "inv sandbox.up")
    # And one that was never up.
    (folder / "sandbox.env").unlink()
    told(other.inv("db.migrate"), 2, "", "inv sandbox.up")
