"""What runs.list and runs.show answer."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from longshore.answers import Answer, Table
from longshore.steps import lock
from longshore.steps.journal import RunRecord, all_runs, find
from longshore.steps.run import LOCKS

MOST = 30


def listing(state: Path, runs: Path, most: int = MOST) -> Answer:
    """The newest runs first."""
    records = []
    for record in all_runs(runs):
        records.append(record)
        if len(records) == most:
            break
    rows = [
        (
            record.id,
            record.task,
            record.environment,
            _time(record.started),
            _took(record),
            outcome(state, record),
            record.who,
        )
        for record in records
    ]
    columns = ("run", "task", "environment", "started", "took", "outcome", "who")
    return Answer(
        {"runs": [_summary(state, record) for record in records]}, [Table(columns, rows, empty="no runs yet")]
    )


def show(state: Path, runs: Path, id: str) -> Answer:
    """One run: its targets, what each step came to, and how to go on where it did not finish."""
    record = find(runs, id)
    rows = [
        (_time(float(entry.get("at", 0.0))), str(entry.get("step", "")), _word(entry), _said(entry))
        for entry in record.records
    ]
    word = outcome(state, record)
    notes = [f"run {record.id}: {record.task} on {record.environment} by {record.who}: {word}"]
    notes += [f"target {name}: {value}" for name, value in record.targets.items()]
    notes += [f"journal: {record.path}"]
    if word in ("failed", "interrupted", "unfinished"):
        notes.append(f"go on: inv runs.resume --id {record.id}")
    data = _summary(state, record) | {"targets": record.targets, "records": record.records}
    return Answer(data, [Table(("at", "step", "what", ""), rows)], notes)


def outcome(state: Path, record: RunRecord) -> str:
    """`ok`, `failed`, `interrupted`, `running`, or `unfinished`: it has no end in the journal and nothing of it holds its lock."""
    if record.outcome != "unfinished":
        return record.outcome
    held = lock.is_held(state / LOCKS, f"{record.environment}-{record.subject}")
    return "running" if held and _alive(record.pid) else "unfinished"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid > 0


def _summary(state: Path, record: RunRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "task": record.task,
        "arguments": dict(record.arguments),
        "environment": record.environment,
        "who": record.who,
        "started": record.started,
        "ended": record.ended,
        "outcome": outcome(state, record),
        "steps": record.steps,
        "error": record.error or None,
    }


def _time(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at)) if at else "?"


def _took(record: RunRecord) -> str:
    return f"{record.ended - record.started:.1f} s" if record.ended and record.started else ""


def _word(entry: dict[str, Any]) -> str:
    match entry.get("event"):
        case "step.start":
            return "begins"
        case "step.end" | "run.end":
            return str(entry.get("outcome", ""))
        case "target" | "note":
            return f"{entry.get('event')} {entry.get('name')}"
        case _:
            return "run begins"


def _said(entry: dict[str, Any]) -> str:
    match entry.get("event"):
        case "run.start":
            arguments = {
                name: value for name, value in dict(entry.get("arguments", {})).items() if value not in (None, "")
            }
            return f"{entry.get('task')} {json.dumps(arguments)}" if arguments else str(entry.get("task"))
        case "target":
            return str(entry.get("value"))
        case "step.start":
            return "; ".join(entry.get("changes", []))
        case _:
            return (
                str(entry.get("error") or entry.get("found") or "").splitlines()[0]
                if entry.get("error") or entry.get("found")
                else ""
            )
