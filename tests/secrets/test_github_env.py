from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from longshore.environments.environment import Environment
from longshore.errors import Failed, UsageError
from longshore.secrets import dialects
from longshore.secrets.dialects.dialect import CannotCarry
from longshore.secrets.github_env import masks
from longshore.secrets.recipes import pull
from longshore.steps.run import Outcome
from longshore.steps.step import Done, ToDo
from tests.secrets.helpers import CANARY, Told, secrets_client

Perform = Callable[..., Outcome]
PEM = "-----BEGIN KEY-----\nMIIB100%\r\n-----END KEY-----\n"


@pytest.fixture
def variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that GITHUB_ENV names, with what an earlier command of the step wrote."""
    path = tmp_path / "set_env_1"
    path.write_text("EARLIER=1")
    path.chmod(0o644)
    monkeypatch.setenv("GITHUB_ENV", str(path))
    return path


def create(values: dict[str, str]) -> None:
    secrets_client().create_secret(Name="bank/prod", SecretString=json.dumps(values))


def test_values_are_masked_and_appended(
    aws: Environment, perform: Perform, variable: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    create({"NAME": CANARY, "PEM": PEM, "PORT": "5432", "EMPTY": ""})
    outcome = perform(pull(aws, dialect="github"))
    assert outcome.acted == ("app-env",)
    status = outcome.plan.steps[-1].status
    assert isinstance(status, ToDo)
    assert status.changes == ("append 4 keys to $GITHUB_ENV, after ::add-mask:: for their values",)
    assert capfd.readouterr().out.splitlines() == [
        f"::add-mask::{CANARY}",
        "::add-mask::-----BEGIN KEY-----%0AMIIB100%25%0D%0A-----END KEY-----%0A",
        "::add-mask::-----BEGIN KEY-----",
        "::add-mask::MIIB100%25",
        "::add-mask::-----END KEY-----",
    ]
    text = variable.read_bytes().decode()
    assert text.startswith("EARLIER=1\nEMPTY<<longshore_")
    read = dialects.find("github").parse(text)
    assert read == {"EARLIER": "1", "EMPTY": "", "NAME": CANARY, "PEM": PEM, "PORT": "5432"}
    assert stat.S_IMODE(variable.stat().st_mode) == 0o644
    assert not (aws.root / "app.env").exists()


def test_twice_appends_once(
    aws: Environment, perform: Perform, variable: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    create({"NAME": CANARY})
    perform(pull(aws, dialect="github"))
    text = variable.read_text()
    capfd.readouterr()
    outcome = perform(pull(aws, dialect="github"))
    assert outcome.acted == ()
    assert outcome.plan.steps[-1].status == Done("1 key in $GITHUB_ENV")
    assert variable.read_text() == text
    assert capfd.readouterr().out == ""


def test_the_file_is_not_touched_before_the_masks_are_out(
    aws: Environment, perform: Perform, variable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create({"NAME": CANARY})
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w") as nobody_reads_it:
        monkeypatch.setattr("sys.stdout", nobody_reads_it)
        with pytest.raises(Failed) as caught:
            perform(pull(aws, dialect="github"))
        monkeypatch.undo()
        # What could not be written is dropped, or closing would try again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), nobody_reads_it.fileno())
    assert caught.value.lines()[:3] == [
        "error: could not mask the values, nothing was written (standard output)",
        f"  why: {os.strerror(errno.EPIPE)}",
        "  next: leave standard output to GitHub's runner, which reads the masks from it",
    ]
    assert variable.read_text() == "EARLIER=1"


def test_no_mask_hides_what_is_short_empty_or_a_plain_setting() -> None:
    values = {
        "PORT": "5432",
        "ENVIRONMENT": "production",
        "DURATION": "15m",
        "EMPTY": "",
        "TOKEN": "abc",
        "BLANKS": "     ",
    }
    assert masks(values) == []
    assert masks({"TOKEN": "abcd", "PIN": "5432", "LINES": "ab\n\ncdef"}) == [
        "::add-mask::abcd",
        "::add-mask::5432",
        "::add-mask::ab%0A%0Acdef",
        "::add-mask::cdef",
    ]


def test_outside_of_actions_it_is_told_what_to_do(aws: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ENV", raising=False)
    with pytest.raises(UsageError) as caught:
        pull(aws, dialect="github")
    assert caught.value.lines() == [
        "error: there is no $GITHUB_ENV to append to (dialect github)",
        "  why: only a step of a GitHub Actions job has one",
        "  next: run it in a step",
        "  next: or for another reader: inv secrets.pull --env prod --dialect bash",
    ]


def test_another_file_can_t_be_named(aws: Environment, variable: Path) -> None:
    with pytest.raises(UsageError, match="--out can't be given with the dialect github"):
        pull(aws, Path("app.env"), dialect="github")


@pytest.mark.parametrize("key", ["GITHUB_SHA", "RUNNER_OS", "NODE_OPTIONS"])
def test_what_the_runner_lets_no_step_set_is_refused(
    aws: Environment, perform: Perform, variable: Path, key: str, capfd: pytest.CaptureFixture[str]
) -> None:
    create({key: CANARY, "A": "1"})
    with pytest.raises(CannotCarry) as caught:
        perform(pull(aws, dialect="github"))
    assert caught.value.keys == (key,)
    assert variable.read_text() == "EARLIER=1"
    assert capfd.readouterr().out == ""


def test_a_file_that_the_runner_can_t_read_is_left_alone(aws: Environment, perform: Perform, variable: Path) -> None:
    variable.write_text("no assignment\n")
    create({"NAME": CANARY})
    with pytest.raises(UsageError) as caught:
        perform(pull(aws, dialect="github"))
    assert caught.value.lines() == [
        f"error: github can't read this file ({variable})",
        "  why: line 1: no assignment",
        "  next: mend what the step wrote there before",
    ]


def test_a_folder_is_no_such_file(aws: Environment, perform: Perform, variable: Path) -> None:
    variable.unlink()
    variable.mkdir()
    create({"NAME": CANARY})
    with pytest.raises(UsageError, match=r"can't read the file that \$GITHUB_ENV names"):
        perform(pull(aws, dialect="github"))


def test_a_plan_prints_and_writes_nothing(
    aws: Environment, variable: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from longshore.steps.run import Run, Task

    create({"NAME": CANARY})
    Run(Task("secrets.pull", {}, "prod", "app-env"), tmp_path / "state", Told()).plan(pull(aws, dialect="github"))
    assert capfd.readouterr().out == ""
    assert variable.read_text() == "EARLIER=1"
