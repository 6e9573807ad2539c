from __future__ import annotations

from pathlib import Path

import pytest

from longshore.steps.plan import Plan, Planned, order
from longshore.steps.report import Silent
from longshore.steps.run import Run
from longshore.steps.step import Done, Look, Status, ToDo, Unknown
from tests.steps.world import TASK, Does, Make, unseen


def test_each_waits_for_the_one_before_it() -> None:
    steps = [Does("a"), Does("b"), Does("c", after=()), Does("d", after=("a", "c")), Does("e")]
    assert order(steps) == {"a": (), "b": ("a",), "c": (), "d": ("a", "c"), "e": ("d",)}
    assert order([]) == {}


def test_two_of_one_name() -> None:
    with pytest.raises(ValueError, match=r"^two steps are named a$"):
        order([Does("a"), Does("a")])


@pytest.mark.parametrize("after", ["b", "a", "none"])
def test_waiting_for_what_does_not_come_before(after: str) -> None:
    with pytest.raises(ValueError, match=rf"^a waits for {after}, which does not come before it$"):
        order([Does("a", after=(after,)), Does("b")])


@pytest.mark.parametrize(
    ("status", "to_do"), [(Done("v5"), False), (ToDo("x"), True), (ToDo(), True), (Unknown("why"), True)]
)
def test_to_do(status: Status, to_do: bool) -> None:
    assert Plan([Planned(Does("a"), Done()), Planned(Does("b"), status)]).to_do is to_do


def test_as_json() -> None:
    plan = Plan(
        [Planned(Does("a"), Done("v5")), Planned(Does("b"), ToDo("1", "2")), Planned(Does("c"), Unknown("no rights"))]
    )
    assert plan.json() == {
        "to_do": True,
        "steps": [
            {"name": "a", "title": "do a", "status": "done", "found": "v5"},
            {"name": "b", "title": "do b", "status": "to do", "changes": ["1", "2"]},
            {"name": "c", "title": "do c", "status": "not checked", "why": "no rights"},
        ],
    }


def test_planning_looks_and_does_nothing(tmp_path: Path) -> None:
    seen: list[bool] = []

    def check(run: object) -> Status:
        seen.append(run.planning)  # type: ignore[attr-defined]
        return Unknown("not yet")

    run = Run(TASK, tmp_path / "state", Silent())
    plan = run.plan([Make(tmp_path, "one"), Does("b", check=check)])
    assert [type(planned.status) for planned in plan.steps] == [ToDo, Unknown]
    assert seen == [True]
    assert run.planning is False
    assert list(tmp_path.iterdir()) == []


def test_a_check_that_raises_ends_the_planning(tmp_path: Path) -> None:
    run = Run(TASK, tmp_path / "state", Silent())
    with pytest.raises(RuntimeError):
        run.plan([Does("a", check=lambda run: (_ for _ in ()).throw(RuntimeError()))])
    assert run.planning is False


def test_what_only_looks_never_acts(tmp_path: Path) -> None:
    class Guard(Look):
        name, title = "guard", "guard"

        def check(self, run: object) -> Status:
            return Unknown("x")

    with pytest.raises(AssertionError, match="guard only looks"):
        Guard().apply(Run(TASK, tmp_path, Silent()))
    assert unseen("x")(Run(TASK, tmp_path, Silent())) == Unknown("x")
