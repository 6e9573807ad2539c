"""Where the benchmarks run: a project and a sandbox of their own, which are ended and removed afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from longshore.aws.session import open_session
from longshore.environments.environment import SANDBOX
from longshore.environments.load import load
from tests.live import git

ROOT = Path(__file__).parent.parent.parent


class Ground:
    """A project folder with the bank's settings, and the variables of the sandbox in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LONGSHORE_ENV", "PG"))
        }
        self.env |= {"PYTHONPATH": str(ROOT), "AWS_EC2_METADATA_DISABLED": "true"}

    def inv(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "invoke", *words]

    def call(self, *words: str) -> str:
        """Run a task untimed; what it printed."""
        ended = subprocess.run(self.inv(*words), cwd=self.folder, env=self.env, capture_output=True, text=True)
        if ended.returncode != 0:
            raise RuntimeError(f"inv {' '.join(words)}: {ended.stderr[-800:]}")
        return ended.stdout

    def client(self, service: str) -> Any:
        """boto3's, for a service of the sandbox, as the profile of its environment."""
        return open_session(load(self.folder, SANDBOX, variables={})).client(service)

    def commit(self, *names: str) -> None:
        """Bring more of the bank here, and make a repository of the folder."""
        for name in names:
            source = ROOT / "examples" / "bank" / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, self.folder / name)
        (self.folder / ".gitignore").write_text(".longshore/\n*.env\n!env/*.env\n*.local.env\n")
        git(self.folder, "init", "-q")
        git(self.folder, "add", ".")
        git(self.folder, "commit", "-q", "-m", "bank")

    def with_sandbox(self) -> dict[str, str]:
        """The variables that `eval "$(inv sandbox.env)"` gives a shell."""
        exports = self.call("sandbox.env")
        printed = subprocess.run(
            ["sh", "-c", f"{exports}\nenv -0"],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=True,
        )
        return dict(line.partition("=")[::2] for line in printed.stdout.split("\0") if "=" in line)

    def migrations(self, count: int, statement: str = "CREATE TABLE t{number} (id int);") -> None:
        """Put so many migrations into the project's folder, in place of what is there."""
        folder = self.folder / "migrations"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for number in range(1, count + 1):
            (folder / f"{number:06}_m.up.sql").write_text(statement.format(number=number))
            (folder / f"{number:06}_m.down.sql").write_text(f"DROP TABLE t{number};")

    def empty(self) -> None:
        """An empty database."""
        env = self.with_sandbox()
        subprocess.run(
            ["psql", "-qc", "DROP SCHEMA public CASCADE", "-c", "CREATE SCHEMA public"],
            env=env, check=True, capture_output=True,
        )  # fmt: skip


@contextmanager
def ground() -> Iterator[Ground]:
    """Raise the sandbox; end it and remove everything at the end."""
    folder = Path(tempfile.mkdtemp(prefix="longshore-bench-"))
    try:
        for name in ("env", "k8s", "migrations"):
            shutil.copytree(ROOT / "examples" / "bank" / name, folder / name)
        (folder / "tasks.py").write_text(
            f'import sys\n\nsys.modules.pop("tasks", None)\nsys.path.insert(0, {str(ROOT)!r})\nfrom tasks.project import ns\n'
        )
        here = Ground(folder)
        here.call("tools.install")
        here.call("sandbox.up")
        try:
            yield here
        finally:
            here.call("sandbox.reset", "--confirm", "sandbox")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
