from __future__ import annotations

import json

import pytest
import yaml

from longshore.cluster.aws_auth.render import flow_mapping, text
from tests.cluster.aws_auth.generate import GROUPS, USERNAMES
from tests.cluster.aws_auth.helpers import CI


@pytest.mark.parametrize(
    "value", ["ana", "system:node:{{EC2PrivateDNSName}}", "a.b+c=d,e@f/g-h_i", "arn:aws:iam::111122223333:user/a"]
)
def test_a_plain_text_stays_plain_in_block_style(value: str) -> None:
    assert text(value) == value
    assert text(value, flow=True) == json.dumps(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yes",
        "N",
        "null",
        "12",
        "1e3",
        "0x1",
        "a:",
        "a: b",
        "a #b",
        "{{a}}",
        "-a",
        "@a",
        "é",
        "a b",
        "~",
        "=",
        "a\\",
        'a"b',
        "a\n",
    ],
)
def test_what_another_reader_might_take_for_something_else_is_quoted(value: str) -> None:
    assert text(value) == json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize("value", [*USERNAMES, *GROUPS])
def test_another_reader_reads_the_same_text(value: str) -> None:
    written = f"- a: {text(value)}\n  b: [{text(value, flow=True)}]\n"
    assert yaml.safe_load(written) == [{"a": value, "b": [value]}]


def test_a_mapping_in_flow_style_is_json() -> None:
    assert json.loads(flow_mapping(CI)) == {"userarn": CI.arn, "username": "github-ci", "groups": ["longshore:view"]}
