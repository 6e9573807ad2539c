"""Grants, revocations and moves on the live cluster in this process, and what the cluster then says to a profile."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from longshore.aws.session import choice_of, open_profile
from longshore.cluster.access.grants.grant import grant
from longshore.cluster.access.grants.path import Via
from longshore.cluster.access.grants.revoke import revoke
from longshore.cluster.access.level import Grant
from longshore.cluster.access.principal import Kind
from longshore.cluster.eks import Eks
from longshore.cluster.way import Way
from longshore.environments.environment import Environment
from longshore.errors import LongshoreError
from longshore.programs.kubernetes import Asked, KubernetesError, Reason, Seen
from longshore.steps.run import Outcome, Run, Task
from longshore.steps.step import Step
from longshore.toolchain import programs
from tests.database.rds.rds_sandbox import Told
from tests.live import ACCOUNT
from tests.live_cluster import LiveCluster

HEAD = f"arn:aws:iam::{ACCOUNT}"
GITHUB, DEVELOPER, TESTER, ADMIN = (f"{HEAD}:user/{name}" for name in ("github-ci", "developer", "tester", "admin"))
POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKS"


@dataclass(frozen=True)
class World:
    """`environment` may be of another cluster of the sandbox than the fixture's."""

    live: LiveCluster
    environment: Environment

    def run(self, task: str, steps: Sequence[Step], told: Told | None = None, **arguments: Any) -> Outcome:
        """As the task does."""
        subject = Task(f"cluster.{task}", arguments, self.environment.name, "access")
        run = Run(subject, self.environment.state, told or Told())
        return run.execute(steps, wait_for_lock=60, confirm=lambda plan: None)

    def planned(self, steps: Sequence[Step], task: str = "grant") -> dict[str, Any]:
        """What each step answers in a plan."""
        run = Run(Task(f"cluster.{task}", {}, self.environment.name, "access"), self.environment.state, Told())
        return {one.step.name: one.status for one in run.plan(steps).steps}

    def grant(
        self, name: str = "github-ci", wanted: Grant | None = None, via: Via | None = None, kind: Kind = "user"
    ) -> str:
        """What the proof found."""
        told = Told()
        steps = grant(self.environment, kind, name, wanted or Grant(), via)
        self.run("grant", steps, told, name=name, wanted=str(wanted), via=via)
        return told.details["proof"]

    def revoke(self, name: str = "github-ci", namespace: str = "", kind: Kind = "user") -> Outcome:
        return self.run("revoke", revoke(self.environment, kind, name, namespace), name=name, namespace=namespace)

    def planned_grant(self, name: str, wanted: Grant) -> dict[str, Any]:
        return self.planned(grant(self.environment, "user", name, wanted))

    def seen(self, profile: str, *asked: Asked) -> Seen | None:
        """What the API server says to a token that it has not seen; None for 401."""
        try:
            return way(self.environment, profile).kubectl(fresh=True).seen(*asked)
        except KubernetesError as error:
            assert error.reason is Reason.UNAUTHORIZED, error
            return None

    def groups(self, profile: str) -> set[str] | None:
        """Without the one that everybody is in; None for 401."""
        seen = self.seen(profile)
        return None if seen is None else set(seen.groups) - {"system:authenticated"}

    def may(self, profile: str, *asked: Asked) -> list[bool]:
        seen = self.seen(profile, *asked)
        return [] if seen is None else list(seen.allowed)

    def user(self, name: str, path: str = "/") -> str:
        """A user without a key, made anew; its ARN."""
        self.forget(name)
        return str(self.live.iam.create_user(UserName=name, Path=path)["User"]["Arn"])

    def role(self, name: str, path: str = "/") -> str:
        """A role that everybody of the account may assume; its ARN."""
        iam = self.live.iam
        with contextlib.suppress(iam.exceptions.NoSuchEntityException):
            iam.delete_role(RoleName=name)
        statement = f'{{"Effect": "Allow", "Principal": {{"AWS": "{ACCOUNT}"}}, "Action": "sts:AssumeRole"}}'
        trust = f'{{"Version": "2012-10-17", "Statement": [{statement}]}}'
        return str(iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust)["Role"]["Arn"])

    def forget(self, name: str) -> None:
        """Delete a user of a test's own, without keys."""
        with contextlib.suppress(self.live.iam.exceptions.NoSuchEntityException):
            self.live.iam.delete_user(UserName=name)

    def policies(self, arn: str) -> dict[str, list[str]]:
        """Of an access entry: the policy's short name to its namespaces."""
        found = self.live.entries[arn]["policies"]
        return {policy.removeprefix(POLICY): scope.get("namespaces") or [] for policy, scope in found.items()}


_ways: dict[tuple[str, str, str], Way] = {}


def way(environment: Environment, profile: str) -> Way:
    """Into a cluster as a profile. (botocore takes its time to make a session.)"""
    place = (str(environment.root), environment.eks_cluster, profile)
    if place not in _ways:
        choice, kubectl = choice_of(environment), programs.find("kubectl")
        cluster = Eks(open_profile(choice)).cluster(environment.eks_cluster)
        assert cluster is not None
        assert kubectl is not None
        session = open_profile(dataclasses.replace(choice, profile=profile))
        _ways[place] = Way(session, cluster, kubectl, environment.state)
    return _ways[place]


def refused(do: Callable[[], object], kind: type[LongshoreError], what: str) -> LongshoreError:
    """The error, which is of this kind, says this, takes at most five lines, and names a next command."""
    with pytest.raises(kind) as caught:
        do()
    text = " ".join(caught.value.lines())
    assert re.search(re.escape(what), text), text
    assert len(caught.value.lines()) <= 5
    assert caught.value.do, text
    return caught.value
