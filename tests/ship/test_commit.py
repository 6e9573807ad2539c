"""What is shipped beside the image is the commit's: refused in a protected environment, told elsewhere."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import pytest

from longshore.environments.environment import Environment
from longshore.errors import Refused
from longshore.ship.commit import CheckCommit
from longshore.steps.looking import Looking
from longshore.steps.report import Silent
from longshore.steps.step import Done, Status
from tests.cluster.provision.conftest import ENVIRONMENT
from tests.live import git
from tests.ship.conftest import head


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A kustomization whose base is elsewhere, migrations, and a file that is no part of it."""
    root = tmp_path / "project"
    for name in ("k8s/overlay/kustomization.yaml", "k8s/base/deployment.yaml", "migrations/000001_a.up.sql", "README"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("1\n")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "one")
    return root


def look(root: Path, *, protected: bool = True) -> Status:
    base = SimpleNamespace(file=root / "k8s" / "base" / "deployment.yaml")
    manifests = SimpleNamespace(folder=root / "k8s" / "overlay", manifests=(base, SimpleNamespace(file=None)))
    environment: Environment = dataclasses.replace(
        ENVIRONMENT, root=root, migrations=root / "migrations", protected=protected
    )
    return CheckCommit(environment, manifests).check(Looking(Silent()))  # type: ignore[arg-type]  # what it asks


def test_a_clean_tree(root: Path) -> None:
    (root / "README").write_text("2\n")
    assert look(root) == Done(head(root)[:12])


@pytest.mark.parametrize(
    "name", ["k8s/overlay/kustomization.yaml", "k8s/base/deployment.yaml", "migrations/000002_b.up.sql"]
)
def test_a_file_that_differs(root: Path, name: str) -> None:
    (root / name).write_text("2\n")
    with pytest.raises(Refused, match="what would be shipped is not the commit's, nothing was done") as told:
        look(root)
    assert told.value.on == name
    assert look(root, protected=False) == Done(f"{head(root)[:12]}, but for {name}")


def test_outside_of_a_repository(tmp_path: Path) -> None:
    assert look(tmp_path) == Done("not checked: no git work tree here, no commit in it, or no git")
