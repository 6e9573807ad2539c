"""A sandbox whose RDS instances are real servers, and a run that tells a test what it said."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from longshore.aws.session import open_session
from longshore.database.connection.url import parse
from longshore.database.rds.provision import provision
from longshore.environments.environment import SANDBOX, Environment
from longshore.environments.load import load
from longshore.sandbox import kept, lifecycle
from longshore.sandbox.layout import Layout
from longshore.steps.plan import Plan
from longshore.steps.report import Silent
from longshore.steps.run import Outcome, Run, Task
from longshore.steps.step import Step
from tests.command import ROOT
from tests.sandbox import project

TASK = "db.provision"


@contextmanager
def running(folder: Path) -> Iterator[Environment]:
    """A project whose sandbox runs, faults allowed; it is removed afterwards."""
    project.run(project.make(folder), lifecycle.up, faults=True)
    environment = again(folder)
    try:
        yield environment
    finally:
        project.run(environment, lifecycle.reset)


def again(folder: Path, **fields: Any) -> Environment:
    """The sandbox's environment, read from its files; keywords replace its fields."""
    return dataclasses.replace(load(folder, SANDBOX, variables={}), **fields)


def own(environment: Environment, name: str, **fields: Any) -> Environment:
    """The same sandbox with an instance and a secret of the test's own."""
    return dataclasses.replace(environment, db_instance=name, secrets=f"aws:bank/{name}", **fields)


def named_after(test: str) -> str:
    """An identifier of an RDS instance for a test; its end tells parameters apart."""
    return "t-" + re.sub(r"[^a-z0-9]+", "-", test.lower())[-50:].strip("-")


class Told(Silent):
    """A reporter that keeps everything, and what each step answered last."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.details: dict[str, str] = {}

    def note(self, text: str) -> None:
        self.lines.append(text)

    warn = line = note

    def progress(self, text: str, done: int | None = None, total: int | None = None) -> None:
        self.lines.append(text)

    def planned(self, plan: Plan) -> None:
        self.lines.append(json.dumps(plan.json()))

    def begin(self, step: Step, looking: bool) -> None:
        self.lines.append(step.title)

    def end(self, step: Step, outcome: str, detail: str, seconds: float) -> None:
        self.lines.append(detail)
        self.details[step.name] = detail


def perform(environment: Environment, steps: Sequence[Step], told: Told | None = None, task: str = TASK) -> Outcome:
    """Run steps as their task does. Two tests' runs are kept apart by the instance's name."""
    return a_run(environment, told, task).execute(steps, wait_for_lock=60, confirm=lambda plan: None)


def a_run(environment: Environment, told: Told | None = None, task: str = TASK) -> Run:
    subject = f"database-{environment.db_instance}"
    return Run(Task(task, {}, environment.name, subject), environment.state, told or Told())


def client(environment: Environment, service: str) -> Any:
    return open_session(environment).client(service)


def fault(environment: Environment, name: str, operation: str, times: int, service: str = "rds") -> None:
    """Switch a fault of the sandbox's AWS on."""
    found = kept.load(Layout.of(environment))
    assert found is not None
    url = client(environment, "rds").meta.endpoint_url
    body = json.dumps({"fault": name, "service": service, "operation": operation, "times": times}).encode()
    headers = {"X-Sandbox-Token": found.faults_token}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/_sandbox/faults", body, headers), timeout=10) as answer:
        assert answer.status < 300


def secret_values(environment: Environment) -> dict[str, str]:
    found = client(environment, "secretsmanager").get_secret_value(SecretId=environment.secrets.removeprefix("aws:"))
    values: dict[str, str] = json.loads(found["SecretString"])
    return values


def remove(environment: Environment) -> None:
    """Have the instance deleted, with nothing kept; its server's memory is wanted by the next test."""
    rds, name = client(environment, "rds"), environment.db_instance
    try:
        rds.modify_db_instance(DBInstanceIdentifier=name, DeletionProtection=False, ApplyImmediately=True)
        rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    except rds.exceptions.DBInstanceNotFoundFault:
        return


def killed(environment: Environment, what: str, when: str) -> str:
    """Run steps of RDS in a process that kills itself (kill_rds.py); returns all that it said."""
    script = Path(__file__).with_name("kill_rds.py")
    ended = subprocess.run(
        [sys.executable, str(script), str(environment.root), environment.db_instance, what, when],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    return ended.stdout + ended.stderr


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Poll until it is true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def described(environment: Environment) -> dict[str, Any]:
    found = client(environment, "rds").describe_db_instances(DBInstanceIdentifier=environment.db_instance)
    assert len(found["DBInstances"]) == 1
    one: dict[str, Any] = found["DBInstances"][0]
    return one


def master(environment: Environment) -> psycopg.Connection[Any]:
    found = described(environment)
    login = json.loads(master_secret(environment))
    assert set(login) == {"username", "password"}
    where = found["Endpoint"]
    return psycopg.connect(
        host=where["Address"], port=where["Port"], user=login["username"], password=login["password"], dbname="postgres",
        sslmode="disable", autocommit=True,
    )  # fmt: skip


def master_secret(environment: Environment) -> str:
    arn = described(environment)["MasterUserSecret"]["SecretArn"]
    text: str = client(environment, "secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    return text


def prove(environment: Environment) -> None:
    """The end state: one instance, one role, one database of its own, and a secret that opens it."""
    assert described(environment)["DBInstanceStatus"] == "available"
    url = secret_values(environment)["DB_SOURCE"]
    with psycopg.connect(url) as database:
        row = database.execute("SELECT current_user, current_database()").fetchone()
        assert row == ("bank", "bank")
        database.execute("CREATE TABLE proof (id int)")
        database.rollback()
    with master(environment) as connection:
        role = connection.execute("SELECT rolsuper, rolcreaterole, rolcanlogin FROM pg_roles WHERE rolname = 'bank'")
        assert role.fetchall() == [(False, False, True)]
        owner = connection.execute("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'bank'")
        assert owner.fetchall() == [("bank",)]
    assert perform(environment, provision(environment)).acted == ()


def assert_unseen(environment: Environment, *texts: str) -> None:
    """No password is in what was said, nor in any journal."""
    login = json.loads(master_secret(environment))
    passwords = [parse(secret_values(environment)["DB_SOURCE"]).password, login["password"]]
    journals = [path.read_text() for path in (environment.state / "runs").glob("*.jsonl")]
    assert journals
    for password in passwords:
        assert len(password) >= 20
        assert not [text for text in (*texts, *journals) if password in text or json.dumps(password)[1:-1] in text]


def put(environment: Environment, values: Mapping[str, str]) -> None:
    """Write the secret by other means."""
    name = environment.secrets.removeprefix("aws:")
    client(environment, "secretsmanager").put_secret_value(SecretId=name, SecretString=json.dumps(values))


def by_hand(environment: Environment, **settings: Any) -> None:
    client(environment, "rds").create_db_instance(
        DBInstanceIdentifier=environment.db_instance, Engine="postgres", DBInstanceClass="db.t4g.micro", AllocatedStorage=20,
        MasterUsername="someone", **settings,
    )  # fmt: skip
