from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from longshore.environments.environment import Environment
from longshore.process import redaction
from longshore.steps.run import Outcome, Run, Task
from longshore.steps.step import Step
from tests.dotenv_readers import dotenv_readers
from tests.secrets.helpers import REGION, Readers, Told


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No AWS variable of the machine's, a home of our own, and nothing known to the redaction."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "GIT_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    yield
    redaction._known.clear()
    redaction._ordered.clear()


@pytest.fixture
def environment(tmp_path: Path) -> Callable[..., Environment]:
    """Makes an environment; keywords replace its fields."""
    root = tmp_path / "project"
    root.mkdir()
    plain = Environment(
        name="prod",
        root=root,
        profile="",
        region=REGION,
        account_id="123456789012",
        subnets=(),
        security_groups=(),
        eks_cluster="bank",
        namespace="bank",
        secrets="aws:bank/prod",
        app="bank",
        app_env_dialect="viper",
        migrations=None,
        db_url_key="DB_SOURCE",
        db_ca_file=None,
        db_instance="",
        migration_history=True,
        ecr_repository="bank",
        k8s_overlay=None,
        protected=False,
    )
    return lambda **fields: dataclasses.replace(plain, **fields)


@pytest.fixture
def aws(environment: Callable[..., Environment]) -> Iterator[Environment]:
    """An environment whose AWS is moto, in this process."""
    from moto import mock_aws
    from moto.core.models import DEFAULT_ACCOUNT_ID

    with mock_aws():
        yield environment(account_id=DEFAULT_ACCOUNT_ID)


@pytest.fixture
def perform(tmp_path: Path) -> Callable[..., Outcome]:
    """Runs steps as a task does, in a run of their own."""

    def perform(steps: list[Step], told: Told | None = None, name: str = "secrets.push", **arguments: Any) -> Outcome:
        run = Run(Task(name, arguments, "prod", "secret"), tmp_path / "state", told or Told())
        return run.execute(steps, wait_for_lock=0, confirm=lambda plan: None)

    return perform


@pytest.fixture(scope="session")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Readers:
    """The applications' own parsers (tools/readers), built once."""
    return Readers(dotenv_readers(), tmp_path_factory.mktemp("files"))
