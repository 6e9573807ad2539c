"""Every task that changes something on AWS, in the database or in a cluster, against another account than the environment's: exit 3, and no write.

The tasks are enumerated from the registry: one that is new and not listed here fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

import tasks
from longshore.cli.task import Task
from tests.live import told
from tests.live_cluster import LiveCluster

pytestmark = pytest.mark.integration

HERE_ONLY = {"aws.configure", "db.new", "sandbox.down", "sandbox.reset", "sandbox.up"}
"""What these change is on this machine, and they ask no account about it."""

CALLS: dict[str, Sequence[str]] = {
    "app.delete": [],
    "app.deploy": [],
    "app.restart": [],
    "app.rollback": [],
    "app.scale": ["--replicas", "1"],
    "certs.install": [],
    "certs.issuer": ["--email", "ops@example.com"],
    "certs.renew": ["--host", "bank.example.com"],
    "certs.request": ["--host", "bank.example.com"],
    "cluster.add-nodes": ["--count", "1"],
    "cluster.connect": ["--kubeconfig", "kubeconfig"],
    "cluster.create": [],
    "cluster.delete": [],
    "cluster.grant": ["--user", "github-ci"],
    "cluster.migrate-access": [],
    "cluster.revoke": ["--user", "github-ci"],
    "cluster.scale-nodes": ["--count", "1"],
    "cluster.undo": [],
    "db.create": [],
    "db.deprovision": [],
    "db.drop": [],
    "db.dump": ["--out", "bank.dump"],
    "db.force": ["--to", "1"],
    "db.goto": ["--to", "1"],
    "db.migrate": [],
    "db.provision": [],
    "db.repair": [],
    "db.restore": ["--file", "bank.dump"],
    "db.rollback": [],
    "iam.add-user": ["--user", "ana", "--group", "developer"],
    "iam.key": ["--user", "github-ci", "--save-as", "other"],
    "iam.oidc": ["--repo", "acme/bank", "--branch", "main"],
    "iam.remove-user": ["--user", "github-ci"],
    "iam.roles": [],
    "iam.rotate-key": ["--user", "github-ci", "--save-as", "github"],
    "iam.setup": [],
    "image.build": [],
    "image.login": [],
    "image.prune": [],
    "image.push": [],
    "ingress.add": ["--host", "bank.example.com", "--service", "bank"],
    "ingress.install": [],
    "ingress.remove": ["--host", "bank.example.com"],
    "secrets.generate": ["--key", "COOKIE_KEY"],
    "secrets.pull": [],
    "secrets.push": ["--file", "values.env"],
    "secrets.rollback": [],
    "secrets.set": ["--key", "COOKIE_KEY"],
    "secrets.unset": ["--key", "COOKIE_KEY"],
    "ship": [],
}


def changing() -> set[str]:
    """The tasks that change something of an environment."""
    assert tasks.ns is not None
    public = {f"{room}.{name}" for room, inner in tasks.ns.collections.items() for name in inner.task_names}
    public |= set(tasks.ns.tasks)
    return {path for path in public if (task := Task.registry[path]).subject and task.works_on_environment}


def test_every_task_that_changes_something_is_here() -> None:
    assert changing() - HERE_ONLY == set(CALLS)


@pytest.fixture
def elsewhere(live_cluster: LiveCluster) -> Iterator[LiveCluster]:
    """The sandbox's account is not the environment's."""
    (live_cluster.project / "values.env").write_text("COOKIE_KEY=abcdefgh\n")
    (live_cluster.project / "bank.dump").write_bytes(b"")
    (live_cluster.project / "Dockerfile").write_text("FROM scratch\nCOPY values.env /\n")
    live_cluster.env_file(
        "sandbox.local", "AWS_ACCOUNT_ID=999988887777\nDB_INSTANCE=bank-dev\nECR_REPOSITORY=bank\nK8S_OVERLAY=env\n"
    )
    yield live_cluster
    for name in ("values.env", "bank.dump", "Dockerfile", "env/sandbox.local.env"):
        (live_cluster.project / name).unlink(missing_ok=True)


@pytest.mark.parametrize("path", sorted(CALLS))
@pytest.mark.parametrize("plan", [(), pytest.param(("--plan",), marks=pytest.mark.exhaustive)], ids=["act", "plan"])
def test_exit_3_and_no_write(elsewhere: LiveCluster, path: str, plan: Sequence[str]) -> None:
    calls, mark = len(elsewhere.calls()), elsewhere.api_mark()
    before = elsewhere.version
    words = [path, "--env", "sandbox", *CALLS[path], *plan, *([] if plan else ["--confirm", "sandbox"])]
    ended = elsewhere.inv(*words, input="a value of a secret\n")
    told(ended, 3, "wrong account 111122223333, nothing was touched", "inv aws.profiles")
    assert elsewhere.writes(calls) == []
    assert elsewhere.api_writes(mark, everyone=True) == []
    assert elsewhere.version == before
