"""The real sandbox for tests: a project with env/, git and migrations; its servers run, and faults of its AWS can be switched on."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from urllib.request import ProxyHandler, Request, build_opener

import psycopg
import pytest

from longshore.environments.environment import SANDBOX, Environment
from longshore.environments.load import load
from longshore.sandbox import kept, lifecycle, settings
from longshore.sandbox.client_files import endpoint
from longshore.sandbox.kept import Kept
from longshore.sandbox.layout import Layout
from longshore.sandbox.secrets import complete
from longshore.steps.journal import RunRecord, all_runs
from longshore.steps.looking import Looking
from longshore.steps.report import Silent
from longshore.steps.run import Run, Task
from longshore.steps.step import Step
from longshore.toolchain import programs
from tests.command import ROOT, lives, until
from tests.gate import AT_THE_GATE, Gate, closed
from tests.running import LiveInv, Running, error_of, migrates_of, told

ACCOUNT = "111122223333"
SECRET = "bank/dev"
BANK = ROOT / "examples" / "bank" / "migrations"
FILES = {
    "base": "DEFAULT_ENV=sandbox\nAWS_REGION=eu-central-1\nAPP=bank\nMIGRATIONS=migrations\nDB_URL_KEY=DB_SOURCE\n",
    "dev": f"AWS_PROFILE=default\nAWS_ACCOUNT_ID={ACCOUNT}\nSECRETS=aws:{SECRET}\n",
    "prod": f"AWS_PROFILE=default\nAWS_ACCOUNT_ID={ACCOUNT}\nSECRETS=aws:bank/prod\nPROTECTED=true\n",
    "sandbox": "LIKE=dev\nAWS_PROFILE=default\n",
}
TASKS = f"""import sys

sys.modules.pop("tasks", None)
sys.path.insert(0, {str(ROOT)!r})
from tasks import ns
"""
WRITES = re.compile(r"^(Create|Put|Update|Delete|Modify|Tag|Untag|Restore|Rotate|Start|Stop|Reboot)")
DATABASE = "bank"


@dataclass(frozen=True)
class Checkout:
    """A project on the sandbox. Another clone has folders of its own, on the same servers."""

    project: Path
    inv: LiveInv

    @property
    def environment(self) -> Environment:
        return load(self.project, SANDBOX, variables={})

    @property
    def state(self) -> Path:
        return self.project / ".longshore"

    @property
    def migrations(self) -> Path:
        return self.project / "migrations"

    def write(self, files: Mapping[str, str]) -> None:
        """Replace all migrations by these."""
        shutil.rmtree(self.migrations)
        self.migrations.mkdir()
        for name, text in files.items():
            (self.migrations / name).write_text(text)

    def env_file(self, name: str, text: str) -> None:
        (self.project / "env" / f"{name}.env").write_text(text)

    def runs(self, task: str = "db.migrate") -> list[RunRecord]:
        """The newest first."""
        return [run for run in all_runs(self.state / "runs") if run.task == task]

    def records(self) -> list[dict[str, Any]]:
        """All lines of the newest run's journal; each must be whole."""
        newest = max((self.state / "runs").glob("*.jsonl"))
        return [json.loads(line) for line in newest.read_text().splitlines()]


@dataclass(frozen=True)
class Live(Checkout):
    """The checkout that the sandbox belongs to."""

    @cached_property
    def layout(self) -> Layout:
        return Layout.of(self.environment)

    @cached_property
    def kept(self) -> Kept:
        found = kept.load(self.layout)
        assert found is not None
        return found

    @property
    def port(self) -> int:
        return self.kept.ports["postgres"]

    # The database.

    def connect(self, database: str = DATABASE, **more: Any) -> psycopg.Connection[Any]:
        """As the superuser, each statement by itself."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", password=self.kept.administrator_password,
            dbname=database, sslmode="disable", autocommit=True, **more,
        )  # fmt: skip

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with self.connect() as database:
            return database.execute(query).fetchall()  # type: ignore[call-overload,no-any-return]

    @property
    def version(self) -> tuple[int, bool] | None:
        """golang-migrate's row."""
        if self.ask("SELECT to_regclass('public.schema_migrations')") == [(None,)]:
            return None
        rows = self.ask("SELECT version, dirty FROM schema_migrations")
        assert len(rows) <= 1
        return rows[0] if rows else None  # type: ignore[return-value]

    @property
    def history(self) -> list[tuple[int, str]]:
        """Version and direction of each record, in their order."""
        if self.ask("SELECT to_regclass('public.longshore_migrations')") == [(None,)]:
            return []
        return self.ask("SELECT version, direction FROM longshore_migrations ORDER BY id")  # type: ignore[return-value]

    @property
    def tables(self) -> set[str]:
        return {name for (name,) in self.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}

    def backends(self, query: str) -> list[int]:
        """The sessions on the database that run a statement like this one now."""
        with self.connect("postgres") as database:
            rows = database.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = %s AND state = 'active' AND query LIKE %s",
                [DATABASE, query],
            ).fetchall()
        return [pid for (pid,) in rows]

    @property
    def answers(self) -> bool:
        """Whether PostgreSQL takes connections; after a fault it may still be starting."""
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def clean_database(self) -> None:
        until(lambda: self.answers)
        with self.connect("postgres") as database:
            database.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
            database.execute(f"CREATE DATABASE {DATABASE} OWNER {DATABASE}")

    # AWS.

    @cached_property
    def secrets_manager(self) -> Any:
        from longshore.aws.session import open_session

        return open_session(self.environment).client("secretsmanager")

    @property
    def secret(self) -> dict[str, str]:
        """The application's complete secret, as the sandbox would have it."""
        wishes = settings.read(self.layout)
        assert wishes is not None
        return complete(wishes, self.kept)

    def put_secret(self, content: str | Mapping[str, str]) -> None:
        text = content if isinstance(content, str) else json.dumps(content)
        self.secrets_manager.put_secret_value(SecretId=SECRET, SecretString=text)

    def fault(self, name: str, service: str, operation: str | None = None, *, times: int = 1) -> None:
        """It happens to the next calls of the service's operation."""
        self._control("POST", "faults", {"fault": name, "service": service, "operation": operation, "times": times})

    def clear_faults(self) -> None:
        self._control("DELETE", "faults")

    def calls(self) -> list[dict[str, Any]]:
        """What AWS was asked, since the sandbox is up."""
        found: list[dict[str, Any]] = self._control("GET", "requests")["requests"]
        return found

    def writes(self, since: int = 0) -> list[str]:
        """The operations that changed, or would have changed, something."""
        return [
            call["operation"] for call in self.calls()[since:] if call["mutating"] or WRITES.match(call["operation"])
        ]

    def _control(self, method: str, what: str, body: Any = None) -> Any:
        request = Request(
            f"{endpoint(self.kept)}/_sandbox/{what}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"x-sandbox-token": self.kept.faults_token},
            method=method,
        )
        with build_opener(ProxyHandler({})).open(request, timeout=10) as answer:
            return json.load(answer)

    # Other checkouts, and the end.

    def clone(self, folder: Path) -> Checkout:
        """A second checkout: its own state folder, the same sandbox, the same files."""
        shutil.copytree(self.project / "env", folder / "env")
        shutil.copytree(self.migrations, folder / "migrations")
        shutil.copy(self.project / "tasks.py", folder)
        there = folder / ".longshore" / "sandbox"
        there.mkdir(parents=True, mode=0o700)
        shutil.copy(self.layout.layer, there)
        return Checkout(folder, LiveInv(folder, self.inv.home))

    def execute(self, task: str, steps: Sequence[Step]) -> None:
        environment = self.environment
        run = Run(Task(task, {}, environment.name, "sandbox"), environment.state, Silent())
        run.execute(steps, wait_for_lock=60, confirm=lambda plan: None)


def git(project: Path, *words: str) -> None:
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", "-C", project, *who, *words], check=True, capture_output=True)


T = TypeVar("T", bound=Live)


@contextmanager
def running(kind: type[T], folder: Path, files: Mapping[str, str], **wishes: Any) -> Iterator[T]:
    """A project with these env files whose sandbox runs, with faults; golang-migrate is built."""
    programs.ensure("migrate", Looking(Silent()))
    project = folder / "project"
    (project / "env").mkdir(parents=True)
    for name, text in files.items():
        (project / "env" / f"{name}.env").write_text(text)
    (project / "tasks.py").write_text(TASKS)
    (project / ".gitignore").write_text(".longshore/\napp.env\n*.local.env\n")
    shutil.copytree(BANK, project / "migrations")
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "bank")
    started = kind(project, LiveInv(project, folder / "home"))
    try:
        started.execute("sandbox.up", lifecycle.up(started.environment, faults=True, **wishes))
        yield started
    finally:
        # A test may have left settings that can't be read.
        for name, text in files.items():
            started.env_file(name, text)
        started.execute("sandbox.reset", lifecycle.reset(started.environment))


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The project without a cluster."""
    with running(Live, tmp_path_factory.mktemp("live"), FILES, without=("cluster",)) as started:
        yield started


@pytest.fixture
def bank(live: Live) -> Live:
    """The same with an empty database, the five files, the complete secret, no run and no fault."""
    live.clear_faults()
    shutil.rmtree(live.migrations)
    shutil.copytree(BANK, live.migrations)
    for name, text in FILES.items():
        live.env_file(name, text)
    for path in (live.project / "env").glob("*.local.env"):
        path.unlink()
    (live.project / "app.env").unlink(missing_ok=True)
    shutil.rmtree(live.state / "runs", ignore_errors=True)
    live.put_secret(live.secret)
    live.clean_database()
    return live


__all__ = [
    "AT_THE_GATE", "DATABASE", "SECRET", "Checkout", "Gate", "Live", "LiveInv", "Running", "bank",
    "closed", "error_of", "live", "lives", "migrates_of", "running", "told", "until",
]  # fmt: skip
