"""A saved plan is run as it was made, or refused with what has changed; a changed world in the middle of the run ends it, too."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from longshore.errors import Failed, LongshoreError, Refused, UsageError
from longshore.process import redaction
from longshore.steps import saved
from longshore.steps.chain import chain
from longshore.steps.journal import all_runs
from longshore.steps.report import Silent
from longshore.steps.run import Run
from longshore.steps.saved import SavedPlan
from longshore.steps.step import Context, Done, Step, ToDo
from tests.command import ROOT
from tests.steps.world import TASK, Back, Does, Notes, agree, fails


class Sees(Does):
    """A step whose plan rests on the content of a file."""

    def __init__(self, name: str, file: Path) -> None:
        super().__init__(name)
        self.file = file
        self._seen = ""

    def check(self, run: Context):  # type: ignore[no-untyped-def]
        self._seen = self.file.read_text()
        return super().check(run)

    def facts(self) -> Mapping[str, str]:
        return {f"commit of {self.name}": self._seen}


@pytest.fixture
def world(tmp_path: Path) -> Path:
    (tmp_path / "commit").write_text("abc")
    (tmp_path / "version").write_text("7")
    return tmp_path


def steps_of(world: Path, *more: Step) -> list[Step]:
    return [Sees("build", world / "commit"), Back(world), *more]


def plan(world: Path, path: Path) -> SavedPlan:
    run = Run(TASK, world / "state", Silent())
    steps = steps_of(world)
    saved.save(path, run.saved(steps, run.plan(steps)))
    return saved.load(path)


class KilledAfterItsChange(Sees):
    """It changes what its own fact is about, and then is killed."""

    def check(self, run: Context):  # type: ignore[no-untyped-def]
        super().check(run)
        return ToDo("change it")

    def apply(self, run: Context) -> None:
        self.file.write_text("changed by the step itself")
        os.kill(os.getpid(), signal.SIGKILL)


class Changes(Sees):
    """It changes what its own fact is about, once."""

    def check(self, run: Context):  # type: ignore[no-untyped-def]
        self._seen = self.file.read_text()
        return Done() if self._seen == "changed" else ToDo("change it")

    def apply(self, run: Context) -> None:
        self.file.write_text("changed")


def act(world: Path, kept: SavedPlan, *more: Step) -> None:
    Run(TASK, world / "state", Silent(), saved=kept).execute(steps_of(world, *more), wait_for_lock=5, confirm=agree)


def test_what_is_kept(world: Path) -> None:
    kept = plan(world, world / "plan.json")
    assert (kept.task, kept.arguments, kept.environment) == ("db.rollback", {"steps": 1}, "prod")
    assert kept.facts == {"commit of build": "abc"}
    assert kept.targets == {"version": 6}
    assert [step["name"] for step in kept.plan["steps"]] == ["build", "back"]
    assert (world / "plan.json").stat().st_mode & 0o777 == 0o600


def test_it_goes_for_the_targets_of_the_plan(world: Path) -> None:
    kept = plan(world, world / "plan.json")
    act(world, kept)
    assert (world / "version").read_text() == "6"
    act(world, kept)
    assert (world / "version").read_text() == "6"


def test_a_stale_one_is_refused_and_says_what_changed(world: Path) -> None:
    kept = plan(world, world / "plan.json")
    (world / "commit").write_text("def")
    with pytest.raises(Refused) as told:
        act(world, kept)
    lines = told.value.lines()
    assert lines[0].startswith("error: the plan is stale (made ")
    assert lines[1] == "  why: commit of build was abc, is def"
    assert lines[2] == "  next: inv db.rollback --env prod --steps 1 --plan --out FILE"
    assert (world / "version").read_text() == "7"


def test_a_fact_that_is_gone_is_a_change(world: Path) -> None:
    kept = plan(world, world / "plan.json")
    run = Run(TASK, world / "state", Silent(), saved=kept)
    with pytest.raises(Refused, match="commit of build was abc, is there no more"):
        run.execute([Back(world)], wait_for_lock=5, confirm=agree)
    assert (world / "version").read_text() == "7"


def test_what_changes_before_a_step_ends_the_run(world: Path) -> None:
    kept = plan(world, world / "plan.json")
    changes = Does("changes", lambda run: (world / "commit").write_text("def") and None)  # type: ignore[func-returns-value]
    run = Run(TASK, world / "state", Silent(), saved=kept)
    with pytest.raises(LongshoreError, match="the plan is stale") as told:
        run.execute(chain([changes], steps_of(world)), wait_for_lock=5, confirm=agree)
    # An earlier step has acted: that is no "nothing was touched".
    assert told.value.code == Failed.code
    assert (world / "version").read_text() == "7"


def test_facts_of_a_later_part_count_too(world: Path) -> None:
    run = Run(TASK, world / "state", Silent())
    steps = chain([Does("first")], steps_of(world))
    assert run.saved(steps, run.plan(steps)).facts == {"commit of build": "abc"}


def test_the_same_plan_again_goes_on_with_the_run_that_was_killed(world: Path) -> None:
    kept = plan(world, world / "plan.json")
    ended = subprocess.run([sys.executable, "-m", "tests.steps.test_saved", str(world)], cwd=ROOT, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert (world / "commit").read_text() == "changed by the step itself"
    run = Run(TASK, world / "state", notes := Notes(), saved=kept)
    outcome = run.execute(steps_of(world), wait_for_lock=5, confirm=agree)
    assert notes.told[0] == f"goes on with run {outcome.id}, which did not finish"
    assert (world / "version").read_text() == "6"


def test_a_plan_that_was_carried_out_is_not_stale(world: Path) -> None:
    kept = plan(world, world / "plan.json")
    build = Changes("build", world / "commit")
    Run(TASK, world / "state", Silent(), saved=kept).execute([build, Back(world)], wait_for_lock=5, confirm=agree)
    run = Run(TASK, world / "state", notes := Notes(), saved=kept)
    outcome = run.execute([build, Back(world)], wait_for_lock=5, confirm=agree)
    assert notes.told[0].endswith("which carried this plan out")
    assert outcome.acted == ()
    # What it left is what it rests on: nobody's way back is run over.
    (world / "commit").write_text("abc")
    with pytest.raises(Refused, match="commit of build was changed, is abc"):
        Run(TASK, world / "state", Silent(), saved=kept).execute([build, Back(world)], wait_for_lock=5, confirm=agree)
    (world / "commit").write_text("changed")
    # A later run of the same task is another matter.
    Run(TASK, world / "state", Silent()).execute(steps_of(world), wait_for_lock=5, confirm=agree)
    with pytest.raises(Refused, match="the plan is stale"):
        Run(TASK, world / "state", Silent(), saved=kept).execute(steps_of(world), wait_for_lock=5, confirm=agree)


def test_what_an_ended_step_has_left_is_held_against_the_world_too(world: Path) -> None:
    kept = plan(world, world / "plan.json")
    steps = [Changes("build", world / "commit"), Does("next", fails("no")), Back(world)]
    with pytest.raises(Failed, match="no"):
        Run(TASK, world / "state", Silent(), saved=kept).execute(steps, wait_for_lock=5, confirm=agree)
    (world / "commit").write_text("abc")
    (record,) = all_runs(world / "state" / "runs")
    for again in (Run(TASK, world / "state", Silent(), saved=kept), Run(TASK, world / "state", Silent(), record)):
        with pytest.raises(Refused, match="commit of build was changed, is abc"):
            again.execute(steps, wait_for_lock=5, confirm=agree)
    (world / "commit").write_text("changed")
    Run(TASK, world / "state", Silent(), record).execute(
        [Changes("build", world / "commit"), Does("next"), Back(world)], wait_for_lock=5, confirm=agree
    )
    assert (world / "version").read_text() == "6"


def test_without_the_plan_the_command_begins_anew(world: Path) -> None:
    kept = plan(world, world / "plan.json")
    run = Run(TASK, world / "state", Silent(), saved=kept)
    with pytest.raises(Failed, match="no"):
        run.execute([Does("first", fails("no")), *steps_of(world)], wait_for_lock=5, confirm=agree)
    (world / "commit").write_text("def")
    outcome = Run(TASK, world / "state", Silent()).execute(steps_of(world), wait_for_lock=5, confirm=agree)
    assert outcome.id != run.id


def test_a_resumed_run_keeps_to_its_plan(world: Path) -> None:
    kept = plan(world, world / "plan.json")
    run = Run(TASK, world / "state", Silent(), saved=kept)
    with pytest.raises(Failed, match="no"):
        run.execute([Does("first", fails("no")), *steps_of(world)], wait_for_lock=5, confirm=agree)
    (record,) = all_runs(world / "state" / "runs")
    (world / "commit").write_text("def")
    steps = [Does("first"), *steps_of(world)]
    with pytest.raises(Refused, match="commit of build was abc, is def"):
        Run(TASK, world / "state", Silent(), record).execute(steps, wait_for_lock=5, confirm=agree)
    (world / "commit").write_text("abc")
    Run(TASK, world / "state", Silent(), record).execute(steps, wait_for_lock=5, confirm=agree)
    assert (world / "version").read_text() == "6"


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"schema": 2}', "\x00", "[" * 100_000])
def test_a_file_that_is_no_plan(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(UsageError, match="that file is no plan"):
        saved.load(tmp_path / "plan.json")


@pytest.mark.parametrize(
    ("before", "after"),
    [('"version": 6', '"version": 1'), ('"abc"', '"def"'), ('"task"', '"more"'), ('"facts": {', '"facts": 1, "x": {')],
)
def test_a_file_that_was_changed_by_hand(world: Path, before: str, after: str) -> None:
    plan(world, world / "plan.json")
    text = (world / "plan.json").read_text()
    assert before in text
    (world / "plan.json").write_text(text.replace(before, after))
    with pytest.raises(UsageError, match="the plan is not what was written"):
        saved.load(world / "plan.json")


def test_no_secret_is_in_it(world: Path) -> None:
    redaction.know("s3cret-value")
    (world / "commit").write_text("s3cret-value")
    plan(world, world / "plan.json")
    assert "s3cret-value" not in (world / "plan.json").read_text()


def test_files_that_are_not_there(world: Path) -> None:
    with pytest.raises(UsageError, match="the plan can't be read"):
        saved.load(world / "none.json")
    kept = plan(world, world / "plan.json")
    with pytest.raises(UsageError, match="the plan can't be written"):
        saved.save(world / "none" / "plan.json", kept)
    assert json.loads((world / "plan.json").read_text())["schema"] == 1


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    again = Run(TASK, folder / "state", Silent(), saved=saved.load(folder / "plan.json"))
    killed = [KilledAfterItsChange("build", folder / "commit"), Back(folder)]
    again.execute(killed, wait_for_lock=5, confirm=agree)
