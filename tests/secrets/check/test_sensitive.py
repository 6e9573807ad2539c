from __future__ import annotations

import base64

import pytest

from longshore.secrets.check.sensitive import needles


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("TOKEN_SYMMETRIC_KEY", "12345678901234567890123456789012"),
        ("DB_PASSWORD", "production"),
        ("DB_SOURCE", "postgresql://bank:s3cret-and-long@db:5432/bank"),
        ("DB_SOURCE", "postgresql://bank:short@db:5432/bank"),
        ("ALERTS", "https://hooks.slack.com/services/T00000000/B00000000/a8Xk3v9Qw2LmZr5TyU7pEn4K"),
        ("ANYTHING", "Xk3v9Qw2"),
        ("ANYTHING", "5f4dcc3b5aa765d61d8327deb882cf99"),
        ("ANYTHING", "p@ssW0rd!x"),
        ("PEM", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\n-----END PRIVATE KEY-----\n"),
    ],
)
def test_what_is_a_secret(key: str, value: str) -> None:
    if key == "PEM":
        key = "TLS_PRIVATE_KEY"
    assert [needle.key for needle in needles({key: value})] == [key]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ACCESS_TOKEN_DURATION", "15m"),
        ("REFRESH_TOKEN_DURATION", "720h0m0s"),
        ("DB_PORT", "5432"),
        ("TOKEN", "short12"),
        ("TOKEN_ISSUER", "simplebank"),
        ("PRIVATE_KEY_FILE", "/run/secrets/key.pem"),
        ("SERVER_ADDRESS", "0.0.0.0:8080"),
        ("ENVIRONMENT", "production"),
        ("REGION", "eu-central-1"),
        ("TITLE", "The Simple Bank of 2026"),
        ("MAIL_FROM", "no-reply@bank.example"),
        ("ROLE", "arn:aws:iam::111122223333:role/BankReader"),
        ("HOST", "db.bank.internal.example"),
        ("DB_SOURCE", "postgresql://bank@localhost:5432/bank?sslmode=disable"),
        ("API_BASE", "https://api.example.com/v1/accounts"),
        ("EMPTY_TOKEN", ""),
    ],
)
def test_what_is_none(key: str, value: str) -> None:
    assert needles({key: value}) == []


def test_the_password_of_a_url_is_searched_for_beside_the_url() -> None:
    (needle,) = needles({"DB_SOURCE": "postgresql://bank:a%40b-secret@db/bank"})
    assert needle.parts == {"postgresql://bank:a%40b-secret@db/bank", "a%40b-secret", "a@b-secret"}


def test_the_forms_that_a_file_may_have() -> None:
    value = 'pass"word/\u00e9 1'
    (needle,) = needles({"PASSWORD": value})
    assert {
        value.encode(),
        b'pass\\"word/\xc3\xa9 1',
        b'pass\\"word/\\u00e9 1',
        b"pass%22word%2F%C3%A9%201",
        base64.b64encode(value.encode()).rstrip(b"="),
    } <= needle.forms
    assert value not in repr(needle)
