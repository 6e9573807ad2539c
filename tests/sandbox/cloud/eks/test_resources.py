"""What EKS calls need: the resources and conditions of the Service Authorization Reference."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.cloud.conftest import REGION

VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
EDIT = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"


@pytest.fixture
def allowed(cloud: Any, allow: Any) -> Any:
    """Whether a user with this policy may make a call; what the service says beside that doesn't matter."""
    count = iter(range(100))

    def ask(*statements: dict[str, Any], call: str, **parameters: Any) -> bool:
        name = f"user{next(count)}"
        cloud.user(name, allow(*statements))
        try:
            getattr(cloud.client("eks", name), call)(**parameters)
        except ClientError as error:
            return error.response["Error"]["Code"] != "AccessDeniedException"
        return True

    return ask


def on(cloud: Any, action: str | list[str], resource: str, **condition: Any) -> dict[str, Any]:
    return {
        "Action": action,
        "Resource": f"arn:aws:eks:{REGION}:{cloud.account}:{resource}" if resource != "*" else "*",
        **({"Condition": condition} if condition else {}),
    }


@pytest.fixture
def github(cloud: Any) -> dict[str, str]:
    cloud.cluster(tags={"team": "bank"})
    return {"clusterName": "bank", "principalArn": f"arn:aws:iam::{cloud.account}:user/github"}


def test_an_entry_is_made_on_the_cluster_and_changed_on_itself(cloud: Any, allowed: Any, github: Any) -> None:
    create = {"call": "create_access_entry", **github}
    assert not allowed(on(cloud, "eks:CreateAccessEntry", "cluster/other"), **create)
    assert allowed(on(cloud, "eks:CreateAccessEntry", "cluster/bank"), **create)
    itself = f"access-entry/bank/user/{cloud.account}/github/"
    arn = cloud.client("eks").describe_access_entry(**github)["accessEntry"]["accessEntryArn"]
    for call, action, more in (
        ("describe_access_entry", "eks:DescribeAccessEntry", {}),
        ("update_access_entry", "eks:UpdateAccessEntry", {"username": "x"}),
        (
            "associate_access_policy",
            "eks:AssociateAccessPolicy",
            {"policyArn": VIEW, "accessScope": {"type": "cluster"}},
        ),
        ("list_associated_access_policies", "eks:ListAssociatedAccessPolicies", {}),
        ("disassociate_access_policy", "eks:DisassociateAccessPolicy", {"policyArn": VIEW}),
        ("delete_access_entry", "eks:DeleteAccessEntry", {}),
    ):
        wish = {"call": call, **github, **more}
        assert not allowed(on(cloud, action, "cluster/bank"), **wish), call
        assert not allowed(on(cloud, action, itself.replace("github", "other") + "*"), **wish), call
        assert allowed(on(cloud, action, arn.split(":", 5)[5]), **wish), call
        cloud.client("eks").delete_access_entry(**github) if call != "delete_access_entry" else None
        arn = cloud.client("eks").create_access_entry(**github)["accessEntry"]["accessEntryArn"]


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("eks:kubernetesGroups", {"kubernetesGroups": ["devs"]}, {"kubernetesGroups": ["devs", "ops"]}),
        ("eks:username", {"username": "devs"}, {"username": "ops"}),
    ],
)
def test_conditions_of_making_an_entry(cloud: Any, allowed: Any, github: Any, key: str, good: Any, bad: Any) -> None:
    operator = "ForAllValues:StringEquals" if key == "eks:kubernetesGroups" else "StringEquals"
    rule = on(cloud, "eks:CreateAccessEntry", "*", **{operator: {key: ["devs"]}})
    assert not allowed(rule, call="create_access_entry", **github, **bad)
    assert allowed(rule, call="create_access_entry", **github, **good)


def test_whose_entry_and_of_which_type(cloud: Any, allowed: Any, github: Any) -> None:
    other = {**github, "principalArn": f"arn:aws:iam::{cloud.account}:user/tester"}
    principal = on(cloud, "eks:CreateAccessEntry", "*", ArnEquals={"eks:principalArn": github["principalArn"]})
    assert not allowed(principal, call="create_access_entry", **other)
    assert allowed(principal, call="create_access_entry", **github)
    assert not allowed(
        on(cloud, "eks:DeleteAccessEntry", "*", StringEquals={"eks:username": "x"}),
        call="delete_access_entry",
        **github,
    )
    mine = on(
        cloud, "eks:DeleteAccessEntry", "*", StringEquals={"eks:clusterName": "bank", "eks:accessEntryType": "STANDARD"}
    )
    assert allowed(mine, call="delete_access_entry", **github)


def test_which_policy_in_which_scope(cloud: Any, allowed: Any, github: Any) -> None:
    cloud.client("eks").create_access_entry(**github)
    narrow = {
        "ArnEquals": {"eks:policyArn": VIEW},
        "StringEquals": {"eks:accessScope": "namespace"},
        "ForAllValues:StringLike": {"eks:namespaces": "team-*"},
    }
    rule = on(cloud, "eks:AssociateAccessPolicy", "*", **narrow)

    def ask(policy: str, **scope: Any) -> bool:
        return bool(allowed(rule, call="associate_access_policy", **github, policyArn=policy, accessScope=scope))

    assert ask(VIEW, type="namespace", namespaces=["team-a"])
    assert not ask(EDIT, type="namespace", namespaces=["team-a"])
    assert not ask(VIEW, type="namespace", namespaces=["team-a", "bank"])
    assert not ask(VIEW, type="cluster")


def test_a_clusters_settings_and_tags(cloud: Any, allowed: Any, github: Any) -> None:
    eks, role = cloud.client("eks"), f"arn:aws:iam::{cloud.account}:role/cluster"
    new = {
        "call": "create_cluster",
        "name": "new",
        "roleArn": role,
        "resourcesVpcConfig": {"subnetIds": cloud.subnets()},
    }
    strict = {
        "StringEquals": {"eks:authenticationMode": "API"},
        "Bool": {"eks:bootstrapClusterCreatorAdminPermissions": "false"},
    }
    rule = on(cloud, "eks:CreateCluster", "*", **strict)
    passing = {
        "Action": "iam:PassRole",
        "Resource": role,
        "Condition": {"StringEquals": {"iam:PassedToService": "eks.amazonaws.com"}},
    }
    config = {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}
    assert not allowed(rule, passing, **new)
    assert not allowed(rule, **new, accessConfig=config)
    assert allowed(rule, passing, **new, accessConfig=config)
    tagged = {**new, "name": "tagged", "accessConfig": config, "tags": {"team": "x"}}
    assert not allowed(rule, passing, **tagged)
    assert allowed(rule, passing, on(cloud, "eks:TagResource", "cluster/tagged"), **tagged)
    team = {"StringEquals": {"aws:ResourceTag/team": "bank"}}
    assert allowed(on(cloud, "eks:DescribeCluster", "*", **team), call="describe_cluster", name="bank")
    assert not allowed(on(cloud, "eks:DescribeCluster", "*", **team), call="describe_cluster", name="new")
    change = {"call": "update_cluster_config", "name": "bank", "accessConfig": {"authenticationMode": "API"}}
    assert not allowed(on(cloud, "eks:UpdateClusterConfig", "cluster/bank"), **change)
    assert allowed(on(cloud, ["eks:UpdateClusterConfig", "eks:CreateAccessEntry"], "cluster/bank"), **change)
    assert eks.describe_cluster(name="bank")["cluster"]["name"] == "bank"


def test_updates_and_node_groups(cloud: Any, allowed: Any, github: Any) -> None:
    for call, action, resource, parameters in (
        ("list_updates", "eks:ListUpdates", "cluster/bank", {"name": "bank"}),
        ("describe_update", "eks:DescribeUpdate", "cluster/bank", {"name": "bank", "updateId": "x"}),
        ("list_access_entries", "eks:ListAccessEntries", "cluster/bank", {"clusterName": "bank"}),
        (
            "delete_nodegroup",
            "eks:DeleteNodegroup",
            "nodegroup/bank/n/*",
            {"clusterName": "bank", "nodegroupName": "n"},
        ),
        ("list_access_policies", "eks:ListAccessPolicies", "*", {}),
        ("list_clusters", "eks:ListClusters", "*", {}),
    ):
        assert allowed(on(cloud, action, resource), call=call, **parameters), call
        assert not allowed(on(cloud, action, "cluster/other"), call=call, **parameters), call
