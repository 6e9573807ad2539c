"""The view's text, and the watch behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from longshore.cluster.monitor import live
from longshore.cluster.monitor.live import Watch, _view
from longshore.cluster.monitor.snapshot import Event, Node, Pod, Snapshot
from longshore.errors import Failed
from tests.command import until

NOW = datetime.now(UTC)


def seen(events: int = 1) -> Snapshot:
    return Snapshot(
        NOW,
        "",
        nodes=[Node("n1", "NotReady", "v1.36.3", 1, NOW)],
        pods=[Pod("bank", "p1", "CrashLoopBackOff", False, 7, "n1", NOW)],
        events=[Event(NOW, "Warning", "bank", "pod/p1", "BackOff", f"number {number}", 1) for number in range(events)],
    )


def test_it_goes_on_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was seen stays on the screen, and why it is no longer true."""
    answers = [seen(), Failed("could not look", why="the API server does not answer"), seen()]

    def look() -> Snapshot:
        answer = answers[0] if len(answers) == 1 else answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    faults = []
    watch = Watch(lambda: look_and_note(watch, faults, look))
    monkeypatch.setattr(live, "EVERY", 0.01)
    with watch:
        until(lambda: watch.looks > 5)
    assert faults[:3] == ["", "", "could not look: the API server does not answer"]
    assert watch.fault == ""
    assert watch.seen is not None


def look_and_note(watch: Watch, faults: list[str], look: Callable[[], Snapshot]) -> Snapshot:
    faults.append(watch.fault)
    return look()


def test_the_view() -> None:
    watch = Watch(seen)
    assert "looking ..." in _view("dev: bank-dev as default", watch, 40).plain
    watch.seen = seen()
    watch.fault = "could not look: no answer"
    text = _view("dev: bank-dev as default", watch, 40).plain
    lines = [line for line in text.splitlines() if line]
    assert lines[0].startswith("dev: bank-dev as default  ")
    assert lines[1] == "not reached: could not look: no answer"
    assert [line.split()[0] for line in lines[2:]] == [
        "node",
        "n1",
        "namespace",
        "bank",
        "namespace",
        "bank",
        "event",
        "0",
    ]
    assert "1 CrashLoopBackOff" in text


def test_it_fits_on_the_screen() -> None:
    watch = Watch(seen)
    watch.seen = seen(200)
    text = _view("t", watch, 24).plain
    assert len(text.splitlines()) <= 24
    assert "number 199" in text, "the newest first"
