"""secrets.pull for other readers than viper, as a command on the sandbox."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from longshore.secrets import dialects
from tests.live import Live, told
from tests.secrets.helpers import CANARY

pytestmark = pytest.mark.integration


def test_dialect_beats_the_setting(bank: Live) -> None:
    bank.put_secret({"NAME": CANARY, "LINES": "a=\nb"})
    bank.inv("secrets.pull", "--dialect", "compose").check()
    text = (bank.project / "app.env").read_text()
    assert text.startswith("# Written by longshore for compose ")
    assert dialects.find("compose").parse(text) == {"NAME": CANARY, "LINES": "a=\nb"}
    refused = bank.inv("secrets.pull", "--dialect", "docker", "--out", "docker.env")
    lines = told(
        refused,
        2,
        "docker would not read back exactly what is stored (LINES)",
        "inv secrets.set --env sandbox --key LINES",
    )
    assert CANARY not in " ".join(lines)
    assert not (bank.project / "docker.env").exists()


def test_an_unknown_dialect_is_told_with_the_nearest(bank: Live) -> None:
    result = bank.inv("secrets.pull", "--dialect", "dokcer").check(2)
    assert "--dialect can't be 'dokcer'; did you mean docker?" in result.stderr


def test_in_a_github_actions_step(bank: Live, tmp_path: Path) -> None:
    bank.put_secret({"NAME": CANARY, "PEM": "-----BEGIN\nMIIB%\n", "PORT": "5432"})
    variables = tmp_path / "set_env"
    variables.touch(0o600)
    job = {"GITHUB_ACTIONS": "true", "GITHUB_ENV": str(variables)}
    done = bank.inv("secrets.pull", "--dialect", "github", env=job).check()
    assert done.stdout.splitlines() == [
        f"::add-mask::{CANARY}",
        "::add-mask::-----BEGIN%0AMIIB%25%0A",
        "::add-mask::-----BEGIN",
        "::add-mask::MIIB%25",
    ]
    assert CANARY not in done.stderr
    read = dialects.find("github").parse(variables.read_text())
    assert read == {"NAME": CANARY, "PEM": "-----BEGIN\nMIIB%\n", "PORT": "5432"}
    assert stat.S_IMODE(variables.stat().st_mode) == 0o600
    for journal in (bank.state / "runs").iterdir():
        assert CANARY not in journal.read_text()
    planned = bank.inv("secrets.pull", "--dialect", "github", "--plan", "--json", env=job).check()
    assert "NAME" not in json.dumps(json.loads(planned.stdout))


def test_outside_of_github_actions(bank: Live) -> None:
    told(bank.inv("secrets.pull", "--dialect", "github"), 2, "there is no $GITHUB_ENV to append to", "run it in a step")
