"""A secret that is absent, empty, malformed; a URL that leads nowhere. Nothing is touched, and no value is shown."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.live import SECRET, Live, told

pytestmark = pytest.mark.integration

CANARY = "cAnArY-of-a-v4lue"


@pytest.mark.parametrize(
    ("content", "what", "then"),
    [
        (" ", "there are no keys and values", "aws secretsmanager put-secret-value"),
        (CANARY, "it is plain text, not a JSON object", "aws secretsmanager put-secret-value"),
        (f'["{CANARY}"]', "it is an array, not a JSON object", "aws secretsmanager put-secret-value"),
        (f'{{"DB_SOURCE": "{CANARY}', "this is not valid JSON", "aws secretsmanager put-secret-value"),
        ("{}", "the secret has no value for DB_SOURCE", "inv secrets.set --env sandbox --key DB_SOURCE"),
        (f'{{"DB_SOURC": "{CANARY}"}}', "did you mean DB_SOURC?", "inv secrets.set --env sandbox --key DB_SOURCE"),
        ('{"DB_SOURCE": ""}', "it is empty", "inv secrets.set --env sandbox --key DB_SOURCE"),
        (f'{{"DB_SOURCE": "{CANARY}"}}', "DB_SOURCE is no PostgreSQL connection", "write postgres://USER:PASSWORD@HOST:5432/DATABASE"),
        (f'{{"DB_SOURCE": "mysql://bank:{CANARY}@127.0.0.1/bank"}}', "DB_SOURCE is no PostgreSQL URL", "write postgres://"),
        (f'{{"DB_SOURCE": "postgres://bank:{CANARY}@127.0.0.1:many/bank"}}', "DB_SOURCE can't be read", "percent escapes"),
    ],
)  # fmt: skip
def test_what_is_in_it(bank: Live, content: str, what: str, then: str) -> None:
    bank.put_secret(content)
    before = len(bank.calls())
    result = bank.inv("db.migrate")
    told(result, 2, what, then)
    assert CANARY not in result.stderr + result.stdout
    assert bank.writes(before) == []
    assert bank.runs() == []


def test_none_of_that_name(bank: Live) -> None:
    bank.env_file("sandbox.local", "SECRETS=aws:bank/none\n")
    told(bank.inv("db.migrate"), 2, "there is no secret (aws:bank/none)", "inv secrets.push --env sandbox")


def test_scheduled_for_deletion(bank: Live) -> None:
    bank.secrets_manager.delete_secret(SecretId=SECRET, RecoveryWindowInDays=7)
    try:
        told(bank.inv("db.migrate"), 2, "the secret is scheduled for deletion", "aws secretsmanager restore-secret")
    finally:
        bank.secrets_manager.restore_secret(SecretId=SECRET)


def nothing_listens(url: str) -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{port}"))


@pytest.mark.parametrize(
    ("wrong", "what", "then"),
    [
        (
            lambda url: url.replace("postgresql://bank:", f"postgresql://bank:{CANARY}"),
            "the database refused the password of bank",
            "inv secrets.set --key DB_SOURCE --env sandbox",
        ),
        (
            lambda url: url.replace("postgresql://bank:", "postgresql://nobody:"),
            "the database refused the password of nobody",
            "inv secrets.set --key DB_SOURCE --env sandbox",
        ),
        (lambda url: url.replace("/bank?", "/elsewhere?"), "there is no database elsewhere", "inv db.create --env sandbox"),
        (nothing_listens, "nothing answers there", "inv sandbox.up"),
        (lambda url: url.replace("sslmode=disable", "sslmode=require"), "the server has no TLS", "sslmode=disable"),
    ],
)  # fmt: skip
def test_where_it_leads(bank: Live, wrong: Callable[[str], str], what: str, then: str) -> None:
    secret: Mapping[str, str] = bank.secret
    bank.put_secret({**secret, "DB_SOURCE": wrong(secret["DB_SOURCE"])})
    result = bank.inv("db.migrate")
    told(result, 1, what, then)
    assert CANARY not in result.stderr
    assert bank.version is None
    assert bank.runs() == []
