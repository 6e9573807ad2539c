"""A member of the group admin, let into the cluster, does there what longshore does; a developer and a tester look."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from tests.command import until
from tests.iam.conftest import Account, clean
from tests.live import ACCOUNT
from tests.live_cluster import CLUSTER, WITH_CLUSTER, LiveCluster

pytestmark = pytest.mark.integration

AS_ANA = ("--profile", "ana")
TESTER = f"arn:aws:iam::{ACCOUNT}:user/tester"


@pytest.fixture
def account(live_cluster: LiveCluster) -> Iterator[Account]:
    live_cluster.reset_access()
    dev = WITH_CLUSTER["dev"]
    with clean(live_cluster, f"{dev}ECR_REPOSITORY=bank\n", dev) as found:
        yield found
    live_cluster.reset_access()


def member(account: Account, group: str, access: str) -> None:
    account.inv("iam.setup").check()
    account.inv("iam.add-user", "--user", "ana", "--group", group).check()
    account.inv("iam.key", "--user", "ana", "--save-as", "ana").check()
    account.inv("cluster.grant", "--user", "ana", "--access", access).check()


def test_access_is_given_and_taken_by_both_paths(account: Account, live_cluster: LiveCluster) -> None:
    member(account, "admin", "admin")
    for via in ("entry", "aws-auth"):
        account.inv("cluster.grant", "--user", "tester", "--access", "view", "--via", via, *AS_ANA).check()
        account.inv("cluster.access", *AS_ANA).check()
        account.inv("cluster.revoke", "--user", "tester", *AS_ANA).check()
    assert TESTER not in live_cluster.entries
    account.inv("iam.remove-user", "--user", "ana", "--confirm", "sandbox").check()
    assert f"arn:aws:iam::{ACCOUNT}:user/ana" not in live_cluster.entries


@pytest.fixture
def group_of_a_test(live_cluster: LiveCluster) -> Iterator[str]:
    """The name of a node group that is gone afterwards."""
    name, eks = "of-a-test", live_cluster.eks
    yield name
    with contextlib.suppress(eks.exceptions.ResourceNotFoundException):
        eks.delete_nodegroup(clusterName=CLUSTER, nodegroupName=name)
        until(lambda: name not in eks.list_nodegroups(clusterName=CLUSTER)["nodegroups"])


def test_nodes(account: Account, group_of_a_test: str) -> None:
    member(account, "admin", "admin")
    add = ("cluster.add-nodes", "--count", "1", "--type", "t3.small", "--group", group_of_a_test)
    account.inv(*add, *AS_ANA).check()
    scale = ("cluster.scale-nodes", "--group", group_of_a_test, "--count", "0", "--confirm", "sandbox")
    account.inv(*scale, *AS_ANA).check()
    assert group_of_a_test in account.inv("cluster.nodes", *AS_ANA).check().stdout


@pytest.mark.parametrize("group", ["developer", "tester"])
def test_others_look(account: Account, group: str) -> None:
    member(account, group, "view")
    looked = account.inv("cluster.nodes", *AS_ANA)
    # What EKS knows of its node groups is told; Kubernetes' view shows no nodes.
    assert "node group" in looked.stdout
    assert "RBAC refuses profile ana (403)" in looked.stdout
    grant = account.inv("cluster.grant", "--user", "tester", "--via", "entry", *AS_ANA).check(1)
    assert "AWS refused profile ana" in grant.stderr


@pytest.mark.exhaustive
def test_a_cluster_from_its_making_to_its_end(account: Account) -> None:
    """With its roles, by somebody who was never let into another one."""
    file = account.live.project / "env" / "dev.env"
    file.write_text(file.read_text().replace(f"EKS_CLUSTER={CLUSTER}", "EKS_CLUSTER=bank-own"))
    account.inv("iam.setup").check()
    account.inv("iam.add-user", "--user", "ana", "--group", "admin").check()
    account.inv("iam.key", "--user", "ana", "--save-as", "ana").check()
    account.inv("cluster.create", "--confirm", "sandbox", *AS_ANA).check()
    account.inv("cluster.add-nodes", "--count", "1", "--group", "first", *AS_ANA).check()
    account.inv("cluster.nodes", *AS_ANA).check()
    account.inv("cluster.delete", "--confirm", "sandbox", *AS_ANA).check()
