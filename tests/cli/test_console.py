from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import threading

import pytest

from longshore.cli.actions import Actions, harmless
from longshore.cli.console import Plain, reporter
from longshore.cli.live import Terminal
from longshore.process.redaction import know
from longshore.steps.plan import Plan, Planned
from longshore.steps.step import Done, ToDo, Unknown
from tests.command import Inv, until
from tests.steps.world import Does

STEP = Does("up")


def test_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    report = Plain()
    report.note("a note")
    report.warn("a warning")
    report.line("said\rover")
    report.planned(Plan([Planned(STEP, ToDo("v5 -> v6")), Planned(Does("down"), Done("x"))]))
    report.begin(STEP, looking=True)
    report.begin(STEP, looking=False)
    report.progress("waiting", 1, 3)
    report.progress("waiting", 2, 3)
    report.progress("for more")
    report.end(STEP, "ok", "v6", 1.26)
    report.end(STEP, "failed", "", 0.01)
    report.end(STEP, "done", "x", 0.0)
    report.close()
    assert capsys.readouterr().err.splitlines() == [
        "a note",
        "warning: a warning",
        "  | said over",
        "+ do up",
        "    v5 -> v6",
        "= do down: x",
        "> do up",
        "  … waiting (1/3)",
        "  … for more",
        "✓ do up: v6 (1.3 s)",
        "✗ do up",
    ]


def test_what_could_not_be_seen_before_is_told_once_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    report = Plain()
    report.planned(Plan([Planned(STEP, Unknown("seen later")), Planned(Does("down"), Done("x"))]))
    report.end(STEP, "done", "proven", 0.0)
    report.end(Does("down"), "done", "x", 0.0)
    report.close()
    assert capsys.readouterr().err.splitlines() == [
        "? do up: not checked, seen later",
        "= do down: x",
        "= do up: proven",
    ]


@pytest.mark.parametrize("looking", [True, False])
def test_a_step_that_says_nothing_has_a_sign_of_life(capsys: pytest.CaptureFixture[str], looking: bool) -> None:
    report = Plain(every=0.01)
    report.begin(STEP, looking)
    seen: list[str] = []
    word = "looking at" if looking else "working on"
    until(lambda: seen.append(capsys.readouterr().err) or f"  … still {word}: do up (0 s)\n" in "".join(seen))  # type: ignore[func-returns-value]
    report.close()


def test_the_sign_of_life_ends_with_the_step(capsys: pytest.CaptureFixture[str]) -> None:
    report = Plain(every=0.01)
    report.progress("waiting for it")
    seen: list[str] = []
    until(lambda: seen.append(capsys.readouterr().err) or "still waiting for it (0 s)" in "".join(seen))  # type: ignore[func-returns-value]
    report.close()
    until(lambda: not any(thread is report._beat for thread in threading.enumerate()))


@pytest.mark.usefixtures("nothing_known")
def test_everything_is_redacted(capsys: pytest.CaptureFixture[str]) -> None:
    know("s3cret%value")
    for report in (Plain(), Actions(), Terminal()):
        report.note("s3cret%value")
        report.warn("s3cret%value")
        report.line("s3cret%value")
        report.progress("s3cret%value")
        report.end(STEP, "ok", "s3cret%value", 0)
        report.close()
    assert "s3cret" not in capsys.readouterr().err


def test_github_actions(capsys: pytest.CaptureFixture[str]) -> None:
    report = Actions()
    report.warn("50%\nof it")
    report.begin(STEP, looking=True)
    report.begin(STEP, looking=False)
    report.line("::add-mask::bank")
    report.end(STEP, "ok", "v6", 0)
    report.close()
    assert capsys.readouterr().err.splitlines() == [
        "::warning::50%25%0Aof it",
        "::group::do up",
        "  | ::add-mask::bank",
        "::endgroup::",
        "✓ do up: v6",
    ]


def test_what_a_thread_says_after_its_step_has_ended(capsys: pytest.CaptureFixture[str]) -> None:
    for report in (Plain(), Terminal(), Actions()):
        report.begin(STEP, looking=False)
        voice = report.of(STEP)
        report.end(STEP, "ok", "", 0)
        voice.progress("late")
        voice.warn("late, and not to be missed")
        assert report._at == {}
        report.close()
        told = capsys.readouterr().err
        assert "late, and not to be missed" in told
        assert "… late" not in told


def test_harmless() -> None:
    assert harmless("a\n::error::b\r  ::debug::c\nd ##[group]e") == "a\n| ::error::b\n|   ::debug::c\nd ## [group]e"


def runner_commands(text: str) -> list[str]:
    """What GitHub's runner takes for commands: it cuts lines at CR and LF, and trims them."""
    lines = [line.strip() for line in re.split(r"[\r\n]", text)]
    return [line for line in lines if line.startswith("::") or "##[" in line]


def test_a_program_cannot_give_the_runner_commands(sample: Inv) -> None:
    result = sample("t.make", "--how", "hostile", env={"GITHUB_ACTIONS": "true"}).check()
    assert runner_commands(result.stderr) == [
        "::group::make the file",
        "::warning::50%25 is%0Anot much ::error::",
        "::endgroup::",
    ]
    assert "  | ::add-mask::bank\n" in result.stderr


def test_an_error_is_an_annotation(sample: Inv) -> None:
    result = sample("t.make", "--how", "fails", env={"GITHUB_ACTIONS": "true"}).check(1)
    last = result.stderr.splitlines()[-1]
    assert last.startswith(
        "::error::error: it broke (x)%0A  why: the canary is [secret]%0A  next: inv t.read%0A  go on: "
    )


def test_which_one_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert type(reporter("inv t")) is Plain
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert type(reporter("inv t")) is Actions


def test_a_dumb_terminal_gets_lines(sample: Inv) -> None:
    result = sample("t.make", tty=True, env={"TERM": "dumb"}).check()
    assert "\x1b" not in result.stderr


def test_a_live_line_at_a_terminal(sample: Inv) -> None:
    """Seen on the terminal while the step still waits."""
    ours, theirs = pty.openpty()
    env = {"TERM": "xterm-256color", **sample.env()}
    process = subprocess.Popen(
        sample.argv("t.make", "--how", "waits"), cwd=sample.project, env=env, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    seen = b""
    while b"waiting for the file" not in seen or b"1/3" not in seen:
        seen += os.read(ours, 4096)
    assert process.poll() is None
    process.terminate()
    while True:
        try:
            seen += os.read(ours, 4096)
        except OSError:
            break
    assert process.wait(60) == 130
    os.close(ours)
    text = seen.decode()
    assert re.search(r"[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]", text), "a spinner"
    assert "\x1b[?25h" in text.rpartition("\x1b[?25l")[2], "the cursor is back"
    assert "interrupted" in text


@pytest.mark.parametrize("name", ["NO_COLOR", ""])
def test_no_color_is_honoured(sample: Inv, name: str) -> None:
    result = sample("t.make", tty=True, env={"TERM": "xterm-256color", **({name: "1"} if name else {})}).check()
    colours = re.findall(r"\x1b\[[0-9;]*m", result.stderr)
    assert [code for code in colours if re.search(r"\b(3[1-7]|9[0-7]|38)\b", code)] == [] if name else True
    assert "✓ make the file: it is there" in result.stderr


def test_the_terminal_leaves_texts_as_they_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    report = Terminal()
    report.note("arn:aws:iam::1:user :key: [bold]x[/bold] " + "long " * 20 + "end")
    report.close()
    assert capsys.readouterr().err == "arn:aws:iam::1:user :key: [bold]x[/bold] " + "long " * 20 + "end\n"


def test_side_by_side_at_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    report = Terminal()
    faults: list[BaseException] = []

    def work(step: Does) -> None:
        try:
            for _ in range(50):
                report.begin(step, looking=True)
                report.progress("x", 1, 2)
                report.end(step, "done", "", 0)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(Does(name),)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report.close()
    assert faults == []
    assert report._picture is None


def test_a_table_is_never_wrapped(inv: Inv) -> None:
    shown = inv("env.show", env={"COLUMNS": "20"}).check().stdout
    assert "  AWS_REGION" in shown
    assert max(len(line) for line in shown.splitlines()) > 80
    assert "\x1b" not in shown
    assert json.loads(inv("env.show", "--json").check().stdout)["schema"] == 1
