from __future__ import annotations

from collections.abc import Callable

import pytest

from longshore.environments.environment import Environment
from longshore.secrets.check.shared import findings

OURS = {
    "TOKEN": "canary-7Qx2z-A9",
    "DB_SOURCE": "postgresql://bank:canary-password@db/bank",
    "DURATION": "15m",
    "PORT": "5432",
}


@pytest.fixture
def prod(environment: Callable[..., Environment]) -> Environment:
    made = environment(protected=True)
    (made.root / "env").mkdir()
    (made.root / "env" / "base.env").write_text("AWS_REGION=eu-central-1\n")
    return made


def other(prod: Environment, text: str, settings: str = "") -> list[tuple[str, str, str, str]]:
    (prod.root / "env" / "own.env").write_text(f"SECRETS=file:own.env\n{settings}")
    (prod.root / "own.env").write_text(text)
    found = list(findings(prod, OURS))
    assert "canary" not in repr(found)
    return [(one.on, one.state, one.detail, one.mend) for one in found]


def test_nothing_shared(prod: Environment) -> None:
    assert other(prod, "TOKEN=another-7Qx2z-A9\nDURATION=15m\nPORT=5432\n") == [("own", "ok", "3 keys there", "")]


def test_the_same_value_under_any_name(prod: Environment) -> None:
    assert other(prod, "TOKEN=canary-7Qx2z-A9\nDURATION=15m\n") == [
        ("own", "fault", "the same value: TOKEN", "inv secrets.set --env own --key TOKEN")
    ]
    assert other(prod, "ANY=canary-7Qx2z-A9\n")[0][2:] == (
        "the same value: TOKEN here and ANY there",
        "inv secrets.set --env own --key ANY",
    )


def test_the_password_of_a_url(prod: Environment) -> None:
    details = {one[2] for one in other(prod, "DB_SOURCE='postgresql://dev:canary-password@localhost/dev'\n")}
    assert details == {"the same value: DB_SOURCE"}
    details = {one[2] for one in other(prod, "PGPASSWORD=canary-password\n")}
    assert details == {"the same value: DB_SOURCE here and PGPASSWORD there"}


def test_an_environment_of_the_same_protection_is_not_compared(prod: Environment) -> None:
    assert other(prod, "TOKEN=canary-7Qx2z-A9\n", "PROTECTED=true\n") == []


def test_an_environment_that_can_t_be_read_is_told(prod: Environment) -> None:
    ((name, state, detail, _),) = other(prod, "TOKEN='open\n")
    assert (name, state) == ("own", "not checked")
    assert detail
