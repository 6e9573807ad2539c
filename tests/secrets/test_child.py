from __future__ import annotations

import json

import pytest

from longshore.environments.environment import Environment
from longshore.errors import Refused, UsageError
from longshore.secrets.child import prepare
from tests.secrets.helpers import CANARY, Told, secrets_client


def create(values: dict[str, str]) -> None:
    secrets_client().create_secret(Name="bank/prod", SecretString=json.dumps(values))


def test_the_values_lie_over_the_shell_s(aws: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    create({"A": CANARY, "TWO_LINES": "a\nb", "SAME": "1"})
    for name, value in (("A", "shell"), ("SAME", "1"), ("KEPT", "x")):
        monkeypatch.setenv(name, value)
    told = Told()
    child = prepare(aws, told)
    assert {key: child.variables[key] for key in ("A", "TWO_LINES", "SAME", "KEPT")} == {
        "A": CANARY,
        "TWO_LINES": "a\nb",
        "SAME": "1",
        "KEPT": "x",
    }
    assert told.warnings == ["A of the shell: replaced by the secret's"]
    assert CANARY not in repr(child)


@pytest.mark.parametrize(
    "key",
    [
        "PATH",
        "LD_PRELOAD",
        "DYLD_INSERT_LIBRARIES",
        "BASH_ENV",
        "PYTHONPATH",
        "NODE_OPTIONS",
        "GIT_SSH_COMMAND",
        "HOME",
    ],
)
def test_what_would_change_which_code_runs_is_refused(aws: Environment, key: str) -> None:
    create({key: CANARY, "A": "1"})
    with pytest.raises(Refused) as caught:
        prepare(aws, Told())
    assert caught.value.lines()[0] == (
        f"error: the secret has keys that would change which code runs, nothing was started (aws:bank/prod: {key})"
    )


def test_aws_keys_are_told(aws: Environment) -> None:
    create({"AWS_ROLE_ARN": "arn", "GIT_COMMIT": "abc", "PATH_PREFIX": "/v1"})
    told = Told()
    prepare(aws, told)
    assert told.warnings == [
        "AWS_ROLE_ARN of the secret: the program asks AWS with these, not as the profile of the environment"
    ]


def test_an_empty_secret(aws: Environment) -> None:
    create({})
    with pytest.raises(UsageError, match="the secret has no keys, nothing was started"):
        prepare(aws, Told())
