"""The jobs that `longshore init --ci github` writes, command by command as a runner's shell gets them; the sandbox plays prod in the second one, too."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from longshore.cli.workflow import Workflow
from tests.ship.conftest import Shipyard

pytestmark = pytest.mark.integration
EXAMPLE = "DB_SOURCE=postgresql://localhost/bank\nTOKEN_SYMMETRIC_KEY=12345678901234567890123456789012\n"


def test_a_change_is_rehearsed_and_shipped(shipyard: Shipyard, tmp_path: Path) -> None:
    live = shipyard.live
    shipyard.commit(**{"app.env.example": EXAMPLE})
    live.put_secret({"DB_SOURCE": live.secret["DB_SOURCE"]})
    jobs = yaml.safe_load(Workflow(live.project).file()._text)["jobs"]
    rehearse, ship = ([step["run"] for step in jobs[name]["steps"] if "run" in step] for name in ("rehearse", "ship"))
    assert rehearse[:2] == ["pip install -r requirements.txt", "inv sandbox.up"]

    (tmp_path / "inv").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m invoke "$@"\n')
    (tmp_path / "inv").chmod(0o755)
    summary = tmp_path / "summary.md"
    env = live.inv.env(shipyard.builder)
    env |= {"PATH": f"{tmp_path}:{env['PATH']}", "RUNNER_TEMP": str(tmp_path)}
    env |= {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    for command in [*rehearse[2:], *(one.replace("prod", "sandbox") for one in ship[1:])]:
        ended = subprocess.run(
            ["bash", "-e", "-c", command],
            cwd=live.project,
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        assert ended.stderr.count("::group::") == ended.stderr.count("::endgroup::")

    (image,) = shipyard.images()
    assert shipyard.bank.image().endswith(f"@{image['imageDigest']}")
    told = summary.read_text().splitlines()
    assert [line for line in told if line.startswith(("###", "nothing"))] == [
        "### `inv secrets.push --env sandbox`",
        "### `inv ship --env sandbox`",
        "### `inv ship --env sandbox --plan`",
        "nothing to do",
        "### `inv ship --env sandbox`",
        "nothing to do",
    ]
    assert f"- image: {shipyard.bank.image()}" in told
    assert any(line.startswith("| ✓ | Migrate the database of sandbox | version 5 |") for line in told)
    assert live.secret["DB_SOURCE"] not in summary.read_text()
