from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from longshore.aws.session import Session, open_session
from longshore.environments.environment import Environment
from longshore.errors import Failed, Interrupted, LongshoreError, Refused, UsageError
from longshore.process.redaction import redact
from longshore.secrets.secrets_manager import LARGEST, SecretsManager
from longshore.secrets.store import Absent, Overtaken
from tests.secrets.helpers import CANARY, all_labels, answer_with, labels, secrets_client, stored


def store(environment: Environment, session: Session | None = None) -> SecretsManager:
    return SecretsManager("bank/prod", environment, session or open_session(environment))


def create(value: str | bytes | None) -> None:
    given = (
        {"SecretBinary": value} if isinstance(value, bytes) else {"SecretString": value} if value is not None else {}
    )
    secrets_client().create_secret(Name="bank/prod", **given)


def fault(act: Callable[[], object]) -> LongshoreError:
    with pytest.raises(LongshoreError) as caught:
        act()
    assert CANARY not in str(caught.value)
    assert len(caught.value.lines()) <= 5
    return caught.value


def test_reading(aws: Environment) -> None:
    create(json.dumps({"DB_SOURCE": CANARY, "PORT": 5432}))
    secret = store(aws).read()
    assert secret.values == {"DB_SOURCE": CANARY, "PORT": "5432"}
    assert list(labels()) == [secret.version]
    assert secret.created is not None
    assert secret.created.tzinfo is not None
    assert CANARY not in repr(secret)
    assert redact(f"x {CANARY}") == "x [secret]"
    assert secret.require("PORT", "prod") == "5432"
    assert fault(lambda: secret.require("DB_SORCE", "prod")).lines() == [
        "error: the secret has no value for DB_SORCE (aws:bank/prod)",
        "  why: there is no such key; did you mean DB_SOURCE?",
        "  next: inv secrets.set --env prod --key DB_SORCE",
    ]


def test_a_secret_that_is_absent(aws: Environment) -> None:
    error = fault(store(aws).read)
    assert isinstance(error, Absent)
    assert error.lines() == [
        "error: there is no secret (aws:bank/prod)",
        "  why: Secrets Manager has none of this name in eu-central-1 (the ambient identity)",
        "  next: inv secrets.push --env prod --file app.env",
    ]
    assert error.code == 2


def test_a_secret_without_a_value(aws: Environment) -> None:
    create(None)
    error = fault(store(aws).read)
    assert isinstance(error, Absent)
    assert error.why == "the secret exists, but no version of it is AWSCURRENT"


def test_a_secret_that_is_scheduled_for_deletion(aws: Environment) -> None:
    create('{"A": "1"}')
    secrets_client().delete_secret(SecretId="bank/prod")
    assert fault(store(aws).read).lines() == [
        "error: the secret is scheduled for deletion (aws:bank/prod)",
        "  why: AWS keeps it for 7 to 30 days, and lets nobody read or write it",
        "  next: aws secretsmanager restore-secret --secret-id bank/prod --region eu-central-1",
        "  next: then run it again",
    ]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (CANARY, "it is plain text, not a JSON object"),
        (CANARY.encode(), "the secret is binary"),
        ('{"A": "' + CANARY, "line 1 column 7: it ends too early"),
        (json.dumps({"A": {"B": CANARY}}), "'A' is an object"),
        (f'{{"A": "{CANARY}", "A": "{CANARY}"}}', "'A' is there 2 times"),
    ],
)
def test_a_secret_that_is_no_object_of_texts(aws: Environment, value: str | bytes, why: str) -> None:
    create(value)
    error = fault(store(aws).read)
    assert isinstance(error, UsageError)
    assert error.why == why
    assert error.do == (
        "put an empty object there (the value of now stays as AWSPREVIOUS): "
        "aws secretsmanager put-secret-value --secret-id bank/prod --region eu-central-1 --secret-string '{}'",
    )


def test_an_account_that_is_not_the_pinned_one(aws: Environment, environment: Callable[..., Environment]) -> None:
    create(json.dumps({"A": CANARY}))
    error = fault(store(environment(account_id="999999999999")).read)
    assert isinstance(error, Refused)
    assert "the secret is in another account, " in error.what


@pytest.mark.parametrize(
    ("status", "code", "message", "why"),
    [
        (
            400,
            "AccessDeniedException",
            "User: arn:aws:iam::1:user/tester is not authorized to perform: secretsmanager:GetSecretValue",
            "AWS refused the ambient identity: User: arn:aws:iam::1:user/tester is not authorized to perform: "
            "secretsmanager:GetSecretValue",
        ),
        (
            400,
            "AccessDeniedException",
            "Access to KMS is not allowed",
            "AWS KMS refused the ambient identity the key that encrypts bank/prod: Access to KMS is not allowed",
        ),
        (
            400,
            "DecryptionFailure",
            "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
            "AWS KMS refused the ambient identity the key that encrypts bank/prod: "
            "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
        ),
    ],
)
def test_what_aws_refuses(aws: Environment, status: int, code: str, message: str, why: str) -> None:
    create(json.dumps({"A": CANARY}))
    session = open_session(aws)
    answer_with(session, "GetSecretValue", status, code, message)
    error = fault(store(aws, session).read)
    assert isinstance(error, Failed)
    assert (error.what, error.on, error.why) == ("could not read the secret", "aws:bank/prod", why)
    assert error.do


def test_the_first_write_creates_the_secret(aws: Environment) -> None:
    secret = store(aws).write({"A": CANARY}, None)
    assert json.loads(stored()) == {"A": CANARY}
    assert labels() == {secret.version: ["AWSCURRENT"]}


def test_a_secret_without_a_value_gets_its_first(aws: Environment) -> None:
    create(None)
    store(aws).write({"A": CANARY}, None)
    assert json.loads(stored()) == {"A": CANARY}
    assert list(labels().values()) == [["AWSCURRENT"]]


def test_a_write_moves_the_label_and_keeps_the_previous_version(aws: Environment) -> None:
    create('{"PORT": 5432, "A": "1"}')
    base = store(aws).read()
    secret = store(aws).write({**base.values, "A": "2"}, base)
    assert stored() == '{"PORT": 5432, "A": "2"}'
    assert labels() == {base.version: ["AWSPREVIOUS"], secret.version: ["AWSCURRENT"]}


def test_a_write_that_was_overtaken_names_the_keys_that_changed(aws: Environment) -> None:
    create('{"A": "1", "B": "1", "C": "1"}')
    base = store(aws).read()
    other = store(aws).write({"A": "1", "B": CANARY, "D": CANARY}, base)
    error = fault(lambda: store(aws).write({**base.values, "A": "mine"}, base))
    assert isinstance(error, Overtaken)
    assert error.lines() == [
        "error: the secret has changed since it was read, nothing was written (aws:bank/prod)",
        "  why: keys that changed meanwhile: B, C, D",
        "  next: run it again: it starts from what is there now",
    ]
    assert error.code == 3
    assert labels() == {base.version: ["AWSPREVIOUS"], other.version: ["AWSCURRENT"]}


def test_two_who_create_at_once_the_second_is_refused(aws: Environment) -> None:
    first = store(aws).write({"A": "1"}, None)
    error = fault(lambda: store(aws).write({"A": "2", "B": CANARY}, None))
    assert isinstance(error, Overtaken)
    assert error.changed == ("A",)
    assert labels() == {first.version: ["AWSCURRENT"]}


def before(session: Session, operation: str, act: Callable[[], object]) -> None:
    """Let `act` happen just before the session's first call of this operation."""
    done: list[bool] = []

    def once(**_: Any) -> None:
        if not done:
            done.append(True)
            act()

    session.core.register(f"before-call.secretsmanager.{operation}", once)


def test_another_push_between_put_and_move_wins_and_nothing_is_lost(aws: Environment) -> None:
    create('{"A": "1", "B": "1"}')
    session = open_session(aws)
    base = store(aws).read()
    before(session, "UpdateSecretVersionStage", lambda: store(aws).write({"A": "1", "B": "theirs"}, base))
    error = fault(lambda: store(aws, session).write({"A": "mine", "B": "1"}, base))
    assert isinstance(error, Overtaken)
    assert error.changed == ("B",)
    assert stored() == '{"A": "1", "B": "theirs"}'
    assert all_labels() == ["AWSCURRENT", "AWSPREVIOUS"]


def interrupt() -> None:
    raise Interrupted("interrupted")


def test_a_push_interrupted_between_put_and_move_leaves_a_label_that_the_next_one_takes_away(aws: Environment) -> None:
    create('{"A": "1"}')
    session = open_session(aws)
    base = store(aws).read()
    before(session, "UpdateSecretVersionStage", interrupt)
    with pytest.raises(Interrupted):
        store(aws, session).write({"A": "2"}, base)
    assert stored() == '{"A": "1"}'
    assert any(label.startswith("longshore-") for found in labels().values() for label in found)
    store(aws).write({"A": "2"}, base)
    assert stored() == '{"A": "2"}'
    assert all_labels() == ["AWSCURRENT", "AWSPREVIOUS"]


def test_a_secret_of_500_keys_near_the_limit_is_written_and_one_byte_more_is_not(aws: Environment) -> None:
    values = {f"KEY_{number:03}": "é" * 56 for number in range(500)}
    values["LAST"] = ""
    size = len(json.dumps(values, ensure_ascii=False).encode())
    values["LAST"] = "x" * (LARGEST - size)
    secret = store(aws).write(values, None)
    assert secret.values == values
    values["LAST"] += "x"
    assert fault(lambda: store(aws).write(values, secret)).lines() == [
        "error: this is more than a secret can hold, nothing was written (aws:bank/prod)",
        "  why: 65,537 bytes as JSON, the most is 65,536",
        "  next: keep large values (certificates, key files) in a secret of their own",
    ]
    assert labels() == {secret.version: ["AWSCURRENT"]}
