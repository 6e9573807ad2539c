"""AWS as botocore's stubs answer it, for what the sandbox's AWS can't be brought to say: failures, quotas, states."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from longshore.aws.session import Choice, Session, open_profile
from longshore.environments.environment import Environment
from longshore.steps.run import Run, Task
from tests.database.rds.rds_sandbox import Told

ENVIRONMENT = Environment(
    name="prod", root=Path("/nowhere"), profile="", region="eu-west-1", account_id="111122223333", subnets=(), security_groups=(),
    eks_cluster="bank-prod", namespace="bank", secrets="aws:bank/prod", app="bank", app_env_dialect="viper", migrations=None,
    db_url_key="DB_SOURCE", db_ca_file=None, db_instance="", migration_history=True, ecr_repository="bank", k8s_overlay=None,
    protected=True,
)  # fmt: skip
TAGS = {"managed-by": "longshore", "longshore:environment": "prod", "app": "bank"}


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a/secret")
    return open_profile(Choice("", "", "eu-west-1", "prod"), attempts=1)


class Stubs:
    """A stub for each service that is asked for."""

    def __init__(self, session: Session, stack: ExitStack) -> None:
        self._session, self._stack = session, stack
        self._there: dict[str, Any] = {}

    def __getattr__(self, service: str) -> Any:
        from botocore.stub import Stubber

        if service not in self._there:
            self._there[service] = self._stack.enter_context(Stubber(self._session.client(service)))
        return self._there[service]

    def all_answered(self) -> None:
        for stub in self._there.values():
            stub.assert_no_pending_responses()


@pytest.fixture
def stubs(session: Session) -> Iterator[Stubs]:
    with ExitStack() as stack:
        yield Stubs(session, stack)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def run(tmp_path: Path, told: Told) -> Run:
    return Run(Task("cluster.create", {}, "prod", "cluster"), tmp_path, told)


def cluster(**fields: Any) -> dict[str, Any]:
    """What DescribeCluster answers."""
    found = {
        "name": "bank-prod",
        "arn": "arn:aws:eks:eu-west-1:111122223333:cluster/bank-prod",
        "status": "ACTIVE",
        "version": "1.36",
        "endpoint": "https://ABC.gr7.eu-west-1.eks.amazonaws.com",
        "certificateAuthority": {"data": "LS0t"},
        "resourcesVpcConfig": {"subnetIds": ["subnet-1", "subnet-2"], "vpcId": "vpc-1"},
        "accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"},
        "tags": TAGS,
    }
    return {"cluster": found | fields}


def group(**fields: Any) -> dict[str, Any]:
    """What DescribeNodegroup answers."""
    found = {
        "nodegroupName": "workers",
        "clusterName": "bank-prod",
        "status": "ACTIVE",
        "scalingConfig": {"minSize": 1, "maxSize": 4, "desiredSize": 2},
        "instanceTypes": ["t3.medium"],
        "amiType": "AL2023_x86_64_STANDARD",
        "version": "1.36",
        "nodeRole": "arn:aws:iam::111122223333:role/bank-prod-node",
        "tags": TAGS,
    }
    return {"nodegroup": found | fields}
