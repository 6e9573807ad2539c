from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from longshore.aws.config_files import files_of
from longshore.aws.use import hint, lines
from longshore.errors import Exit, UsageError


@pytest.fixture(autouse=True)
def profiles(clean: Path) -> None:
    (clean / ".aws").mkdir()
    (clean / ".aws" / "config").write_text('[default]\n[profile github]\n[profile "ana\'s own"]\n')


def test_the_line_for_eval() -> None:
    assert lines("github", files_of(None)) == ("export AWS_PROFILE='github'",)
    assert hint("github") == 'this shell is not changed yet; to change it: eval "$(inv aws.use --profile github)"'


def test_what_would_act_instead_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "AWS_DEFAULT_PROFILE"):
        monkeypatch.setenv(name, "x")
    assert lines("github", files_of(None))[1:] == ("unset AWS_ACCESS_KEY_ID AWS_SESSION_TOKEN AWS_DEFAULT_PROFILE",)


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_shell_evaluates_any_name(shell: str) -> None:
    script = "\n".join(lines("ana's own", files_of(None))) + '\nprintf %s "$AWS_PROFILE"'
    assert subprocess.run([shell, "-c", script], capture_output=True, text=True, check=True).stdout == "ana's own"


@pytest.mark.parametrize("name", ["githb", ""])
def test_an_unknown_profile(name: str) -> None:
    with pytest.raises(UsageError) as told:
        lines(name, files_of(None))
    assert told.value.code is Exit.USAGE
    assert ("did you mean github?" in str(told.value)) is bool(name)
    assert told.value.why == "the profiles are default, github, ana's own"
