"""The cluster must be the environment's own: by ARN, in a state in which it answers, and where EKS's API servers are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from longshore.cluster.eks import Cluster
from longshore.cluster.guard import check_is_pinned, require_cluster
from longshore.environments.environment import Environment
from longshore.environments.load import load
from longshore.errors import LongshoreError, Refused, UsageError

ARN = "arn:aws:eks:eu-central-1:111122223333:cluster/bank-prod"
FOUND = Cluster("bank-prod", ARN, "ACTIVE", "1.36", "https://0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com")


@pytest.fixture
def prod(project: Path) -> Environment:
    file = project / "env" / "prod.env"
    file.write_text(file.read_text() + "EKS_CLUSTER=bank-prod\n")
    return load(project, "prod", variables={})


def test_the_environments_own(prod: Environment) -> None:
    check_is_pinned(prod, FOUND)
    check_is_pinned(prod, replace(FOUND, status="UPDATING"))
    china = "https://x.sk1.cn-north-1.eks.amazonaws.com.cn"
    check_is_pinned(prod, replace(FOUND, arn=ARN.replace("arn:aws:", "arn:aws-cn:"), endpoint=china))


@pytest.mark.parametrize(
    "arn",
    [
        ARN.replace("111122223333", "999988887777"),
        ARN.replace("eu-central-1", "us-east-1"),
        ARN + "-2",
        ARN.replace(":eks:", ":ecs:"),
        "",
    ],
)
def test_another_cluster_is_refused(prod: Environment, arn: str) -> None:
    with pytest.raises(Refused, match="wrong cluster, nothing was touched"):
        check_is_pinned(prod, replace(FOUND, arn=arn))


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://127.0.0.1:6443",
        "https://eks.amazonaws.com.evil.example",
        "https://evil.example/x.eks.amazonaws.com",
        "",
    ],
)
def test_another_place_is_refused(prod: Environment, endpoint: str) -> None:
    with pytest.raises(Refused, match="not where it should be, nothing was touched"):
        check_is_pinned(prod, replace(FOUND, endpoint=endpoint))


@pytest.mark.parametrize("status", ["CREATING", "FAILED", "DELETING"])
def test_one_that_does_not_answer_is_told_with_aws_reason(prod: Environment, status: str) -> None:
    with pytest.raises(UsageError) as told:
        check_is_pinned(prod, replace(FOUND, status=status, issues=("Ec2SubnetNotFound: subnet-1 is gone",)))
    assert told.value.lines() == [
        f"error: the cluster is {status} ({ARN})",
        "  why: Ec2SubnetNotFound: subnet-1 is gone",
        "  next: inv cluster.components --env prod",
    ]


def test_the_sandbox_never_leaves_this_machine(prod: Environment) -> None:
    sandbox = replace(prod, name="sandbox", like="prod")
    check_is_pinned(sandbox, replace(FOUND, endpoint="https://127.0.0.1:6443"))
    with pytest.raises(LongshoreError, match="not where it should be"):
        check_is_pinned(sandbox, FOUND)


def test_an_environment_without_a_cluster(project: Path) -> None:
    with pytest.raises(UsageError) as told:
        require_cluster(load(project, "dev", variables={}))
    assert told.value.lines() == [
        "error: dev names no cluster (EKS_CLUSTER)",
        "  next: put EKS_CLUSTER=NAME into env/dev.env",
    ]
