from __future__ import annotations

from pathlib import Path

import pytest

from longshore.errors import Failed
from longshore.steps.chain import chain
from longshore.steps.journal import all_runs
from longshore.steps.plan import order
from longshore.steps.report import Silent
from longshore.steps.run import Run
from tests.steps.world import TASK, Back, Does, agree, fails


def test_one_after_the_other() -> None:
    steps = chain([Does("identity"), Does("migrate")], [Does("identity"), Does("pull")], [Does("identity")])
    assert order(steps) == {
        "identity": (),
        "migrate": ("identity",),
        "identity-2": ("identity", "migrate"),
        "pull": ("identity-2",),
        "identity-3": ("identity", "migrate", "identity-2", "pull"),
    }


def test_what_runs_side_by_side_waits_for_the_parts_before() -> None:
    steps = chain([Does("a"), Does("b", after=())], [Does("a", after=()), Does("c", after=("a",)), Does("d", after=())])
    assert order(steps) == {"a": (), "b": (), "a-2": ("a", "b"), "c": ("a-2",), "d": ("a", "b")}


def test_one_part_stays_as_it_is() -> None:
    part = [Does("a"), Does("b", after=("a",))]
    assert chain(part) == part
    assert order(part) == {"a": (), "b": ("a",)}
    assert chain() == []
    assert chain([], part) == part


def test_a_part_that_is_no_plan() -> None:
    with pytest.raises(ValueError, match=r"^two steps are named a$"):
        chain([Does("b")], [Does("a"), Does("a")])


def test_two_parts_that_choose_a_version_each_go_for_their_own(tmp_path: Path) -> None:
    """Killed between the two acts of the second part's, and gone on with: each goes one back, once."""
    parts = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "version").write_text("7" if name == "first" else "3")
        parts.append([Back(tmp_path / name)])
    fails_once = Does("fails", apply=fails("no"))
    run = Run(TASK, tmp_path / "state", Silent())
    with pytest.raises(Failed):
        run.execute(chain(*parts, [fails_once]), wait_for_lock=5, confirm=agree)
    (record,) = all_runs(tmp_path / "state" / "runs")
    assert record.targets == {"version": 6, "2.version": 2}
    again = Run(TASK, tmp_path / "state", Silent(), record)
    again.execute(chain([Back(tmp_path / "first")], [Back(tmp_path / "second")]), wait_for_lock=5, confirm=agree)
    assert [(tmp_path / name / "version").read_text() for name in ("first", "second")] == ["6", "2"]
