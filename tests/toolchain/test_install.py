from __future__ import annotations

from pathlib import Path

import pytest

from longshore.steps.plan import order
from longshore.steps.report import Silent
from longshore.steps.run import Run, Task
from longshore.steps.step import Done, ToDo
from longshore.toolchain import cache
from longshore.toolchain.catalogue import MIGRATE, PROGRAMS
from longshore.toolchain.install import install


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("LONGSHORE_CACHE", str(tmp_path / "cache"))
    return Run(Task("tools.install", {}, "", "tools"), tmp_path / "state", Silent())


def test_a_step_per_program_one_after_the_other(run: Run) -> None:
    steps = install()
    assert [(step.name, step.title) for step in steps] == [(f"tools.{one.name}", one.title) for one in PROGRAMS]
    order(steps)


def test_the_plan_says_what_is_built_and_where(run: Run) -> None:
    step, *_ = install()
    assert step.check(run) == ToDo(f"build it with Go into {cache.folder(MIGRATE)}")
    path = cache.binary(MIGRATE)
    path.parent.mkdir(parents=True)
    path.write_text("")
    path.chmod(0o755)
    assert step.check(run) == Done(f"built, in {path}")
