"""Which steps a pipeline has, and what waits for what."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.ship.pipeline import ship
from longshore.steps.plan import order
from tests.cluster.provision.conftest import ENVIRONMENT

LOOKS = [
    "identity", "secret", "keys", "state", "lint", "image-secret", "image-context", "cluster", "manifests", "commit",
]  # fmt: skip
CHANGES = [
    "app-env", "namespace", "turn", "image-build", "image-search", "image-repository", "image-push", "snapshot", "migrate", "history",
    "image", "deploy", "old-secrets", "smoke",
]  # fmt: skip


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a/secret")
    for name in ("k8s", "migrations"):
        (tmp_path / name).mkdir()
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    return dataclasses.replace(
        ENVIRONMENT, root=tmp_path, k8s_overlay=tmp_path / "k8s", migrations=tmp_path / "migrations"
    )


def waits(environment: Environment, **wishes: Any) -> dict[str, tuple[str, ...]]:
    return order(ship(environment, **wishes).steps)


def test_every_look_comes_first_and_what_cannot_be_taken_back_last(environment: Environment) -> None:
    found = waits(environment, smoke="/health")
    assert list(found) == [*LOOKS, *CHANGES]
    assert found["secret"] == found["cluster"] == ("identity",)
    assert found["app-env"] == ("image-context", "commit")
    # Side by side, and the database waits for both.
    assert found["image-build"] == found["snapshot"] == ("turn",)
    assert found["migrate"] == ("image-push", "snapshot")
    assert found["image"] == ("history",)
    assert found["old-secrets"] == found["smoke"] == ("deploy",)


def test_a_part_that_the_environment_does_not_name_is_left_out(environment: Environment) -> None:
    unprotected = waits(dataclasses.replace(environment, protected=False))
    assert "snapshot" not in unprotected
    assert unprotected["migrate"] == ("image-push",)
    assert "smoke" not in unprotected
    bare = waits(dataclasses.replace(environment, ecr_repository="", migrations=None, secrets=""))
    assert list(bare) == [
        "identity", "cluster", "manifests", "commit", "app-env", "namespace", "turn", "image", "deploy", "old-secrets",
    ]  # fmt: skip
    assert bare["image"] == ("turn",)


def test_without_a_cluster_or_manifests_there_is_nothing_to_ship_to(environment: Environment) -> None:
    with pytest.raises(UsageError, match="prod names no cluster"):
        ship(dataclasses.replace(environment, eks_cluster=""))
    with pytest.raises(UsageError, match="prod names no manifests"):
        ship(dataclasses.replace(environment, k8s_overlay=None))
