"""A plan kept in a file, with the facts that it rests on: what was looked at is what is run, or nothing is."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from longshore import person
from longshore.errors import Refused, UsageError
from longshore.process.redaction import redact_data
from longshore.steps.plan import Plan
from longshore.steps.step import Step
from longshore.steps.task import Task, words

SCHEMA = 1
LONG = re.compile(r"[0-9a-f]{40,}")
"""A commit, a digest: their first twelve characters tell them apart."""
MADE_BY = "a plan's file is made by --plan --out FILE"


@dataclass(frozen=True)
class SavedPlan:
    """`facts` are what its steps saw (the commit, a digest, a secret's version), by name; `targets` the absolute targets that they chose;
    `plan` is what it showed.

    `made` is in seconds since the epoch. There is no secret in it.
    """

    task: str
    arguments: Mapping[str, Any]
    environment: str
    facts: Mapping[str, str]
    targets: Mapping[str, Any]
    plan: Mapping[str, Any]
    made: float
    by: str

    @property
    def id(self) -> str:
        """The fingerprint of all that is in it: another plan has another one."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()

    @property
    def words(self) -> str:
        """For a person: when and by whom it was made."""
        return f"made {time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(self.made))} by {self.by}"


def check(
    known: Mapping[str, str], steps: Sequence[Step], begun: Collection[str], on: str, again: str, *, whole: bool
) -> None:
    """Raises Refused where one of the plan's facts (`known`) is not any more what the steps see, naming each. One that the plan doesn't know is none
    of its; one of a step that an earlier try of the run has `begun`, and not ended, is of its own making. `whole`: a fact that none of the steps sees is gone.

    `on` says which plan, `again` is the command that makes it anew.
    """
    seen = facts_of([step for step in steps if step.name not in begun])
    changed = [
        f"{name} was {_short(known[name])}, is {_short(now)}"
        for name, now in seen.items()
        if name in known and known[name] != now
    ]
    if whole:
        there = facts_of(steps)
        changed += [f"{name} was {_short(was)}, is there no more" for name, was in known.items() if name not in there]
    if changed:
        raise Refused("the plan is stale", on=on, why="; ".join(changed), do=again)


def _short(value: str) -> str:
    return LONG.sub(lambda found: found[0][:12], value)


def again(task: Task) -> str:
    """The command that makes such a plan."""
    return " ".join(["inv", task.name, "--env", task.environment, *words(task.arguments), "--plan --out FILE"])


def facts_of(steps: Sequence[Step]) -> dict[str, str]:
    """What all steps saw that a plan rests on."""
    return {name: value for step in steps for name, value in step.facts().items()}


def made(task: Task, facts: Mapping[str, str], targets: Mapping[str, Any], plan: Plan) -> SavedPlan:
    """The plan that was just made, as a file can hold it."""
    wished = {
        "arguments": dict(task.arguments), "facts": dict(facts), "targets": dict(targets), "plan": plan.json(),
    }  # fmt: skip
    # By way of JSON: what is read from the file is equal to it.
    kept = json.loads(json.dumps(redact_data(wished)))
    return SavedPlan(task=task.name, environment=task.environment, made=round(time.time(), 3), by=person.who(), **kept)


def save(path: Path, saved: SavedPlan) -> None:
    """Write it, 0600, beside and renamed.

    Raises UsageError where it can't be written.
    """
    text = json.dumps({"schema": SCHEMA, "id": saved.id, **asdict(saved)}, indent=1, ensure_ascii=False) + "\n"
    try:
        descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogatepass") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(beside).replace(path)
        finally:
            Path(beside).unlink(missing_ok=True)
    except OSError as error:
        raise UsageError("the plan can't be written", on=str(path), why=error.strerror or str(error)) from None


def load(path: Path) -> SavedPlan:
    """Raises UsageError for a file that can't be read, is no plan, or isn't any more what was written."""
    try:
        found = json.loads(path.read_text(encoding="utf-8", errors="surrogatepass"))
    except OSError as error:
        raise UsageError("the plan can't be read", on=str(path), why=error.strerror or str(error), do=MADE_BY) from None
    except (ValueError, RecursionError):
        raise UsageError("that file is no plan", on=str(path), why="it is no JSON", do=MADE_BY) from None
    if not isinstance(found, dict) or "schema" not in found:
        raise UsageError("that file is no plan", on=str(path), why="it has no schema", do=MADE_BY)
    if found.pop("schema") != SCHEMA:
        raise UsageError(
            "that file is no plan", on=str(path), why="it was made by another version of longshore", do=MADE_BY
        )
    id = found.pop("id", None)
    try:
        saved = SavedPlan(**found)
        whole = saved.id == id and isinstance(saved.facts, dict) and isinstance(saved.targets, dict)
    except (TypeError, ValueError):
        whole = False
    if not whole:
        raise UsageError(
            "the plan is not what was written",
            on=str(path),
            why="somebody has changed the file: its fingerprint is another one",
            do=MADE_BY,
        )
    return saved
