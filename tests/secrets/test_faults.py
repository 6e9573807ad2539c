"""Secrets that are no good, and an AWS that refuses: exit code, at most five lines, what to do; app.env and the secret stay as they were."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import SECRET, Live, told
from tests.secrets.helpers import CANARY

pytestmark = pytest.mark.integration

OLD = "OLD=1\n"


@pytest.fixture
def app_env(bank: Live) -> Iterator[Path]:
    path = bank.project / "app.env"
    path.write_text(OLD)
    yield path
    assert path.read_text() == OLD
    assert [entry.name for entry in bank.project.iterdir() if entry.name.endswith(".tmp")] == []


def current(bank: Live) -> str:
    return str(bank.secrets_manager.get_secret_value(SecretId=SECRET, VersionStage="AWSCURRENT")["SecretString"])


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (" ", "it is empty"),
        (CANARY, "it is plain text, not a JSON object"),
        (CANARY.encode(), "the secret is binary"),
        (f'{{"A": "{CANARY}', "it ends too early"),
        (f'{{"A": {{"B": "{CANARY}"}}}}', "'A' is an object"),
        (f'{{"A": ["{CANARY}"]}}', "'A' is an array"),
        ('{"A": null}', "'A' is no value (null)"),
        (f'{{"A": "{CANARY}", "A": "2"}}', "'A' is there 2 times"),
        (f'{{"": "{CANARY}"}}', "a key is no name of a variable"),
        (f'{{"A\\nLD_PRELOAD": "{CANARY}"}}', "a key is no name of a variable"),
        ('{"Key": "1", "KEY": "2"}', "folds the case of keys"),
        ("{}", "the secret has no keys"),
    ],
)
@pytest.mark.parametrize("task", ["pull", "exec"])
def test_what_is_in_it(bank: Live, app_env: Path, task: str, content: str | bytes, what: str) -> None:
    given = {"SecretBinary": content} if isinstance(content, bytes) else {"SecretString": content}
    bank.secrets_manager.put_secret_value(SecretId=SECRET, **given)
    result = bank.inv("secrets.pull") if task == "pull" else bank.inv("secrets.exec", "--", "true")
    if task == "exec" and "folds the case" in what:
        result.check()  # two variables to every program
        return
    result.check(2)
    lines = [line for line in result.stderr.splitlines() if line.startswith(("error: ", "  why: ", "  next: "))]
    assert len(lines) <= 5
    assert what in " ".join(lines)
    assert CANARY not in result.stdout + result.stderr


ALL = [
    ("secrets.pull",),
    ("secrets.show",),
    ("secrets.set", "--key", "A"),
    ("secrets.unset", "--key", "A", "--confirm", "sandbox"),
    ("secrets.generate", "--key", "NEW"),
    ("secrets.rollback", "--confirm", "sandbox"),
    ("secrets.exec", "--", "true"),
    ("secrets.check",),
]


@pytest.mark.parametrize("words", ALL, ids=lambda words: words[0])
def test_scheduled_for_deletion(bank: Live, app_env: Path, words: tuple[str, ...]) -> None:
    bank.secrets_manager.delete_secret(SecretId=SECRET, RecoveryWindowInDays=7)
    try:
        told(
            bank.inv(*words, input="new"),
            2,
            "the secret is scheduled for deletion",
            "aws secretsmanager restore-secret",
        )
    finally:
        bank.secrets_manager.restore_secret(SecretId=SECRET)


@pytest.mark.parametrize("words", ALL, ids=lambda words: words[0])
def test_denied_by_iam(bank: Live, app_env: Path, words: tuple[str, ...]) -> None:
    before = current(bank)
    result = bank.inv(words[0], "--profile", "tester", *words[1:], input="new")
    told(result, 1, "AWS refused profile tester", "inv aws.profiles")
    assert current(bank) == before


@pytest.mark.parametrize("words", [ALL[2], ("secrets.generate", "--key", "NEW"), ALL[5]], ids=lambda words: words[0])
def test_who_may_read_may_not_write(bank: Live, app_env: Path, words: tuple[str, ...]) -> None:
    bank.put_secret({**bank.secret, "A": "1"})
    before = current(bank)
    result = bank.inv(*words, "--profile", "developer", input="new")
    told(result, 1, "AWS refused profile developer", "inv aws.profiles")
    assert current(bank) == before


@pytest.mark.parametrize(
    ("fault", "what", "then"),
    [
        ("kms-denied", "AWS KMS refused profile default the key that encrypts bank/dev", "kms:GenerateDataKey"),
        ("throttling", "AWS throttles", "wait a minute and run it again"),
        ("expired-token", "the session of profile default has expired", "renew"),
    ],
)
@pytest.mark.parametrize("operation", ["PutSecretValue", "UpdateSecretVersionStage"])
def test_writing_is_refused(bank: Live, app_env: Path, fault: str, what: str, then: str, operation: str) -> None:
    before = current(bank)
    bank.fault(fault, "secretsmanager", operation, times=20)
    result = bank.inv("secrets.generate", "--key", "NEW")
    told(result, 1, what, then)
    assert current(bank) == before
    bank.clear_faults()
    bank.inv("secrets.generate", "--key", "NEW").check()
    assert set(json.loads(current(bank))) == {*json.loads(before), "NEW"}


def test_throttled_for_a_moment(bank: Live) -> None:
    bank.fault("throttling", "secretsmanager", times=2)
    bank.inv("secrets.set", "--key", "A", input=CANARY).check()
    assert json.loads(current(bank))["A"] == CANARY


def test_a_version_under_another_label_is_left_alone(bank: Live) -> None:
    # A rotation that is under way.
    bank.secrets_manager.put_secret_value(
        SecretId=SECRET, SecretString='{"A": "pending"}', VersionStages=["AWSPENDING"]
    )
    before = json.loads(current(bank))
    bank.inv("secrets.pull").check()
    assert "pending" not in (bank.project / "app.env").read_text()
    bank.inv("secrets.set", "--key", "A", input="new").check()
    bank.inv("secrets.rollback", "--confirm", "sandbox").check()
    assert json.loads(current(bank)) == before
    pending = bank.secrets_manager.get_secret_value(SecretId=SECRET, VersionStage="AWSPENDING")
    assert pending["SecretString"] == '{"A": "pending"}'
    told(bank.inv("secrets.unset", "--key", "A", "--key", "DB_SOURCE"), 3, "not confirmed", "--confirm sandbox")
    versions = bank.secrets_manager.list_secret_version_ids(SecretId=SECRET, IncludeDeprecated=True)["Versions"]
    for version in versions:
        if "AWSPENDING" in version["VersionStages"]:
            bank.secrets_manager.update_secret_version_stage(
                SecretId=SECRET, VersionStage="AWSPENDING", RemoveFromVersionId=version["VersionId"]
            )


def test_500_keys_near_the_limit(bank: Live) -> None:
    values = {f"KEY_{number:03}": "x" * 100 for number in range(499)}
    room = 65_536 - len(json.dumps({**values, "LAST": ""}))
    file = bank.project / "many.json"
    push = ("secrets.push", "--file", "many.json", "--prune", "--confirm", "sandbox")
    file.write_text(json.dumps({**values, "LAST": "y" * (room + 1)}))
    before = current(bank)
    told(bank.inv(*push), 2, "65,537 bytes as JSON, the most is 65,536", "in a secret of their own")
    assert current(bank) == before
    file.write_text(json.dumps({**values, "LAST": "y" * room}))
    bank.inv(*push).check()
    assert len(current(bank)) == 65_536
    bank.inv("secrets.pull").check()
    assert (bank.project / "app.env").read_text().count("\n") == 501
    ran = bank.inv("secrets.exec", "--", "sh", "-c", "echo ${#LAST} ${#KEY_000}").check()
    assert ran.stdout == f"{room} 100\n"
    assert len(json.loads(bank.inv("secrets.show", "--json").check().stdout)["keys"]) == 500
    file.unlink()
