"""A small project of its own, and its sandbox environment, for the tests of this folder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from longshore.environments.environment import SANDBOX, Environment
from longshore.environments.load import load
from longshore.steps.report import Silent
from longshore.steps.run import Outcome, Run, Task
from longshore.steps.step import Step

ACCOUNT = "111122223333"
REGION = "eu-central-1"
FILES = {
    "base": f"DEFAULT_ENV=sandbox\nAWS_REGION={REGION}\nAPP=bank\nDB_URL_KEY=DB_SOURCE\n",
    "dev": f"AWS_PROFILE=developer\nAWS_ACCOUNT_ID={ACCOUNT}\nSECRETS=aws:bank/dev\n",
    "prod": f"AWS_PROFILE=default\nAWS_ACCOUNT_ID={ACCOUNT}\nSECRETS=aws:bank/prod\nDB_INSTANCE=bank-prod\nPROTECTED=true\n",
    "sandbox": "LIKE=prod\nAWS_PROFILE=default\n",
}


def make(folder: Path) -> Environment:
    """A project with three environments and a sandbox that plays prod."""
    (folder / "env").mkdir(parents=True)
    for name, text in FILES.items():
        (folder / "env" / f"{name}.env").write_text(text)
    return load(folder, SANDBOX, variables={})


def run(environment: Environment, steps: Callable[..., list[Step]], **arguments: bool) -> Outcome:
    """Run the steps of up, down or reset as their task does."""
    return execute(environment, f"sandbox.{steps.__name__}", steps(environment, **arguments))


def execute(environment: Environment, task: str, steps: Sequence[Step]) -> Outcome:
    run = Run(Task(task, {}, environment.name, "sandbox"), environment.state, Silent())
    return run.execute(steps, wait_for_lock=60, confirm=lambda plan: None)


def shell(script: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What bash makes of a script."""
    return subprocess.run(["bash", "-eu", "-c", script], env=environ, capture_output=True, text=True, timeout=60)


AWS = str(Path(sys.executable).with_name("aws"))
