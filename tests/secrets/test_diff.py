from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.secrets.diff import answer, diff, with_environment, with_file
from tests.secrets.helpers import CANARY, secrets_client


def test_each_state_and_no_value_and_no_length() -> None:
    told = answer("aws:bank/prod", {"A": CANARY, "B": "1", "D": "x"}, "app.env", {"A": CANARY, "B": "22", "C": CANARY})
    assert told.data == {
        "here": "aws:bank/prod",
        "there": "app.env",
        "same": False,
        "keys": [
            {"name": "A", "state": "same"},
            {"name": "B", "state": "differs"},
            {"name": "C", "state": "missing here"},
            {"name": "D", "state": "missing there"},
        ],
    }
    (table,) = told.tables
    assert table.title == "here: aws:bank/prod; there: app.env"
    assert told.notes == ["1 same, 1 differs, 1 missing there, 1 missing here"]
    assert told.ok
    assert CANARY not in repr(told)


def test_against_app_env_of_the_project(aws: Environment) -> None:
    secrets_client().create_secret(Name="bank/prod", SecretString=json.dumps({"A": "1", "B": CANARY}))
    (aws.root / "app.env").write_text(f"A=1\nB='{CANARY}'\n")
    assert with_file(aws, None).data["same"] is True


def test_against_an_environment(aws: Environment, environment: Callable[..., Environment]) -> None:
    secrets_client().create_secret(Name="bank/prod", SecretString=json.dumps({"A": "1", "B": CANARY}))
    own = environment(name="own", secrets="file:own.env")
    (own.root / "own.env").write_text("A=1\n")
    told = with_environment(aws, own)
    assert (told.data["here"], told.data["there"]) == ("prod (aws:bank/prod)", "own (file:own.env)")
    assert [key["state"] for key in told.data["keys"]] == ["same", "missing there"]


def test_one_thing_that_exists(aws: Environment) -> None:
    (aws.root / "env").mkdir()
    (aws.root / "env" / "staging.env").touch()
    with pytest.raises(UsageError, match="it is compared with one thing"):
        diff(aws, "app.env", "staging")
    with pytest.raises(UsageError, match=r"there is no environment 'stagin'; did you mean staging\?"):
        diff(aws, "", "stagin")
    with pytest.raises(UsageError, match="have the same secret"):
        with_environment(aws, aws)
