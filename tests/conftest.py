"""A project of its own for a test, and `inv` in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cert_manager import with_cert_manager as with_cert_manager
from tests.command import ROOT, Inv, Python
from tests.live import bank as bank
from tests.live import live as live
from tests.live_cluster import live_cluster as live_cluster

BASE = "DEFAULT_ENV=dev\nAWS_REGION=eu-central-1\nAPP=bank\nMIGRATIONS=migrations\n"
DEV = "AWS_PROFILE=default\nAWS_ACCOUNT_ID=111122223333\nSECRETS=aws:bank/dev\n"
PROD = "AWS_PROFILE=github\nAWS_ACCOUNT_ID=111122223333\nSECRETS=aws:bank/prod\nDB_INSTANCE=bank-prod\nPROTECTED=true\n"
SANDBOX = "LIKE=prod\nAWS_PROFILE=default\n"

TASKS = f"""import sys

sys.modules.pop("tasks", None)
sys.path.insert(0, {str(ROOT)!r})
from tasks import ns
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with env files, an empty folder of migrations, and a tasks.py that takes the tasks of this checkout."""
    root = tmp_path / "project"
    (root / "env").mkdir(parents=True)
    (root / "migrations").mkdir()
    for name, text in (("base", BASE), ("dev", DEV), ("prod", PROD), ("sandbox", SANDBOX)):
        (root / "env" / f"{name}.env").write_text(text)
    (root / "tasks.py").write_text(TASKS)
    return root


@pytest.fixture
def inv(project: Path, tmp_path: Path) -> Inv:
    """Runs the real `inv` in the project."""
    return Inv(project, tmp_path / "home")


@pytest.fixture
def python(tmp_path: Path) -> Python:
    """Runs a script that uses the library, in the temporary folder."""
    return Python(tmp_path)


@pytest.fixture(autouse=True)
def redaction_of_its_own() -> Iterator[None]:
    """What a test makes known to the redaction is not known to the next one: a password `another` would mask words of its messages."""
    from longshore.process import redaction

    kept = set(redaction._known)
    yield
    _forget(kept)


@pytest.fixture
def nothing_known() -> None:
    """The redaction knows no value."""
    _forget(set())


def _forget(but: set[str]) -> None:
    from longshore.process import redaction

    # Not by `know`, which would make further forms of what are forms already.
    redaction._known.clear()
    redaction._known.update(but)
    redaction._ordered[:] = sorted(but, key=len, reverse=True)
