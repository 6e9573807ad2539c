from __future__ import annotations

import pytest

from longshore.errors import UsageError
from longshore.process.redaction import redact
from longshore.secrets.json_object import dump, parse


def fault(text: str) -> list[str]:
    with pytest.raises(UsageError) as caught:
        parse(text, "aws:bank/prod")
    assert "canary" not in str(caught.value)
    return caught.value.lines()


def test_numbers_and_booleans_are_their_source_text() -> None:
    text = '{"A": 12345678901234567890, "B": 1.10, "C": 1e3, "D": true, "E": "x", "F": -0}'
    assert parse(text, "x") == {"A": "12345678901234567890", "B": "1.10", "C": "1e3", "D": "true", "E": "x", "F": "-0"}


def test_what_nobody_changed_is_written_back_as_it_was() -> None:
    text = '{"PORT": 5432, "RATE": 1.10, "ON": false, "NAME": "ünï \\"x\\"\\n"}'
    assert dump(parse(text, "x")) == text
    assert dump({**parse(text, "x"), "PORT": "5433"}).startswith('{"PORT": "5433", "RATE": 1.10')


def test_a_number_of_five_thousand_digits_is_read() -> None:
    assert parse('{"N": ' + "9" * 5_000 + "}", "x") == {"N": "9" * 5_000}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("canary words", "it is plain text, not a JSON object"),
        ("[1, 2]", "it is an array, not a JSON object"),
        ('"canary"', "it is a text in quotes, not a JSON object"),
        ("null", "it is no value (null), not a JSON object"),
        ("5432", "it is a number or boolean, not a JSON object"),
    ],
)
def test_what_is_no_object(text: str, why: str) -> None:
    assert fault(text) == ["error: there are no keys and values (aws:bank/prod)", f"  why: {why}"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"A": "canary', "line 1 column 7: it ends too early"),
        ('{"A": "canary", ', "line 1 column 17: it ends too early"),
        ('{"A": "canary",\n"B" "canary"}', "line 2 column 5: Expecting ':' delimiter"),
        ('{"A": "can\nary"}', "line 1 column 11: an invalid escape or control character"),
        ('{"A": "canary"} canary', "line 1 column 17: Extra data"),
    ],
)
def test_what_is_no_json(text: str, why: str) -> None:
    assert fault(text) == ["error: this is not valid JSON (aws:bank/prod)", f"  why: {why}"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"A": null}', "'A' is no value (null)"),
        ('{"A": {"B": "canary"}}', "'A' is an object"),
        ('{"A": ["canary"], "B": NaN}', "'A' is an array; 'B' is no value (null)"),
        ('{"A": "canary", "B": "x", "A": "canary"}', "'A' is there 2 times"),
        ('{"A": "canary\\u0000"}', "'A' holds a character that no variable can hold"),
        ('{"A": "canary\\ud800"}', "'A' holds a character that no variable can hold"),
    ],
)
def test_values_that_are_none(text: str, why: str) -> None:
    assert fault(text) == ["error: a value is no text (aws:bank/prod)", f"  why: {why}"]


def test_keys_that_are_no_names() -> None:
    assert fault('{"": "canary", "a-b": "canary", "1A": "canary", "OK_1": "x"}') == [
        "error: a key is no name of a variable (aws:bank/prod: '', 'a-b', '1A')",
        "  why: a letter or _ first, then letters, digits and _",
    ]


def test_a_nest_too_deep_to_read_is_an_error() -> None:
    assert fault('{"A": ' + "[" * 100_000)[0] == "error: the values are nested (aws:bank/prod)"


def test_every_value_is_known_to_the_redaction_also_when_another_is_wrong() -> None:
    fault('{"A": "canary value", "B": null}')
    assert redact("it was canary value") == "it was [secret]"
