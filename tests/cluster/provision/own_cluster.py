"""Clusters of a test's own on the live sandbox: made by cluster.create's steps, killed in the middle, removed afterwards.

As a program: own_cluster.py FOLDER CLUSTER create|add-nodes|scale-nodes|delete WHEN runs the steps and ends itself by SIGKILL: at a record
of the journal (`step.start cluster`), or in the n-th wait for AWS, after its first look (`wait 1`).
"""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from longshore.aws import waiting
from longshore.aws.session import open_session
from longshore.cluster.provision.add_nodes import add_nodes
from longshore.cluster.provision.create import create
from longshore.cluster.provision.delete import delete
from longshore.cluster.provision.scale_nodes import scale_nodes
from longshore.environments.environment import SANDBOX, Environment
from longshore.environments.load import load
from longshore.steps.journal import FileSink
from longshore.steps.run import Outcome, Run, Task
from longshore.steps.step import Step
from tests.command import ROOT
from tests.database.rds.rds_sandbox import Told

RECIPES: Mapping[str, Callable[[Environment], list[Step]]] = {
    "create": create,
    "add-nodes": lambda environment: add_nodes(environment, 2),
    "scale-nodes": lambda environment: scale_nodes(environment, 3),
    "delete": delete,
}


def own(environment: Environment, name: str, **fields: Any) -> Environment:
    """The same sandbox with a cluster of that name."""
    return dataclasses.replace(environment, eks_cluster=name, **fields)


def a_run(environment: Environment, task: str, told: Told | None = None) -> Run:
    subject = f"cluster-{environment.eks_cluster}"
    return Run(Task(f"cluster.{task}", {}, environment.name, subject), environment.state, told or Told())


def perform(environment: Environment, steps: Sequence[Step], task: str = "create", told: Told | None = None) -> Outcome:
    """Run steps as their task does. Two tests' runs are kept apart by the cluster's name."""
    return a_run(environment, task, told).execute(steps, wait_for_lock=60, confirm=lambda plan: None)


def planned(environment: Environment, steps: Sequence[Step], task: str = "create") -> dict[str, Any]:
    """What each step answers in a plan."""
    return {one.step.name: one.status for one in a_run(environment, task).plan(steps).steps}


def eks(environment: Environment) -> Any:
    return open_session(environment).client("eks")


def described(environment: Environment) -> dict[str, Any] | None:
    client = eks(environment)
    try:
        found: dict[str, Any] = client.describe_cluster(name=environment.eks_cluster)["cluster"]
    except client.exceptions.ResourceNotFoundException:
        return None
    return found


def groups(environment: Environment) -> dict[str, dict[str, Any]]:
    client, name = eks(environment), environment.eks_cluster
    names = client.list_nodegroups(clusterName=name)["nodegroups"]
    return {one: client.describe_nodegroup(clusterName=name, nodegroupName=one)["nodegroup"] for one in names}


def remove(environment: Environment) -> None:
    """By AWS's own calls, whatever state a test has left it in."""
    client, name = eks(environment), environment.eks_cluster
    end = time.monotonic() + 60
    while (found := described(environment)) is not None:
        assert time.monotonic() < end, found
        try:
            for group in client.list_nodegroups(clusterName=name)["nodegroups"]:
                client.delete_nodegroup(clusterName=name, nodegroupName=group)
            client.delete_cluster(name=name)
        except (client.exceptions.ResourceInUseException, client.exceptions.ResourceNotFoundException):
            pass
        except client.exceptions.InvalidRequestException:
            client.update_cluster_config(name=name, deletionProtection=False)
        time.sleep(0.1)


def killed(environment: Environment, what: str, when: str) -> str:
    """Run a recipe in a process that kills itself; returns all that it said."""
    ended = subprocess.run(
        [sys.executable, __file__, str(environment.root), environment.eks_cluster, what, when],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


class Trigger(FileSink):
    """Ends the process once the wished record (`step.start cluster`) is on the disk."""

    wished = ""

    def write(self, record: Mapping[str, Any]) -> None:
        super().write(record)
        if f"{record['event']} {record.get('step', '')}".strip() == self.wished:
            os.kill(os.getpid(), signal.SIGKILL)


def die_in_wait(number: int) -> None:
    """End the process in so many-th wait for AWS, after its first look."""
    left = number

    def wait(run: Any, what: str, minutes: float, look: Callable[[], waiting.Look]) -> None:
        nonlocal left
        left -= 1
        while True:
            over = look().over
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            if over:
                return
            time.sleep(0.1)

    waiting.wait = wait


if __name__ == "__main__":
    folder, cluster, what, when = sys.argv[1:]
    environment = own(load(Path(folder), SANDBOX, variables={}), cluster)
    event, _, number = when.partition(" ")
    if event == "wait":
        die_in_wait(int(number))
    Trigger.wished = when
    Run.sink = Trigger
    told = Told()
    perform(environment, RECIPES[what](environment), what, told)
    print("\n".join(told.lines))
