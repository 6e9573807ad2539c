"""The journal: what a run was about to do, written and synced before it does it.

One file of JSON lines per run, mode 0600, appended only. A record that was cut off by a crash (the last line) is left out when reading.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from longshore.errors import UsageError, nearest
from longshore.process.redaction import redact_data

SCHEMA = 1


class Sink(Protocol):
    """Where records go, one line of JSON each."""

    def write(self, record: Mapping[str, Any]) -> None: ...

    def close(self) -> None: ...


class FileSink:
    """Appends to the run's file and syncs each record to the disk."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = not path.exists()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._file: BinaryIO = os.fdopen(descriptor, "ab", buffering=0)
        if os.fstat(descriptor).st_size and not _ends_with_newline(path):
            self._write(b"\n")
        if new:
            _sync_folder(path.parent)

    def write(self, record: Mapping[str, Any]) -> None:
        line = json.dumps(redact_data(dict(record)), ensure_ascii=False)
        self._write(line.encode(errors="backslashreplace") + b"\n")
        os.fsync(self._file.fileno())

    def _write(self, data: bytes) -> None:
        # On a full disk a write may be short; the next one says so.
        while data:
            data = data[self._file.write(data) :]

    def close(self) -> None:
        self._file.close()


def _sync_folder(folder: Path) -> None:
    # A new file's name is kept by its folder.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


class Journal:
    """The records of one run."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def record(self, event: str, **fields: Any) -> None:
        """Write a record: `event` is one of run.start, target, note, step.start, step.end, run.end."""
        self._sink.write({"event": event, "at": round(time.time(), 3), **fields})

    def close(self) -> None:
        self._sink.close()


@dataclass
class RunRecord:
    """A run, as its journal tells it."""

    id: str
    path: Path
    task: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    environment: str = ""
    subject: str = ""
    who: str = ""
    pid: int = 0
    started: float = 0.0
    ended: float | None = None
    outcome: str = "unfinished"
    """`ok`, `failed`, `interrupted`, or `unfinished` when the run has no end in the journal (it is running, or it was killed)."""
    targets: dict[str, Any] = field(default_factory=dict)
    steps: dict[str, str] = field(default_factory=dict)
    """The last that is known of each step: `started`, `ok`, `failed`, `interrupted`."""
    error: str = ""
    plan: str = ""
    """The fingerprint of the saved plan that it keeps to; `facts` are what that plan rests on, and what the run's own steps have left since."""
    facts: dict[str, str] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)
    """The steps that began to act, and did not end well: what they left isn't known."""
    notes: dict[str, str] = field(default_factory=dict)
    """What steps kept for later runs, the last text of each name."""
    records: list[dict[str, Any]] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        """Whether all that it was to do is done."""
        return self.outcome == "ok"

    def goes_on_by(self, plan: str) -> bool:
        """Whether the same command again goes on with this run; `plan` is the fingerprint of the saved plan that the command names, if it names one.

        With a plan, also where that plan was carried out: what it left is then what the plan rests on.
        """
        if plan:
            return self.plan == plan
        return bool(self.targets) and not self.finished and not self.plan


def new_id(now: float | None = None) -> str:
    """A run's id: sorts by time, and two runs of one second differ."""
    now = time.time() if now is None else now
    # Fine enough that two runs of one subject, which come one after the other, never share it.
    fraction = int(now % 1 * 4096)
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{fraction:03x}{secrets.randbelow(16):x}"


def read(path: Path) -> RunRecord:
    """Read a run's journal. Lines that are no records (cut off by a crash, garbage) are left out.

    Raises UsageError for a file that can't be read.
    """
    run = RunRecord(path.stem, path)
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError("a run's journal can't be read", on=str(path), why=str(error.strerror)) from None
    # Not splitlines: it also cuts at characters that JSON leaves as they are (U+2028).
    for line in text.split("\n"):
        try:
            record = json.loads(line)
            if isinstance(record, dict):
                _take(run, record)
                run.records.append(record)
        except (ValueError, TypeError, OverflowError, RecursionError):
            continue
    return run


def _take(run: RunRecord, record: dict[str, Any]) -> None:
    match record.get("event"):
        case "run.start":
            # First what a record that is none fails at, so that it changes nothing.
            arguments = dict(record.get("arguments", {}))
            facts = dict(record.get("facts", {}))
            pid, at = int(record.get("pid", 0)), float(record.get("at", 0.0))
            run.arguments, run.pid, run.started = arguments, pid, run.started or at
            run.task = str(record.get("task", ""))
            run.environment = str(record.get("environment", ""))
            run.subject = str(record.get("subject", ""))
            run.who = str(record.get("who", ""))
            run.plan = str(record.get("plan", run.plan))
            run.facts |= facts
            # A resumed run writes into the same file: it is open again.
            run.outcome, run.ended, run.error = "unfinished", None, ""
        case "target":
            run.targets[str(record.get("name"))] = record.get("value")
        case "note":
            run.notes[str(record.get("name"))] = str(record.get("text", ""))
        case "step.start":
            run.steps[str(record.get("step"))] = "started"
            run.begun.add(str(record.get("step")))
        case "step.end":
            left = dict(record.get("facts", {}))
            run.steps[str(record.get("step"))] = str(record.get("outcome"))
            if record.get("outcome") == "ok":
                run.facts |= left
                run.begun.discard(str(record.get("step")))
        case "run.end":
            run.ended = float(record.get("at", 0.0))
            run.outcome = str(record.get("outcome"))
            run.error = str(record.get("error", ""))


def all_runs(folder: Path) -> Iterator[RunRecord]:
    """The runs of a project, newest first."""
    if folder.is_dir():
        for path in sorted(folder.glob("*.jsonl"), reverse=True):
            yield read(path)


def find(folder: Path, id: str) -> RunRecord:
    """The run of that id.

    Raises UsageError for an id that is none, naming the nearest.
    """
    known = [path.stem for path in sorted(folder.glob("*.jsonl"), reverse=True)] if folder.is_dir() else []
    if id in known:
        return read(folder / f"{id}.jsonl")
    raise UsageError("there is no such run", on=f"--id {id}{nearest(id, known)}", do="inv runs.list")
