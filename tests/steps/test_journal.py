from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longshore.errors import UsageError
from longshore.process.redaction import MASK, know
from longshore.steps.journal import FileSink, Journal, all_runs, find, new_id, read

START = {
    "event": "run.start",
    "at": 5.0,
    "schema": 1,
    "task": "db.migrate",
    "arguments": {"to": 3},
    "environment": "prod",
    "subject": "database",
    "who": "anna@laptop",
    "pid": 77,
}
TARGET = {"event": "target", "at": 5.1, "name": "version", "value": 6}
BEGUN = {"event": "step.start", "at": 5.2, "step": "apply", "changes": ["a"]}
ENDED = {"event": "step.end", "at": 5.3, "step": "apply", "outcome": "ok"}
OVER = {"event": "run.end", "at": 5.4, "outcome": "ok"}


def write(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def test_a_record_is_a_line_synced_and_for_the_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bytes] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        real(descriptor)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            synced.append(path.read_bytes())

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(time, "time", lambda: 12.34567)
    path = tmp_path / "runs" / "id.jsonl"
    journal = Journal(FileSink(path))
    journal.record("step.start", step="apply", changes=["a", "ü"])
    first = '{"event": "step.start", "at": 12.346, "step": "apply", "changes": ["a", "ü"]}\n'.encode()
    assert synced == [first]
    journal.record("run.end", outcome="ok")
    assert synced[1] == first + b'{"event": "run.end", "at": 12.346, "outcome": "ok"}\n'
    journal.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.usefixtures("nothing_known")
def test_no_secret_and_still_json(tmp_path: Path) -> None:
    know("1234", 'pass"word', "event")
    sink = FileSink(tmp_path / "a.jsonl")
    sink.write({"event": "run.start", "pid": 1234, "task": "x", "who": 'pass"word@host', "arguments": {"key": "1234"}})
    run = read(tmp_path / "a.jsonl")
    assert (run.pid, run.task, run.who, run.arguments) == (1234, "x", f"{MASK}@host", {"key": MASK})


def test_a_text_that_no_encoding_has(tmp_path: Path) -> None:
    sink = FileSink(tmp_path / "a.jsonl")
    sink.write({"event": "run.end", "outcome": "failed", "error": "a\udcff\u2028b\nc"})
    assert read(tmp_path / "a.jsonl").error == "a\udcff\u2028b\nc"


def test_read(tmp_path: Path) -> None:
    run = read(write(tmp_path / "id.jsonl", START, TARGET, BEGUN, ENDED, OVER))
    assert (run.id, run.task, run.arguments, run.environment, run.subject) == (
        "id",
        "db.migrate",
        {"to": 3},
        "prod",
        "database",
    )
    assert (run.who, run.pid, run.started, run.ended, run.outcome) == ("anna@laptop", 77, 5.0, 5.4, "ok")
    assert (run.targets, run.steps, run.finished) == ({"version": 6}, {"apply": "ok"}, True)
    assert run.records == [START, TARGET, BEGUN, ENDED, OVER]


def test_a_resumed_run_is_open_again(tmp_path: Path) -> None:
    failed = OVER | {"outcome": "failed", "error": "it broke"}
    run = read(write(tmp_path / "id.jsonl", START, BEGUN, failed))
    assert (run.outcome, run.error) == ("failed", "it broke")
    run = read(write(tmp_path / "id.jsonl", START, BEGUN, failed, START | {"at": 9.0, "pid": 78}))
    assert (run.outcome, run.error, run.ended, run.started, run.pid) == ("unfinished", "", None, 5.0, 78)


@pytest.mark.parametrize("cut", range(1, 12))
def test_the_last_line_cut_off(tmp_path: Path, cut: int) -> None:
    path = write(tmp_path / "id.jsonl", START, BEGUN, ENDED)
    path.write_bytes(path.read_bytes()[:-cut])
    run = read(path)
    # Without its newline alone, the record is whole.
    assert run.steps == {"apply": "ok" if cut == 1 else "started"}
    sink = FileSink(path)
    sink.write(OVER)
    sink.close()
    assert read(path).outcome == "ok"


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\x01\xff\xfe",
        b"[]",
        b"5",
        b"null",
        b'"text"',
        b"{",
        b'{"event": "run.start", "pid": "x"}',
        b'{"event": "run.start", "arguments": 5}',
        b'{"event": "run.start", "at": {}}',
        b'{"event": "run.end", "at": null}',
        b'{"event": "run.start", "pid": 1e999}',
        b"[" * 100_000,
        b'{"event": ["run.end"]}',
        b"\xe2\x80\xa8",
    ],
)
def test_garbage_is_left_out(tmp_path: Path, garbage: bytes) -> None:
    path = write(tmp_path / "id.jsonl", START, TARGET)
    path.write_bytes(path.read_bytes() + garbage + b"\n" + json.dumps(ENDED).encode() + b"\n")
    run = read(path)
    assert (run.task, run.targets, run.steps) == ("db.migrate", {"version": 6}, {"apply": "ok"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
RECORD = st.fixed_dictionaries(
    {"event": st.sampled_from(["run.start", "target", "step.start", "step.end", "run.end", "other"])},
    optional={name: JSON for name in START if name != "event"} | {"name": JSON, "value": JSON, "outcome": JSON},
)


@given(st.lists(RECORD | st.binary(max_size=30), max_size=6))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_breaks_the_reading(tmp_path: Path, lines: list[Any]) -> None:
    path = tmp_path / "id.jsonl"
    path.write_bytes(b"\n".join(x if isinstance(x, bytes) else json.dumps(x).encode() for x in lines))
    assert read(path).id == "id"


def test_newest_first(tmp_path: Path) -> None:
    assert list(all_runs(tmp_path / "none")) == []
    ids = [new_id(1700000000 + second) for second in (0.0, 0.01, 0.9, 1.0, 100.0)]
    assert ids == sorted(ids)
    for id in ids:
        write(tmp_path / f"{id}.jsonl", START)
    (tmp_path / "other.txt").touch()
    assert [run.id for run in all_runs(tmp_path)] == ids[::-1]


def test_an_id() -> None:
    assert new_id(0.5).startswith("19700101-000000-80")
    assert len(new_id()) == len("20260131-120000-ab12")


def test_find(tmp_path: Path) -> None:
    write(tmp_path / "20260131-120000-ab12.jsonl", START)
    assert find(tmp_path, "20260131-120000-ab12").task == "db.migrate"
    for id in ("20260131-120000-ab13", "../runs/20260131-120000-ab12", "", "\x00"):
        with pytest.raises(UsageError) as raised:
            find(tmp_path, id)
        assert raised.value.do == ("inv runs.list",)
    with pytest.raises(UsageError, match=r"did you mean 20260131-120000-ab12\?"):
        find(tmp_path, "20260131-120000-ab13")
    with pytest.raises(UsageError, match="there is no such run"):
        find(tmp_path / "none", "x")


def test_a_journal_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "id.jsonl").mkdir()
    with pytest.raises(UsageError) as raised:
        read(tmp_path / "id.jsonl")
    assert str(raised.value) == f"error: a run's journal can't be read ({tmp_path}/id.jsonl)\n  why: Is a directory"
