from __future__ import annotations

import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longshore.errors import LONGEST_LINE, Failed
from longshore.process.redaction import MASK, know, redact, redact_data

pytestmark = pytest.mark.usefixtures("nothing_known")

KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    "secret", ["s3cr.t+(x)*[y]$", "a b/c?d&e=f%g", 'quo"te\\back', "grüße, ключ", "two\nlines of it\t"]
)
def test_every_form_that_a_url_or_json_gives_it(secret: str) -> None:
    know(secret)
    forms = (secret, quote(secret, safe=""), quote(secret), quote_plus(secret), json.dumps(secret)[1:-1])
    for form in (*forms, json.dumps(secret, ensure_ascii=False)[1:-1]):
        assert redact(f"<{form}>") == f"<{MASK}>"


def test_each_line_of_a_value_with_several() -> None:
    know(KEY)
    for line in KEY.splitlines():
        assert redact(f"  | {line}") == f"  | {MASK}"


def test_the_longer_value_first() -> None:
    know("abcdef", "abcdefghi")
    assert redact("abcdefghi abcdef") == f"{MASK} {MASK}"


def test_a_value_of_three_characters_would_hide_the_message() -> None:
    know("a", "abc", "")
    assert redact("abc") == "abc"


def test_data_keeps_its_numbers_and_keys() -> None:
    know("1234", "port")
    data = {"port": 1234, "text": "1234", "list": ("x1234", 5), "deep": {"none": None, "yes": True}}
    expected = {"port": 1234, "text": MASK, "list": [f"x{MASK}", 5], "deep": {"none": None, "yes": True}}
    assert redact_data(data) == expected


@given(st.text(min_size=4), st.text(), st.text())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_never_left_over(secret: str, before: str, after: str) -> None:
    know(secret)
    assert secret not in redact(before + secret + after).replace(MASK, "\0")


def test_an_error_is_redacted_before_it_is_cut() -> None:
    secret = "x" * 30 + "END"
    know(secret)
    for start in range(LONGEST_LINE - 40, LONGEST_LINE):
        assert "xxxx" not in str(Failed("it failed", why="-" * (start - 8) + secret))
