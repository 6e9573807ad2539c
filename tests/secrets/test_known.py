from __future__ import annotations

import pytest

from longshore.process.redaction import redact
from longshore.secrets.known import know_values


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ENVIRONMENT", "production"),
        ("DB_DRIVER", "postgres"),
        ("REGION", "eu-central-1"),
        ("PORT", "15432"),
        ("TIMEOUT", "1h30m15s"),
        ("SERVER_ADDRESS", "0.0.0.0:8080"),
        ("SERVER_ADDRESS", "localhost:8080"),
    ],
)
def test_a_setting_stays_readable(key: str, value: str) -> None:
    know_values({key: value})
    assert redact(value) == value


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("DB_PASSWORD", "production"),
        ("ADMIN_PIN", "15432"),
        ("TOKEN_SYMMETRIC_KEY", "abcdefghij"),
        ("DB_SOURCE", "localhost"),
        ("ANYTHING", "Xk3v9Qw2"),
        ("ANYTHING", "abcdefghijklmnopqrst"),
        ("ANYTHING", "two words"),
        ("ANYTHING", "p@ss"),
        ("ANYTHING", "123456"),
    ],
)
def test_everything_else_is_known(key: str, value: str) -> None:
    know_values({key: value})
    assert redact(f"<{value}>") == "<[secret]>"
