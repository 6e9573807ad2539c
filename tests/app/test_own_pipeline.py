"""The pipelines of docs/pipelines.md, letter for letter as a team's tasks.py, on the sandbox."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from longshore.programs import git as programs
from tests.app.conftest import Bank
from tests.app.pushing import push
from tests.command import ROOT
from tests.live import TASKS, git

pytestmark = pytest.mark.integration
BLOCKS = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs/pipelines.md").read_text(), re.MULTILINE | re.DOTALL)
PIPELINES = [block for block in BLOCKS if "ns = namespace(" in block]


@pytest.fixture
def team(bank_app: Bank) -> Iterator[Bank]:
    """The bank with an empty database, and as `longshore init` leaves a project."""
    bank_app.live.clean_database()
    yield bank_app
    git(bank_app.live.project, "reset", "-q", "--hard", "HEAD~1")


def commit(bank: Bank, code: str) -> None:
    """A commit with this tasks.py (a checkout has the tasks beside the library, where a wheel has them in it), and its image in ECR: no builder is needed."""
    assert "from longshore.tasks import" in code
    found = TASKS.rpartition("from tasks import")[0]
    project = bank.live.project
    (project / "tasks.py").write_text(found + code.replace("from longshore.tasks import", "from tasks import"))
    (project / "Dockerfile").write_text("FROM scratch\n")
    (project / ".dockerignore").write_text(".longshore\n")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "Release")
    head = programs.head(project)
    assert head is not None
    push(bank.live._session.client("ecr"), head.commit)


def test_there_are_two() -> None:
    assert len(PIPELINES) == 2
    body = PIPELINES[0].partition('"""\n')[2].rpartition('"""\n')[2].partition("\n\n\n")[0]
    assert len([line for line in body.splitlines() if line]) <= 10


@pytest.mark.parametrize("number", [0, 1])
def test_it_runs_and_then_has_nothing_to_do(team: Bank, number: int) -> None:
    commit(team, PIPELINES[number])
    planned = team.inv("release", "--plan").check().stdout
    assert "000005_sessions.up.sql" in planned
    assert team.all("Deployment") == []
    said = team.inv("release").check().stderr
    assert "✓ Migrate the database of sandbox: version 5" in said
    assert team.one("Deployment")["status"]["readyReplicas"] > 0
    again = team.inv("release").check().stderr
    assert again.splitlines()[-1] == "nothing to do"
