"""Exit codes, messages, confirmation, plans, JSON: of real `inv` calls."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
from pathlib import Path

import pytest

from longshore.errors import LONGEST_LINE
from tests.cli.sample import CANARY
from tests.command import Inv, lives, until

NOTE = "environment dev, profile default (from env/dev.env:1)"


def test_an_error_is_five_lines_and_exit_1(sample: Inv) -> None:
    result = sample("t.make", "--how", "fails").check(1)
    lines = result.stderr.splitlines()
    (journal,) = (sample.project / ".longshore" / "runs").iterdir()
    assert lines[-4:] == [
        "error: it broke (x)",
        "  why: the canary is [secret]",
        "  next: inv t.read",
        f"  go on: inv runs.resume --id {journal.stem}",
    ]
    assert result.stdout == ""


def test_hostile_long_messages(sample: Inv) -> None:
    result = sample("t.wrong", "--how", "long").check(2)
    lines = result.stderr.splitlines()
    assert len(lines) == 5
    assert all(len(line) <= LONGEST_LINE for line in lines)
    assert [line.split(":")[0] for line in lines] == ["error", "  why", "  next", "  next", "  next"]


def test_what_nobody_expected_is_no_traceback(sample: Inv) -> None:
    result = sample("t.wrong", "--how", "other").check(1)
    first, then = result.stderr.splitlines()
    assert first.startswith("error: unexpected ValueError: one two three one")
    assert then == "  next: the same command with LONGSHORE_DEBUG=1 shows where; please report it"
    crash = sample("t.make", "--how", "crashes").check(1)
    assert CANARY not in crash.stderr
    assert sample("t.wrong", "--how", "exit").code == 7


def test_the_traceback_is_shown_when_asked_for(sample: Inv) -> None:
    result = sample("t.make", "--how", "crashes", env={"LONGSHORE_DEBUG": "1"})
    assert result.code == 1
    assert "Traceback (most recent call last):" in result.stderr
    assert "in apply" in result.stderr
    assert CANARY not in result.stderr


def test_a_socket_that_breaks_is_no_success(sample: Inv) -> None:
    result = sample("t.wrong", "--how", "pipe").check(1)
    assert result.stderr.startswith("error: unexpected BrokenPipeError: a socket\n")


def test_invokes_debug_log_shows_no_secret(sample: Inv) -> None:
    result = sample("--debug", "t.make", "--how", "hostile")
    assert result.code == 0
    assert "invoke.program" in result.stderr
    assert "sh.command" not in result.stderr
    assert "sh.stream" not in result.stderr


def test_done_then_nothing_to_do(sample: Inv) -> None:
    first = sample("t.make").check()
    assert (sample.project / "made").exists()
    assert first.stdout == ""
    (journal,) = (sample.project / ".longshore" / "runs").iterdir()
    told = first.stderr.splitlines()
    assert told[-1] == f"done: t.make (run {journal.stem})"
    assert "> make the file" in told
    assert "✓ make the file: it is there" in told
    assert sample("t.make").check().stderr.splitlines()[-1] == "nothing to do"
    assert len(list((sample.project / ".longshore" / "runs").iterdir())) == 1


def test_a_plan_does_nothing(sample: Inv) -> None:
    result = sample("t.make", "--plan").check()
    assert result.stdout == "+ make the file\n    + made\n--plan: nothing was done\n"
    assert sample("t.make", "--plan", "--exit-code").check(4).stdout == result.stdout
    assert not (sample.project / "made").exists()
    assert not (sample.project / ".longshore").exists()
    sample("t.make").check()
    result = sample("t.make", "--plan", "--exit-code").check(0)
    assert result.stdout == "= make the file: it is there\nnothing to do\n"


def test_json_on_stdout_and_messages_on_stderr(sample: Inv) -> None:
    result = sample("t.make", "--plan", "--json", "--exit-code").check(4)
    assert json.loads(result.stdout) == {
        "schema": 1,
        "task": "t.make",
        "to_do": True,
        "steps": [{"name": "touch", "title": "make the file", "status": "to do", "changes": ["+ made"]}],
    }
    acted = json.loads(sample("t.make", "--json").check().stdout)
    (journal,) = (sample.project / ".longshore" / "runs").iterdir()
    assert (acted["run"], acted["acted"], acted["schema"]) == (journal.stem, ["touch"], 1)
    assert acted["ended"] == {"touch": "it is there"}
    assert json.loads(sample("t.make", "--json").check().stdout)["run"] is None
    read = sample("t.read", "--name", "x", "--json").check()
    assert json.loads(read.stdout) == {"schema": 1, "name": "x", "secret": "[secret]"}
    assert read.stderr == "reading [secret]\n"


def test_an_answer_for_a_person(sample: Inv) -> None:
    result = sample("t.read", "--name", "x", "--rows", "2").check()
    assert result.stdout == "  a      b\n  row 0  [secret]\n  row 1  [secret]\na note\n"
    assert sample("t.read", "--name", "bad").check(1).stdout.endswith("a note\n")


@pytest.mark.parametrize("words", [["--rows", "20000"], ["--rows", "20000", "--json"], []])
def test_whoever_reads_may_go(sample: Inv, words: list[str]) -> None:
    argv = " ".join([*sample.argv("t.read", "--name", "x", *words), "| head -1; exit ${PIPESTATUS[0]}"])
    ended = subprocess.run(
        ["bash", "-c", argv], cwd=sample.project, env=sample.env(), capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "reading [secret]\n")
    assert len(ended.stdout.splitlines()) == 1


def test_whoever_reads_the_messages_may_go_and_it_is_finished_all_the_same(sample: Inv) -> None:
    argv = " ".join([*sample.argv("t.make", "--how", "loud"), "2>&1 | head -1; exit ${PIPESTATUS[0]}"])
    ended = subprocess.run(
        ["bash", "-c", argv], cwd=sample.project, env=sample.env(), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0
    assert (sample.project / "made").exists()
    (journal,) = (sample.project / ".longshore" / "runs").iterdir()
    assert json.loads(journal.read_text().splitlines()[-1])["outcome"] == "ok"


# Confirmation.


def test_a_protected_environment_without_a_terminal(sample: Inv) -> None:
    # The task never looks at its environment: it is asked for all the same.
    result = sample("t.make", "--env", "prod").check(3)
    assert result.stderr.splitlines()[-3:] == [
        "error: not confirmed (prod)",
        "  why: prod is protected, and there is no terminal to ask at",
        "  next: inv t.make --env prod --confirm prod",
    ]
    assert not (sample.project / "made").exists()
    assert not (sample.project / ".longshore" / "runs").exists()


def confirmed(sample: Inv, *words: str) -> str:
    """The line that is told next, where these weren't confirmed."""
    line = sample(*words).check(3).stderr.splitlines()[-1]
    assert line.startswith("  next: ")
    return line.removeprefix("  next: ")


GIVEN = ("--only", "it's this", "--to", "0", "--force-it", "--only=$b", "--wait", "5", "--json", "--profile", "p q")


def test_the_command_is_told_whole_and_can_be_pasted(sample: Inv) -> None:
    line = confirmed(sample, "t.make", "--env", "prod", *GIVEN)
    given = """--to 0 --force-it --only 'it'"'"'s this' --only '$b' --json --wait 5 --profile 'p q'"""
    assert line == f"inv t.make {given} --env prod --confirm prod"
    sample(*shlex.split(line)[1:]).check()
    assert (sample.project / "made").exists()
    assert confirmed(sample, "t.remove", "--confirm", "prod") == "inv t.remove --env dev --confirm dev"


def test_of_a_plan_in_a_file_the_file_is_told(sample: Inv) -> None:
    sample("t.make", "--env", "prod", "--file", "a b", "--plan", "--out", "my plan").check()
    line = confirmed(sample, "t.make", "--plan-file", "my plan")
    assert line == "inv t.make --plan-file 'my plan' --confirm prod"
    sample(*shlex.split(line)[1:]).check()
    assert (sample.project / "a b").exists()


def test_of_a_run_that_is_gone_on_with_the_run_is_told(sample: Inv) -> None:
    sample("t.make", "--env", "prod", "--how", "fails", "--confirm", "prod").check(1)
    (journal,) = (sample.project / ".longshore" / "runs").iterdir()
    resumed = ("runs.resume", "--id", journal.stem)
    assert confirmed(sample, *resumed) == f"inv runs.resume --id {journal.stem} --confirm prod"


@pytest.mark.parametrize("given", ["x" * 400, "two\nlines"])
def test_what_is_no_line_is_told_in_words(sample: Inv, given: str) -> None:
    assert confirmed(sample, "t.make", "--env", "prod", "--only", given) == "the same command with --confirm prod"


def test_a_wrong_name_is_refused(sample: Inv) -> None:
    result = sample("t.make", "--env", "prod", "--confirm", "dev").check(3)
    assert "error: not confirmed (--confirm dev)\n  why: the environment is prod\n" in result.stderr
    assert not (sample.project / "made").exists()
    sample("t.make", "--env", "prod", "--confirm", "prod").check()
    assert (sample.project / "made").exists()


def test_nothing_to_do_is_not_asked(sample: Inv) -> None:
    (sample.project / "made").touch()
    sample("t.make", "--env", "prod").check()


def test_a_destructive_task_asks_everywhere(sample: Inv) -> None:
    result = sample("t.remove").check(3)
    assert "  why: this can't be undone, and there is no terminal to ask at\n" in result.stderr
    sample("t.remove", "--confirm", "dev").check()


def test_a_plan_is_not_asked(sample: Inv) -> None:
    sample("t.remove", "--env", "prod", "--plan").check()


@pytest.mark.parametrize(("typed", "code"), [("prod\n", 0), ("dev\n", 3), ("\n", 3), ("\x04", 3), ("y\n", 3)])
def test_typed_at_a_terminal(sample: Inv, typed: str, code: int) -> None:
    result = sample("t.make", "--env", "prod", tty=True, input=typed, after="(prod): ").check(code)
    assert "prod is protected. Type its name to go on (prod): " in result.stderr
    assert (sample.project / "made").exists() is (code == 0)


# Interruption.


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("how", ["waits", "program"])
def test_interrupted_is_exit_130_and_leaves_nothing(sample: Inv, number: signal.Signals, how: str) -> None:
    process = sample.start("t.make", "--how", how)
    until(lambda: (sample.project / "begun").exists())
    process.send_signal(number)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    (journal,) = (sample.project / ".longshore" / "runs").iterdir()
    lines = stderr.splitlines()
    assert lines[-1] == f"  go on: inv runs.resume --id {journal.stem}"
    assert any(line.startswith("error: interrupted") for line in lines)
    assert "Traceback" not in stderr
    assert json.loads(journal.read_text().splitlines()[-1])["outcome"] == "interrupted"
    if how == "program":
        assert not lives(int((sample.project / "self").read_text()))


def test_exit_code_alone_does_not_act(sample: Inv) -> None:
    result = sample("t.make", "--exit-code").check(2)
    assert result.stderr.splitlines()[-3:] == [
        "error: --exit-code goes with --plan (t.make)",
        "  why: without it the task would act",
        "  next: inv t.make --help",
    ]
    assert not (sample.project / "made").exists()


@pytest.mark.parametrize("how", ["plan looks", "run looks"])
def test_interrupted_before_the_first_act(sample: Inv, how: str) -> None:
    process = sample.start("t.make", "--how", how)
    until(lambda: (sample.project / "begun").exists())
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    told = stderr[stderr.index("error:") :].splitlines()
    assert told[0] == "error: interrupted, nothing was touched"
    # Only a run that has a journal can be gone on with.
    assert [line.startswith("  go on: ") for line in told[2:]] == ([True] if how == "run looks" else [])


def test_interrupted_at_the_prompt(sample: Inv) -> None:
    result = sample("t.make", "--env", "prod", tty=True, input="\x03", after="(prod): ").check(130)
    assert result.stderr.splitlines()[-2:] == [
        "\x1b[31merror: interrupted, nothing was touched\x1b[0m",
        "  why: SIGINT came",
    ]
    assert not (sample.project / "made").exists()


# Two at once.


def test_a_second_one_waits_and_says_for_whom(sample: Inv) -> None:
    first = sample.start("t.make", "--how", "waits")
    until(lambda: (sample.project / "begun").exists())
    result = sample("t.make", "--wait", "0").check(3)
    assert "error: another run works on dev-thing (t.make of " in result.stderr
    assert f"(process {first.pid}, since " in result.stderr
    second = sample.start("t.make", "--file", "other")
    assert second.stderr is not None
    told: list[str] = []
    until(lambda: told.append(second.stderr.readline()) or "waiting up to 60 s for t.make of" in told[-1])  # type: ignore[union-attr, func-returns-value]
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=60)
    second.communicate(timeout=60)
    assert second.returncode == 0
    assert (sample.project / "other").exists()


def test_the_lock_cannot_be_made(sample: Inv) -> None:
    (sample.project / ".longshore").write_text("a file")
    assert "can't make the lock" in sample("t.make").check(2).stderr


def test_below_the_project(sample: Inv) -> None:
    (sample.project / "deep" / "er").mkdir(parents=True)
    sample("t.make", cwd=sample.project / "deep" / "er").check()
    assert (sample.project / "made").exists()


def test_no_project(sample: Inv, tmp_path: Path) -> None:
    for file in (sample.project / "env").iterdir():
        file.unlink()
    lines = sample("t.make").check(2).stderr.splitlines()
    assert lines == [
        f"error: no env/base.env here, nor in any folder above ({sample.project})",
        "  next: longshore init",
    ]


def test_the_note_says_who_acts_and_why(inv: Inv) -> None:
    assert inv("env.show").check().stderr.splitlines()[0] == NOTE
    shown = inv("env.show", env={"AWS_PROFILE": "mine"}).check().stderr
    assert shown.splitlines()[0] == "environment dev, profile mine (from AWS_PROFILE of the shell)"
    shown = inv("env.show", "--profile", "given", env={"AWS_PROFILE": "mine"}).check().stderr
    assert shown.splitlines()[0] == "environment dev, profile given (from --profile)"
    shown = inv("env.show", env={"AWS_PROFILE": ""}).check().stderr
    assert shown.splitlines()[0] == "environment dev, profile (ambient identity) (from AWS_PROFILE of the shell)"


def test_invokes_dry_run_is_refused_and_nothing_acts(sample: Inv) -> None:
    result = sample("--dry", "t.make").check(2)
    assert result.stderr.splitlines() == [
        "error: --dry is Invoke's own and stops nothing here: nothing was done (t.make)",
        "  next: inv t.make --plan",
    ]
    assert not (sample.project / "made").exists()
