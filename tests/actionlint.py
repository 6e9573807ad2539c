"""actionlint: what GitHub would say of a workflow, without GitHub. (The JSON schema of workflows knows no expressions and no shell.)"""

from __future__ import annotations

import subprocess
from pathlib import Path

from longshore.steps.report import Silent
from longshore.toolchain import build
from longshore.toolchain.catalogue import GoProgram

ACTIONLINT = GoProgram(
    name="actionlint",
    package="github.com/rhysd/actionlint/cmd/actionlint",
    source="github.com/rhysd/actionlint",
    folder=Path(__file__).resolve().parents[1] / "tools" / "actionlint",
)


def faults_of(*workflows: Path) -> str:
    """What is wrong with them; empty where nothing is. The program is built (20 s) the first time. Other linters that are on PATH have no say."""
    argv = [build.built(ACTIONLINT, Silent()), "-no-color", "-oneline", "-shellcheck=", "-pyflakes=", *workflows]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False).stdout
