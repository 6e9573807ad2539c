from __future__ import annotations

import json
import re

from longshore.environments.environment import Environment
from longshore.secrets.show import reveal, show
from tests.secrets.helpers import CANARY, secrets_client


def test_names_and_lengths_and_no_value(aws: Environment) -> None:
    secrets_client().create_secret(Name="bank/prod", SecretString=json.dumps({"B": CANARY, "A": 5432, "C": ""}))
    answer = show(aws)
    assert answer.data["keys"] == [
        {"name": "A", "length": 4},
        {"name": "B", "length": len(CANARY)},
        {"name": "C", "length": 0},
    ]
    assert answer.data["secret"] == "aws:bank/prod"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", answer.data["created"])
    (table,) = answer.tables
    assert table.rows == [("A", "4"), ("B", str(len(CANARY))), ("C", "0")]
    assert re.fullmatch(r"version [0-9a-f-]{36}, \d+ s old", answer.notes[0])
    assert CANARY not in repr(answer)


def test_revealed_values_are_whole_and_readable(aws: Environment) -> None:
    values = {"A": CANARY, "B": "two\nlines", "C": "", "D": " x", "E": '"q"', "F": "é"}
    secrets_client().create_secret(Name="bank/prod", SecretString=json.dumps(values))
    answer = reveal(aws)
    assert {key["name"]: key["value"] for key in answer.data["keys"]} == values
    (table,) = answer.tables
    assert dict(table.rows) == {"A": CANARY, "B": '"two\\nlines"', "C": '""', "D": '" x"', "E": '"\\"q\\""', "F": "é"}
