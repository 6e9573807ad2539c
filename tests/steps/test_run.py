from __future__ import annotations

import json
import stat
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from longshore.errors import Exit, Failed, LongshoreError, Refused, UsageError
from longshore.steps import journal as journals
from longshore.steps.looking import Looking, look
from longshore.steps.plan import Plan
from longshore.steps.report import Silent
from longshore.steps.run import Run, Task
from longshore.steps.step import Context, Done, Status, Step, ToDo, Unknown
from tests.command import Python, until
from tests.steps.world import TASK, Back, Does, Make, Notes, agree, execute, fails, unseen


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def journal_of(state: Path) -> Path:
    (path,) = (state / "runs").iterdir()
    return path


def events(state: Path) -> list[dict[str, Any]]:
    """The records, without what differs from run to run."""
    lines = [json.loads(line) for line in journal_of(state).read_text().splitlines()]
    return [{key: value for key, value in line.items() if key not in ("at", "who", "pid", "seconds")} for line in lines]


def test_look_act_look_again(state: Path) -> None:
    seen: list[str] = []

    def check(run: Context) -> Status:
        seen.append("look")
        return Done("v6") if "act" in seen else ToDo("v5 -> v6")

    outcome = execute(state, [Does("up", check=check, apply=lambda run: seen.append("act"))])
    assert seen == ["look", "look", "act", "look"]
    assert outcome.acted == ("up",)
    assert events(state) == [
        {
            "event": "run.start",
            "schema": 1,
            "task": "db.rollback",
            "arguments": {"steps": 1},
            "environment": "prod",
            "subject": "database",
        },
        {"event": "step.start", "step": "up", "changes": ["v5 -> v6"]},
        {"event": "step.end", "step": "up", "outcome": "ok", "found": "v6"},
        {"event": "run.end", "outcome": "ok"},
    ]
    assert stat.S_IMODE(journal_of(state).stat().st_mode) == 0o600
    assert journal_of(state).stem == outcome.id


def test_the_record_stands_before_the_act(state: Path) -> None:
    seen: list[str] = []

    def apply(run: Context) -> None:
        seen.extend(journal_of(state).read_text().splitlines())

    execute(state, [Does("up", apply)])
    assert json.loads(seen[-1]) | {"at": 0} == {"event": "step.start", "at": 0, "step": "up", "changes": ["up is done"]}


def test_nothing_to_do_leaves_no_journal(state: Path) -> None:
    outcome = execute(state, [Does("a", check=lambda run: Done("v6"))])
    assert (outcome.id, outcome.acted, outcome.plan.to_do) == ("", (), False)
    assert not (state / "runs").exists()
    assert execute(state, []).acted == ()


def test_what_is_done_is_skipped(state: Path, tmp_path: Path) -> None:
    (tmp_path / "one").touch()
    outcome = execute(state, [Make(tmp_path, "one"), Make(tmp_path, "two")])
    assert outcome.acted == ("two",)
    assert events(state)[1] == {"event": "step.end", "step": "one", "outcome": "done", "found": "one is there"}


def test_acted_and_still_not_done(state: Path) -> None:
    with pytest.raises(Failed) as raised:
        execute(state, [Does("up", check=lambda run: ToDo("v5 -> v6")), Does("next")])
    assert str(raised.value).splitlines() == [
        "error: acted, and it is still not done: do up",
        "  why: v5 -> v6",
        f"  go on: inv runs.resume --id {journal_of(state).stem}",
    ]
    ends = [event for event in events(state) if event["event"].endswith("end")]
    assert ends[0] == {"event": "step.end", "step": "up", "outcome": "failed", "error": "v5 -> v6"}
    assert (ends[1]["event"], ends[1]["outcome"]) == ("run.end", "failed")


def test_acted_and_not_to_be_seen_afterwards(state: Path) -> None:
    step = Does("up", check=lambda run: Unknown("no rights") if step.acted else ToDo("x"))
    with pytest.raises(Failed, match="still not done: do up\n  why: no rights"):
        execute(state, [step])


def test_what_cannot_be_seen_when_its_turn_comes_is_not_done_blindly(state: Path) -> None:
    step = Does("up", check=unseen("no rights"))
    with pytest.raises(Failed, match="can't see whether this is done: do up\n  why: no rights"):
        execute(state, [step])
    assert step.acted == 0
    assert [event["event"] for event in events(state)] == ["run.start", "run.end"]


def test_known_only_after_the_step_before(state: Path, tmp_path: Path) -> None:
    second = Does(
        "second",
        check=lambda run: (
            Unknown("after one") if not (tmp_path / "one").exists() else Done() if second.acted else ToDo("x")
        ),
    )
    assert execute(state, [Make(tmp_path, "one"), second]).acted == ("one", "second")


def test_a_failing_act_stops_the_run(state: Path) -> None:
    last = Does("last")
    with pytest.raises(Failed) as raised:
        execute(state, [Does("up", fails("it broke")), last])
    assert raised.value.resume == f"inv runs.resume --id {journal_of(state).stem}"
    assert last.acted == 0
    assert events(state)[1:] == [
        {"event": "step.start", "step": "up", "changes": ["up is done"]},
        {"event": "step.end", "step": "up", "outcome": "failed", "error": "error: it broke"},
        {"event": "run.end", "outcome": "failed", "error": "error: it broke"},
    ]


def test_not_confirmed_leaves_nothing(state: Path) -> None:
    step = Does("up")

    def refuse(plan: Plan) -> None:
        assert plan.to_do
        raise Refused("not confirmed")

    with pytest.raises(Refused) as raised:
        Run(TASK, state, Silent()).execute([step], wait_for_lock=0, confirm=refuse)
    assert (step.acted, raised.value.resume) == (0, "")
    assert not (state / "runs").exists()


def test_a_wrong_order_is_found_before_anything(state: Path) -> None:
    step = Does("a")
    with pytest.raises(ValueError, match="waits for"):
        execute(state, [step, Does("b", after=("c",))])
    assert step.acted == 0


def test_independent_steps_overlap(state: Path) -> None:
    barrier = threading.Barrier(2, timeout=30)

    def meet(run: Context) -> None:
        barrier.wait()

    steps = [Does("a", meet, after=()), Does("b", meet, after=()), Does("c", after=("a", "b"))]
    outcome = execute(state, steps)
    assert set(outcome.acted[:2]) == {"a", "b"}
    assert outcome.acted[2] == "c"


def test_the_first_error_wins_and_the_other_step_ends(state: Path) -> None:
    failed = threading.Event()

    def fail(run: Context) -> None:
        failed.set()
        raise Failed("first")

    def go_on(run: Context) -> None:
        assert failed.wait(30)
        until(lambda: "first" in journal_of(state).read_text())

    slow, last = Does("slow", go_on, after=()), Does("last", after=("slow",))
    with pytest.raises(Failed, match="first"):
        execute(state, [Does("fails", fail, after=()), slow, last])
    assert (slow.acted, last.acted) == (1, 0)
    ends = {event["step"]: event["outcome"] for event in events(state) if event["event"] == "step.end"}
    assert ends == {"fails": "failed", "slow": "ok"}
    assert events(state)[-1] == {"event": "run.end", "outcome": "failed", "error": "error: first"}


def test_a_target_is_absolute_and_stands_in_the_journal(state: Path, tmp_path: Path) -> None:
    (tmp_path / "version").write_text("6")
    execute(state, [Back(tmp_path)])
    assert (tmp_path / "version").read_text() == "5"
    assert events(state)[1] == {"event": "target", "name": "version", "value": 5}
    execute(state, [Back(tmp_path)])
    assert (tmp_path / "version").read_text() == "4", "a run that has finished is not gone on with"


def test_a_target_that_is_known_late_is_recorded_before_the_act(state: Path, tmp_path: Path) -> None:
    def check(run: Context) -> Status:
        if not (tmp_path / "one").exists():
            return Unknown("after one")
        return Done() if late.acted else ToDo(str(run.target("key", lambda: "AKIA...")))

    late = Does("late", check=check)
    execute(state, [Make(tmp_path, "one"), late])
    kinds = [(event["event"], event.get("step") or event.get("name")) for event in events(state)]
    assert kinds[3:5] == [("target", "key"), ("step.start", "late")]


def interrupt_after_back(tmp_path: Path, state: Path, task: Task = TASK) -> str:
    (tmp_path / "version").write_text("6")
    with pytest.raises(Failed) as raised:
        execute(state, [Back(tmp_path), Does("broken", fails("it broke"))], task=task)
    assert (tmp_path / "version").read_text() == "5"
    return raised.value.resume.removeprefix("inv runs.resume --id ")


def test_the_same_command_again_goes_for_the_same_target(state: Path, tmp_path: Path) -> None:
    id = interrupt_after_back(tmp_path, state)
    notes = Notes()
    outcome = execute(state, [Back(tmp_path), Does("mended")], notes)
    assert (tmp_path / "version").read_text() == "5", "one step back stays one step"
    assert (outcome.id, outcome.acted) == (id, ("mended",))
    assert notes.told[0] == f"goes on with run {id}, which did not finish"
    assert journals.read(journal_of(state)).finished
    execute(state, [Back(tmp_path)])
    assert (tmp_path / "version").read_text() == "4"


def test_the_plan_is_that_of_going_on(state: Path, tmp_path: Path) -> None:
    interrupt_after_back(tmp_path, state)
    plan = Run(TASK, state, Silent()).plan([Back(tmp_path)])
    assert plan.json()["steps"] == [
        {"name": "back", "title": "go one version back", "status": "done", "found": "version 5"}
    ]


def test_a_run_that_is_gone_on_with_does_nothing_that_was_not_asked_for(state: Path, tmp_path: Path) -> None:
    record = journals.find(state / "runs", interrupt_after_back(tmp_path, state))
    looks = iter([Done("v5"), ToDo("v6 -> v5")])
    step = Does("back", check=lambda run: next(looks))
    asked: list[Plan] = []
    run = Run(TASK, state, Silent(), resume=record)
    outcome = run.execute([step], wait_for_lock=0, confirm=asked.append)
    assert (asked, step.acted, outcome.acted) == ([], 0, ())


@pytest.mark.parametrize("error", [Refused, UsageError])
def test_refused_says_that_nothing_was_touched_so_it_is_a_failure_once_a_step_has_acted(
    state: Path, error: type[LongshoreError]
) -> None:
    def refuse(run: Context) -> Status:
        if run.planning:
            return ToDo("the second")
        raise error("no")

    with pytest.raises(error) as told:
        execute(state, [Does("first"), Does("second", check=refuse)])
    assert told.value.code == Exit.FAILED
    with pytest.raises(error) as told:
        execute(state, [Does("second", check=refuse)])
    assert told.value.code == error.code


def test_nothing_left_to_do_ends_the_run_that_did_not_finish(state: Path, tmp_path: Path) -> None:
    id = interrupt_after_back(tmp_path, state)
    assert execute(state, [Back(tmp_path)]).id == id
    assert journals.read(journal_of(state)).finished


@pytest.mark.parametrize(
    "other",
    [
        Task("db.rollback", {"steps": 2}, "prod", "database"),
        Task("db.rollback", {}, "prod", "database"),
        Task("db.rollback", {"steps": 1}, "dev", "database"),
        Task("db.migrate", {"steps": 1}, "prod", "database"),
    ],
)
def test_another_command_has_a_target_of_its_own(state: Path, tmp_path: Path, other: Task) -> None:
    interrupt_after_back(tmp_path, state)
    execute(state, [Back(tmp_path)], task=other)
    assert (tmp_path / "version").read_text() == "4"


def test_a_later_run_of_the_subject_ends_the_going_on(state: Path, tmp_path: Path) -> None:
    interrupt_after_back(tmp_path, state)
    (tmp_path / "version").write_text("9")
    execute(state, [Make(tmp_path, "one")], task=Task("db.migrate", {}, "prod", "database"))
    execute(state, [Back(tmp_path)])
    assert (tmp_path / "version").read_text() == "8"


def test_resume_by_id(state: Path, tmp_path: Path) -> None:
    id = interrupt_after_back(tmp_path, state)
    record = journals.find(state / "runs", id)
    run = Run(TASK, state, Silent(), resume=record)
    outcome = run.execute([Back(tmp_path), Does("mended")], wait_for_lock=0, confirm=agree)
    assert (outcome.id, outcome.acted) == (id, ("mended",))
    assert (tmp_path / "version").read_text() == "5"
    record = journals.read(journal_of(state))
    assert record.finished
    assert record.steps == {"back": "done", "broken": "failed", "mended": "ok"}


def test_garbage_in_a_journal_does_not_stop_the_next_run(state: Path, tmp_path: Path) -> None:
    (state / "runs").mkdir(parents=True)
    (state / "runs" / "29990101-000000-0000.jsonl").write_bytes(b'{"event": "run.start", "pid": {}}\n\xff\x00\n{')
    assert execute(state, [Make(tmp_path, "one")]).acted == ("one",)


# Killed at each record: kill -9 by the journal's own sink, after it and (with a minus) before it, then the same command again.

KILL = "import sys; from pathlib import Path; from tests.steps import world; world.main(Path(sys.argv[1]), int(sys.argv[2]))"


@pytest.mark.parametrize("number", [*range(-9, 0), *range(1, 9)])
def test_killed_at_each_record(python: Python, tmp_path: Path, number: int) -> None:
    (tmp_path / "version").write_text("6")
    assert python(KILL, tmp_path, number).code == -9
    python(KILL, tmp_path, 0).check()
    assert (tmp_path / "version").read_text() == "5"
    assert sorted((tmp_path / "acts").read_text().splitlines()) == ["back 6", "one", "two"], "nothing is done twice"
    outcomes = [journals.read(path).outcome for path in sorted((tmp_path / "state" / "runs").iterdir())]
    # Before its target was written down, a run has done nothing, and the next one is a new one.
    assert outcomes == (["unfinished", "ok"] if number in (-1, 1, -2) else ["ok"])


def test_killed_after_the_last_record_it_had_finished(python: Python, tmp_path: Path) -> None:
    (tmp_path / "version").write_text("6")
    assert python(KILL, tmp_path, 9).code == -9
    assert journals.read(journal_of(tmp_path / "state")).finished
    python(KILL, tmp_path, 0).check()
    assert (tmp_path / "version").read_text() == "4", "the same command again is one more step back"


def test_there_are_nine_records(tmp_path: Path) -> None:
    (tmp_path / "version").write_text("6")
    execute(tmp_path / "state", [Make(tmp_path, "one"), Back(tmp_path), Make(tmp_path, "two")])
    assert len(events(tmp_path / "state")) == 9


# Signals.

INTERRUPTED = """
import sys
from pathlib import Path
from longshore.errors import LongshoreError
from longshore.process import signals
from longshore.process.run import run
from tests.steps.world import Does, execute
signals.install()
folder = Path(sys.argv[1])
def by_program(context):
    run(["sh", "-c", "echo >begun; while :; do sleep 0.05; done"], cwd=folder, keep_open=context.keep_open())
def by_waiting(context):
    (folder / "begun").touch()
    context.sleep(300)
def by_library(context):
    try:
        by_waiting(context)
    except Exception:
        raise ConnectionError("the library says something else")
def swallowed(context):
    try:
        by_waiting(context)
    except Exception:
        pass
last = Does("last")
try:
    execute(folder / "state", [Does("act", globals()[sys.argv[2]]), last])
except LongshoreError as error:
    print(int(error.code), error.resume, last.acted)
except ConnectionError:
    print("library")
"""


@pytest.mark.parametrize("number", [2, 15])
@pytest.mark.parametrize("how", ["by_program", "by_waiting", "by_library", "swallowed"])
def test_interrupted_the_last_record_is_true(python: Python, tmp_path: Path, how: str, number: int) -> None:
    process = python.start(INTERRUPTED, tmp_path, how)
    until(lambda: (tmp_path / "begun").exists())
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    run = journals.read(journal_of(tmp_path / "state"))
    assert run.outcome == "interrupted", stderr
    assert run.records[-1]["event"] == "run.end"
    assert run.steps == {"act": "ok" if how == "swallowed" else "interrupted"}
    said = "library\n" if how == "by_library" else f"130 inv runs.resume --id {run.id} 0\n"
    assert stdout == said


# Reading tasks.


def test_steps_that_only_look_for_a_reading_task(tmp_path: Path) -> None:
    notes = Notes()
    looking: list[bool] = []

    def check(run: Context) -> Status:
        looking.append(run.planning and run.id == "" and run.keep_open() == () and run.target("x", lambda: 5) == 5)
        return Done("found")

    look([Does("who", check=check)], notes)
    assert looking == [True]
    assert notes.told == ["who done found"]
    with pytest.raises(Refused):
        look([Does("who", check=_refuse)], notes)
    assert isinstance(Looking(notes).report, Notes)


def _refuse(run: Context) -> Status:
    raise Refused("the wrong account")


def test_what_is_told(state: Path, tmp_path: Path) -> None:
    notes = Notes()
    (tmp_path / "one").touch()
    execute(state, [Make(tmp_path, "one"), Make(tmp_path, "two")], notes)
    assert notes.told == [
        "one done one is there",
        "two to do + two",
        "one done one is there",
        "two ok two is there",
    ]


def test_a_sink_of_a_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    class Sink:
        def __init__(self, path: Path) -> None:
            self.path = path

        def write(self, record: Mapping[str, Any]) -> None:
            seen.append(str(record["event"]))

        def close(self) -> None:
            seen.append("closed")

    monkeypatch.setattr(Run, "sink", Sink)
    steps: list[Step] = [Make(tmp_path, "one")]
    execute(tmp_path / "state", steps)
    assert seen == ["run.start", "step.start", "step.end", "run.end", "closed"]
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["locks"]
