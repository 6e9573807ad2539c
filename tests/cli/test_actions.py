"""In GitHub Actions: whole groups, a summary, and masks that only the runner hears."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from longshore.answers import Answer, Table
from longshore.cli.actions import Actions
from longshore.cli.step_summary import LONGEST, append
from longshore.process import masks, redaction
from longshore.steps.plan import Plan, Planned
from longshore.steps.step import Done, ToDo
from tests.cli.sample import CANARY
from tests.command import Inv
from tests.steps.world import Does

A, B, C = Does("a"), Does("b"), Does("c")


def test_groups_of_steps_side_by_side_are_whole(capsys: pytest.CaptureFixture[str]) -> None:
    report = Actions()
    report.begin(A, looking=False)
    report.begin(B, looking=True)
    report.of(B).line("b looks")
    report.begin(B, looking=False)
    report.of(A).line("a 1")
    report.of(B).warn("b warns")
    report.begin(C, looking=False)
    report.of(C).line("c 1")
    report.of(A).progress("a waits", 1, 2)
    report.end(B, "ok", "b is there", 0)
    assert capsys.readouterr().err.splitlines() == ["::group::do a", "  | a 1", "  … a waits (1/2)"]
    report.end(A, "ok", "", 0)
    # B has ended, C goes on and has the log now.
    report.of(C).line("c 2")
    assert capsys.readouterr().err.splitlines() == [
        "::endgroup::",
        "✓ do a",
        "  | b looks",
        "::group::do b",
        "::warning::b warns",
        "::endgroup::",
        "✓ do b: b is there",
        "::group::do c",
        "  | c 1",
        "  | c 2",
    ]
    report.close()
    assert capsys.readouterr().err == "::endgroup::\n"


def test_what_is_kept_is_told_at_an_early_end(capsys: pytest.CaptureFixture[str]) -> None:
    report = Actions()
    for step in (A, B, C):
        report.begin(step, looking=False)
    report.of(C).line("c 1")
    report.close()
    groups = [line for line in capsys.readouterr().err.splitlines() if line.startswith("::")]
    assert groups == [line for step in (A, B, C) for line in (f"::group::{step.title}", "::endgroup::")]


@pytest.fixture
def summary(tmp_path: Path) -> Path:
    return tmp_path / "summary.md"


def lines(summary: Path) -> list[str]:
    """Without empty ones, and without times."""
    return [re.sub(r"\d+\.\d s", "T s", line) for line in summary.read_text().splitlines() if line]


def job(summary: Path) -> dict[str, str]:
    return {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}


def test_the_summary_of_a_run(sample: Inv, summary: Path) -> None:
    summary.write_text("# of an earlier command\n")
    sample("t.make", "--env", "dev", env=job(summary)).check()
    sample("t.make", "--env", "dev", env=job(summary)).check()
    seen = lines(summary)
    assert seen == [
        "# of an earlier command",
        "### `inv t.make --env dev`",
        "| | step | | took |",
        "|---|---|---|--:|",
        "| ✓ | make the file | it is there | T s |",
        "### `inv t.make --env dev`",
        "nothing to do",
    ]


def test_the_summary_of_a_plan_and_of_a_failure(sample: Inv, summary: Path) -> None:
    sample("t.make", "--plan", env=job(summary)).check()
    sample("t.make", "--how", "fails", env=job(summary)).check(1)
    seen = lines(summary)
    assert seen[:4] == ["### `inv t.make --plan`", "| | step | | took |", "|---|---|---|--:|", "| + | make the file | + made |  |"]  # fmt: skip
    assert seen[4:8] == ["### `inv t.make`", "| | step | | took |", "|---|---|---|--:|", "| ✗ | make the file |  | T s |"]  # fmt: skip
    assert seen[8:11] == ["    error: it broke (x)", "      why: the canary is [secret]", "      next: inv t.read"]
    assert CANARY not in summary.read_text()


def test_reading_leaves_no_summary(sample: Inv, summary: Path) -> None:
    sample("t.read", "--name", "x", env=job(summary)).check()
    assert not summary.exists()


def test_steps_that_never_began_are_in_the_summary(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, summary: Path
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    report = Actions("inv ship")
    report.planned(Plan([Planned(A, ToDo("x")), Planned(B, Done()), Planned(C, ToDo("| <b> `x`\n" * 99))]))
    report.begin(A, looking=True)
    report.close()
    report.close()
    rows = lines(summary)[3:]
    assert rows[0].startswith("| ✗ | do a |  | T s |")
    assert rows[1:3] == ["| · | do b | not begun |  |", "| · | do c | not begun |  |"]
    report.summarise(Plan([Planned(C, ToDo("| <b> `x`\n" * 99))]))
    last = summary.read_text().splitlines()[-2]
    assert last.count("|") == 5, "no cell breaks the table"
    assert "<b>" not in last
    assert len(last.replace("&#124;", "|").replace("&lt;", "<").replace("&#96;", "`")) < LONGEST + 30


def test_what_a_run_came_to_stands_above_the_steps(monkeypatch: pytest.MonkeyPatch, summary: Path) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    report = Actions("inv ship")
    report.planned(Plan([Planned(A, ToDo("x"))]))
    report.end(A, "ok", "", 0.04)
    report.conclude(Answer({}, [Table(("", ""), [("image", "bank@sha256:1"), ("database", "version 5")])]))
    report.close()
    assert summary.read_text().splitlines()[:6] == [
        "### `inv ship`",
        "",
        "- image: bank@sha256:1",
        "- database: version 5",
        "",
        "| | step | | took |",
    ]


def test_a_summary_that_cannot_be_written_is_a_warning(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    append("text")
    assert capsys.readouterr().err == "::warning::the job's summary could not be written: Is a directory\n"


RUNNER = {"GITHUB_ACTIONS": "true", "RUNNER_ENVIRONMENT": "github-hosted"}
"""What the runner sets; these tests read our stderr by a pipe, as it does."""


def test_what_is_read_is_masked_before_anything_else(sample: Inv) -> None:
    told = sample("t.read", "--name", "x", env=RUNNER).check()
    first, *rest = told.stderr.splitlines()
    assert first == f"::add-mask::{CANARY}"
    assert CANARY not in "".join(rest) + told.stdout


@pytest.mark.parametrize("missing", sorted(RUNNER))
def test_elsewhere_nothing_is_masked(sample: Inv, missing: str) -> None:
    env = {name: value for name, value in RUNNER.items() if name != missing}
    told = sample("t.read", "--name", "x", env=env).check()
    assert CANARY not in told.stderr + told.stdout


@pytest.mark.parametrize(
    "script", ['"$@" 2>said', '"$@" 2>&1 | tee said >/dev/null', '"$@" 2>&1 >/dev/null | cat >said']
)
def test_no_mask_where_somebody_else_than_the_runner_reads(sample: Inv, script: str) -> None:
    """A file would keep the value that the mask is for."""
    argv = ["sh", "-c", script, "sh", *sample.argv("t.read", "--name", "x")]
    subprocess.run(argv, cwd=sample.project, env=sample.env(RUNNER), check=True, capture_output=True, timeout=60)
    said = (sample.project / "said").read_text()
    assert "reading [secret]" in said
    assert "add-mask" not in said
    assert CANARY not in said


def test_through_a_shell_of_the_runner_it_is_heard(sample: Inv) -> None:
    argv = ["sh", "-c", '"$@"; exit $?', "sh", *sample.argv("t.read", "--name", "x")]
    told = subprocess.run(
        argv, cwd=sample.project, env=sample.env(RUNNER), check=True, capture_output=True, text=True, timeout=60
    )
    assert told.stderr.startswith(f"::add-mask::{CANARY}\n")


def test_masks_are_by_line() -> None:
    assert masks.commands(["abc", "", "one%\r\nlong line\n", "abcd", "abcd"]) == [
        "::add-mask::one%25%0D%0Along line%0A",
        "::add-mask::one%25",
        "::add-mask::long line",
        "::add-mask::abcd",
    ]


@pytest.mark.usefixtures("nothing_known")
def test_who_listens_hears_each_value_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_listeners", [])
    heard: list[str] = []
    redaction.know("early-value")
    redaction.listen(heard.extend)
    redaction.know("late/value")
    redaction.know("late/value")
    assert sorted(heard) == ["early-value", "late%2Fvalue", "late/value"]
