"""Texts that are read as what they were."""

from __future__ import annotations

import json

import pytest
import yaml

from longshore.cluster.yaml.text import block, compose, line_end, plain, scalar


@pytest.mark.parametrize(
    "text",
    ["a", "yes", "No", "null", "~", "", "12", "1e3", "0x1f", "1:30", "a: b", "a #b", "-a", "--profile", "a:", "@a", "*a", "&a", "!a", "{a}", "a\nb",
     "a\tb", " a ", "ü", "a'b", 'a"b', "arn:aws:eks:eu-central-1:111122223333:cluster/bank", "https://127.0.0.1:6443", "LS0t==", "2026-01-01", ".inf"],
)  # fmt: skip
def test_a_scalar_is_read_as_that_text(text: str) -> None:
    """Also by a reader of YAML 1.1, which kubectl's is."""
    assert yaml.safe_load(f"a: {scalar(text)}\n") == {"a": text}
    assert plain(compose(f"a: {scalar(text)}\n")) == {"a": text}


def test_what_needs_no_quotes_has_none() -> None:
    for text in ("--profile", "https://127.0.0.1:6443", "arn:aws:eks:eu-central-1:111122223333:cluster/bank", "LS0t=="):
        assert scalar(text) == text


def test_a_block_is_read_as_that_value() -> None:
    value = {"a": {"b": [], "c": {}, "d": [{"e": 1, "f": [True, None, "x"]}, "y"]}, "g": "z"}
    text = "\n".join(block(value))
    assert yaml.safe_load(text) == value
    assert json.dumps(yaml.safe_load("\n".join(block([value, value], "  ")))) == json.dumps([value, value])


def test_line_ends() -> None:
    assert [line_end(text) for text in ("", "a", "a\nb", "a\r\nb\n")] == ["\n", "\n", "\n", "\r\n"]
