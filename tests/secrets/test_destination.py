from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from longshore.environments.environment import Environment
from longshore.environments.keys import DIALECTS
from longshore.errors import UsageError
from longshore.secrets import dialects
from longshore.secrets.recipes import pull, push
from longshore.steps.run import Outcome
from tests.secrets.helpers import CANARY, secrets_client

Perform = Callable[..., Outcome]


@pytest.mark.parametrize("name", [name for name in DIALECTS if name != "github"])
def test_the_dialect_that_is_named_beats_the_environment_s(aws: Environment, perform: Perform, name: str) -> None:
    secrets_client().create_secret(Name="bank/prod", SecretString=json.dumps({"A": CANARY, "B": "1.10"}))
    perform(pull(aws, dialect=name))
    text = (aws.root / "app.env").read_text()
    assert text.startswith(f"# Written by longshore for {name} from aws:bank/prod")
    assert dialects.find(name).parse(text) == {"A": CANARY, "B": "1.10"}


@pytest.mark.parametrize("name", DIALECTS)
def test_a_push_of_what_was_pulled_changes_nothing(
    aws: Environment,
    environment: Callable[..., Environment],
    perform: Perform,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GITHUB_ENV", str(tmp_path / "set_env_1"))
    values = {"A": CANARY, "B": 'it\'s "x" #1', "C": "\\n", "D": " x ", "E": "$HOME", "F": "", "G": "{}"}
    secrets_client().create_secret(Name="bank/prod", SecretString=json.dumps(values))
    here = environment(account_id=aws.account_id, app_env_dialect=name)
    perform(pull(here))
    file = tmp_path / "set_env_1" if name == "github" else here.root / "app.env"
    assert perform(push(here, file)).acted == ()
    # Whoever pushes it need not have the same dialect.
    assert perform(push(aws, file)).acted == ()


def test_the_secret_itself_is_not_written_for_another_reader(
    environment: Callable[..., Environment], perform: Perform
) -> None:
    own = environment(secrets="file:app.env")
    path = own.root / "app.env"
    path.write_text("A='x y'\n")
    with pytest.raises(UsageError) as caught:
        perform(pull(own, dialect="docker"))
    assert caught.value.lines() == [
        f"error: this file is the secret itself, kept for viper ({path})",
        "  why: written for docker it would be another secret",
        "  next: write another file: --out PATH",
    ]
    perform(pull(own, own.root / "docker.env", "docker"))
    assert (own.root / "docker.env").read_text().endswith("\nA=x y\n")
    assert path.read_text() == "A='x y'\n"
