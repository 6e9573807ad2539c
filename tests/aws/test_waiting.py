from __future__ import annotations

from pathlib import Path

import pytest

from longshore.aws import waiting
from longshore.errors import Failed
from longshore.steps.run import Run, Task
from tests.database.rds.rds_sandbox import Told


def test_waiting_tells_how_far_it_is_and_ends(tmp_path: Path) -> None:
    seen = [
        waiting.Look(False, "creating", 10),
        waiting.Look(False, "creating", 90),
        waiting.Look(True, "available"),
    ]
    told = Told()
    run = Run(Task("t", {}, "prod", "database"), tmp_path, told)
    waiting.wait(run, "snapshot s", 1, lambda: seen.pop(0))
    assert told.lines == ["snapshot s: creating", "snapshot s: creating"]


def test_waiting_has_an_end(tmp_path: Path) -> None:
    run = Run(Task("t", {}, "prod", "database"), tmp_path, Told())
    with pytest.raises(Failed) as caught:
        waiting.wait(run, "bank-prod", 0, lambda: waiting.Look(False, "creating"))
    assert str(caught.value) == (
        "error: bank-prod: waited 0 minutes\n  why: it is still creating\n  next: run it again: it waits on"
    )
