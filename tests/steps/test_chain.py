from __future__ import annotations

import pytest

from longshore.steps.chain import chain
from longshore.steps.plan import order
from tests.steps.world import Does


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
