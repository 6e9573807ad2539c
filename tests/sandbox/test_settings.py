from __future__ import annotations

from pathlib import Path

import pytest

from longshore.environments.load import load
from longshore.errors import UsageError
from longshore.sandbox import settings
from longshore.sandbox.layout import Layout
from longshore.sandbox.settings import Settings
from tests.sandbox import project


def test_what_the_played_environment_says(tmp_path: Path) -> None:
    environment = project.make(tmp_path / "p")
    assert settings.wished(environment, faults=True) == Settings(
        account_id="111122223333",
        region="eu-central-1",
        app="bank",
        db_url_key="DB_SOURCE",
        secret="bank/prod",
        other_secrets=("bank/dev",),
        unprotected_secrets=("bank/dev",),
        faults=True,
    )


def test_it_comes_back(tmp_path: Path) -> None:
    wishes = settings.wished(project.make(tmp_path / "p"), faults=False)
    settings.write(Layout(tmp_path), wishes)
    assert settings.read(Layout(tmp_path)) == wishes


@pytest.mark.parametrize("text", [None, "", "{}", '{"account_id": "1"}'])
def test_none_where_there_is_none(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        Layout(tmp_path).settings.write_text(text)
    assert settings.read(Layout(tmp_path)) is None


def test_another_environment_has_no_servers_here(tmp_path: Path) -> None:
    project.make(tmp_path / "p")
    with pytest.raises(UsageError) as caught:
        settings.wished(load(tmp_path / "p", "prod", variables={}), faults=False)
    assert caught.value.lines() == ["error: only the environment sandbox has servers on this machine (--env prod)"]


def test_without_an_account_there_is_nothing_to_play(tmp_path: Path) -> None:
    environment = project.make(tmp_path / "p")
    prod = environment.root / "env" / "prod.env"
    prod.write_text(prod.read_text().replace("AWS_ACCOUNT_ID=111122223333\n", ""))
    with pytest.raises(UsageError) as caught:
        settings.wished(load(environment.root, "sandbox", variables={}), faults=False)
    assert caught.value.lines() == [
        "error: the sandbox needs AWS_ACCOUNT_ID to know what it plays (env/prod.env)",
        "  next: add AWS_ACCOUNT_ID to that file, then: inv env.check --env sandbox",
    ]


def test_a_part_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        settings.wished(project.make(tmp_path / "p"), faults=False, without=["clustr"])
    assert caught.value.lines()[0] == "error: the sandbox has no such part (--without clustr)"
    assert caught.value.lines()[1].endswith("; did you mean cluster?")


@pytest.mark.parametrize(("without", "cluster"), [((), "bank-prod"), (("cluster",), "")])
def test_the_cluster_of_the_played_environment(tmp_path: Path, without: tuple[str, ...], cluster: str) -> None:
    environment = project.make(tmp_path / "p")
    with (environment.root / "env" / "prod.env").open("a") as file:
        file.write("EKS_CLUSTER=bank-prod\nK8S_NAMESPACE=bank\n")
    wishes = settings.wished(load(environment.root, "sandbox", variables={}), faults=False, without=without)
    assert (wishes.cluster, wishes.namespace) == (cluster, "bank")
