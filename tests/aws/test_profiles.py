from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from longshore.answers import Answer
from longshore.aws import profiles
from longshore.aws.profiles import audit
from longshore.environments.environment import Environment
from tests.aws.helpers import ACCOUNT, Aws, config, key

Make = Callable[..., Environment]
ENDPOINT = "endpoint_url = http://127.0.0.1:9\nregion = eu-central-1\n"


def faults(answer: Answer) -> list[str]:
    return [text.rpartition("/sandbox/")[2] for text in answer.faults]


@pytest.mark.integration
def test_each_profile_and_who_it_is(aws: Aws, sandbox: Make, tmp_path: Path) -> None:
    ana, ci = aws.user("ana"), aws.user("ci")
    script = tmp_path / "vault.py"
    script.write_text(
        f"print({json.dumps(json.dumps({'Version': 1, 'AccessKeyId': ci[0], 'SecretAccessKey': ci[1]}))})\n"
    )
    text = config(aws.endpoint, "default", "deploy") + f"role_arn = {aws.role('deploy')}\nsource_profile = default\n"
    text += config(aws.endpoint, "vault") + f"credential_process = {sys.executable} {script}\n"
    text += config(aws.endpoint, "empty") + config(aws.endpoint, "mfa")
    text += f"role_arn = {aws.role('admin')}\nsource_profile = default\nmfa_serial = arn:aws:iam::{ACCOUNT}:mfa/ana\n"
    answer = audit(sandbox(text, key("default", ana)))
    assert answer.ok
    rows = {row[0]: row[1:] for row in answer.tables[0].rows}
    short = f"{ana[0][:4]}...{ana[0][-4:]}"
    assert rows["default"] == ("keys", short, "eu-central-1", ACCOUNT, "user/ana")
    assert rows["deploy"][:4] == ("role", "-", "eu-central-1", ACCOUNT)
    assert rows["deploy"][4].startswith("assumed-role/deploy/")
    assert rows["vault"] == ("process", "-", "eu-central-1", ACCOUNT, "user/ci")
    assert rows["empty"] == ("none", "-", "eu-central-1", "-", "-")
    assert list(answer.notes) == [
        "empty: profile empty has no credentials",
        "mfa: asks for an MFA code: not resolved",
        "environment sandbox: default acts (from env/prod.env:2)",
    ]
    first = answer.data["profiles"][0]
    assert first == {
        "name": "default",
        "kind": "keys",
        "key": short,
        "region": "eu-central-1",
        "account": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:user/ana",
        "why": None,
        "faults": [],
    }
    told = json.dumps(answer.data) + repr(answer.tables) + repr(answer.notes)
    assert not [secret for secret in (*ana, *ci) if secret in told]


SECRETS = "aws_access_key_id = AKIAEXAMPLE00000WXYZ\naws_secret_access_key"


@pytest.mark.parametrize(
    ("config", "credentials", "expected"),
    [
        ("[default]\n" + ENDPOINT, f"[default]\n{SECRETS}_id = hidden\n", [
            "credentials:3: aws_secret_access_key_id is no key that is read; did you mean aws_secret_access_key?",
            "credentials:1: half a credential: aws_access_key_id without aws_secret_access_key",
        ]),
        ("[default]\n" + ENDPOINT, "[default]\naws_secret_key_access = hidden\naws_access_key = x\n", [
            "credentials:2: aws_secret_key_access is no key that is read; did you mean aws_secret_access_key?",
            "credentials:3: aws_access_key is no key that is read; did you mean aws_access_key_id?",
        ]),
        (f"[default]\n{ENDPOINT}[profile ci]\n{ENDPOINT}", f"[default]\n{SECRETS} = x\n[ci]\n{SECRETS} = x\n", [
            "credentials:4: has the same key AKIA...WXYZ as profile default: both are one identity",
        ]),
        ("[profile a]\nendpoint_url = http://127.0.0.1:9\n", "", ["config:1: no region"]),
        ("[github]\nregion = eu-central-1\n", "", ["config:1: [github] is not read: a profile is [profile github] here"]),
        (f"[profile x]\n{ENDPOINT}", f"[profile x]\n{SECRETS} = x\n", [
            "credentials:1: [profile x] is not profile x: here it is [x]",
            "credentials:1: no region",
        ]),
        (f"[profile a]\n{ENDPOINT}role_arn = r\nsource_profile = b\n", "", ["config:1: source_profile b does not exist"]),
        (f"[profile a]\n{ENDPOINT}role_arn = r\nsource_profile = b\n[profile b]\n{ENDPOINT}role_arn = r\nsource_profile = a\n", "", [
            "config:1: source_profile goes round in a circle: a -> b -> a",
            "config:6: source_profile goes round in a circle: b -> a -> b",
        ]),
        (f"[profile a]\n{ENDPOINT}role_arn = r\n", "", ["config:1: role_arn needs either source_profile or credential_source"]),
        (f"[profile a]\n{ENDPOINT}sso_session = corp\n", "", ["config:1: sso_session corp: there is no [sso-session corp]"]),
        ("[profile a]\nendpoint_url = http://127.0.0.1:9\nregion = \"eu-west-1\"\n", "", [
            "config:3: region has quotes around it, which become part of the value",
        ]),
        ("[profile a]\nendpoint_url = http://127.0.0.1:9\nregion = eu-west-1 # home\n", "", [
            "config:3: region has a space in it (a comment must stand on a line of its own)",
        ]),
        (f"[default]\n{ENDPOINT}[default]\n", "", ["config:4: section [default] is there twice (first in line 1): no profile works"]),
        ("[default]\njunk\n", "", ["config:2: neither [section] nor key = value: no profile works", "config:1: no region"]),
    ],
)  # fmt: skip
def test_faults(sandbox: Make, config: str, credentials: str, expected: list[str]) -> None:
    answer = audit(sandbox(config, credentials))
    assert faults(answer) == expected
    assert "hidden" not in json.dumps(answer.data)


def test_a_role_that_starts_from_its_own_keys_is_no_circle(sandbox: Make) -> None:
    text = f"[profile a]\n{ENDPOINT}role_arn = r\nsource_profile = a\n"
    assert faults(audit(sandbox(text, f"[a]\n{SECRETS} = x\n"))) == []


def test_a_file_that_others_can_read(sandbox: Make) -> None:
    environment = sandbox("[default]\n" + ENDPOINT, f"[default]\n{SECRETS} = x\n")
    assert environment.aws_credentials_file
    environment.aws_credentials_file.chmod(0o644)
    (told,) = audit(environment).faults
    assert "others on this machine can read or write it (mode 644): chmod 600 ~/sandbox/credentials" in told


def test_what_shadows_a_profile(sandbox: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "other")
    assert faults(audit(sandbox("[default]\n" + ENDPOINT))) == [
        "AWS_ACCESS_KEY_ID of the shell: acts instead of AWS_PROFILE in programs that are given no --profile (not in longshore)",
        "AWS_DEFAULT_PROFILE of the shell: beats AWS_PROFILE in Python programs: they act as other",
    ]


def test_no_files(clean: Path) -> None:
    answer = audit(None)
    assert (
        answer.tables[0].empty
        == "no profiles in ~/.aws/config and ~/.aws/credentials: inv aws.configure --profile NAME"
    )
    assert answer.data["profiles"] == []


def test_a_profile_that_hangs_keeps_nobody(sandbox: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "DEADLINE", 0.5)
    fifo, script = tmp_path / "fifo", tmp_path / "hang.py"
    os.mkfifo(fifo)
    script.write_text(f"open({str(fifo)!r}).read()\n")
    answer = audit(sandbox(f"[default]\n{ENDPOINT}credential_process = {sys.executable} {script}\n"))
    assert answer.notes[0] == "default: no answer within 0.5 s"
    fifo.open("w").close()
