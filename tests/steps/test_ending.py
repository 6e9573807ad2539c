"""How a run ends: what an error tells of the way, and what is given back."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from longshore.errors import Failed, LongshoreError, Refused
from longshore.steps.step import Context, Done, Status, ToDo
from tests.steps.world import Does, execute, fails, unseen


def refuses(run: Context) -> Status:
    raise Refused("no")


def test_an_error_tells_what_was_done_and_what_was_not(tmp_path: Path) -> None:
    later = Does("later", check=unseen("known after that"))
    late = Does("late", check=lambda run: Done() if run.planning else ToDo("x"))
    steps = [Does("first"), Does("there", check=lambda run: Done()), late, Does("second", fails("broken")), later]
    with pytest.raises(Failed) as told:
        execute(tmp_path, steps)
    error = told.value
    # What the plan had not to do is no news.
    assert (error.done, error.left) == (("do first",), ("do second", "do later"))
    assert (error.began, error.settled) == (True, True)
    assert "  done: do first; not done: do second, do later" in error.lines()


def test_where_nothing_began(tmp_path: Path) -> None:
    step = Does("guard", check=lambda run: ToDo("x") if run.planning else refuses(run))
    with pytest.raises(LongshoreError) as told:
        execute(tmp_path, [step])
    assert (told.value.began, told.value.done, told.value.left) == (False, (), ("do guard",))


@pytest.mark.parametrize("ending", [lambda run: None, fails("broken")])
def test_what_a_step_holds_is_given_back_at_the_end_the_last_first(tmp_path: Path, ending: object) -> None:
    given: list[str] = []

    def take(name: str) -> Does:
        return Does(name, lambda run: run.at_end(lambda: given.append(name)))

    def act(run: Context) -> None:
        assert given == []
        ending(run)  # type: ignore[operator]

    with contextlib.suppress(Failed):
        execute(tmp_path, [take("one"), take("two"), Does("end", act)])
    assert given == ["two", "one"]
