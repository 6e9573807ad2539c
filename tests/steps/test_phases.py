from __future__ import annotations

from longshore.steps.phases import in_phases
from longshore.steps.plan import order
from tests.steps.world import Does


def test_a_phase_waits_for_all_tracks_of_the_one_before() -> None:
    a, b, c, d, e, f = (Does(name) for name in "abcdef")
    steps = in_phases([[a]], [[b, c], [d]], [[e]], [[f]])
    assert [step.name for step in steps] == list("abcdef")
    assert order(steps) == {"a": (), "b": ("a",), "c": ("b",), "d": ("a",), "e": ("c", "d"), "f": ("e",)}


def test_what_is_empty_is_passed_over() -> None:
    a, b, c = (Does(name) for name in "abc")
    assert order(in_phases([[], [a]], [], [[]], [[b], [], [c]])) == {"a": (), "b": ("a",), "c": ("a",)}
    assert in_phases() == []
