"""A repair is for the database as it is dirty now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from longshore.database import migrations
from longshore.database.force import Force
from longshore.errors import Refused
from longshore.steps.report import Silent
from longshore.steps.run import Run, Task
from longshore.steps.step import Context
from tests.live import Live, told

pytestmark = pytest.mark.integration

YES = ("--confirm", "sandbox")


def unfinished(state: Path, task: str, **targets: int) -> str:
    """The journal of a run that failed before it had set the version."""
    id = "20250101-000000-aaaa"
    start = {"event": "run.start", "task": task, "arguments": {}, "environment": "sandbox", "subject": "database"}
    records = [start, *({"event": "target", "name": name, "value": value} for name, value in targets.items())]
    (state / "runs").mkdir(exist_ok=True)
    (state / "runs" / f"{id}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    return id


def test_the_version_of_an_old_repair_is_not_set(bank: Live, tmp_path: Path) -> None:
    (bank.migrations / "000006_six.up.sql").write_text("CREATE TABLE six (i int);\nSELECT 1/0;\n")
    other = bank.clone(tmp_path / "other")
    bank.inv("db.migrate").check(1)
    id = unfinished(other.state, "db.repair", version=1)
    told(
        other.inv("runs.resume", "--id", id, *YES),
        3,
        "this run was to set version 1, and now it would be 5: nothing was done",
        "inv db.repair --env sandbox",
    )
    assert bank.version == (6, True)
    other.inv("db.repair", *YES).check()
    assert bank.version == (5, False)


def test_a_version_is_not_set_over_somebodys_migration(bank: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.inv("db.migrate", "--to", "2").check()
    apply = Force.apply

    def overtaken(step: Force, run: Context) -> None:
        bank.inv("db.migrate").check()
        apply(step, run)

    monkeypatch.setattr(Force, "apply", overtaken)
    task = Task("db.force", {"to": 1}, "sandbox", "another")
    with pytest.raises(Refused, match="the database has changed since the plan was made, nothing was done") as refused:
        Run(task, bank.state, Silent()).execute(
            migrations.force(bank.environment, 1), wait_for_lock=0, confirm=lambda plan: None
        )
    assert refused.value.why == "it was at version 2, and is at version 5"
    assert bank.version == (5, False)
