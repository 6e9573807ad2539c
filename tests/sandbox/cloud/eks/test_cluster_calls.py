"""Clusters as the API shows them, and when it refuses."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.sandbox.cloud.conftest import REGION, until


def status(eks: Any, name: str = "bank") -> str:
    return str(eks.describe_cluster(name=name)["cluster"]["status"])


def wished(cloud: Any, **more: Any) -> dict[str, Any]:
    return {
        "name": "bank",
        "roleArn": cloud.role("cluster", "eks.amazonaws.com"),
        "resourcesVpcConfig": {"subnetIds": cloud.subnets()},
        **more,
    }


def test_a_cluster_is_active_once_its_control_plane_answers(cloud: Any) -> None:
    eks = cloud.client("eks")
    cloud.clusters.go.clear()
    made = eks.create_cluster(**wished(cloud, tags={"team": "bank"}))["cluster"]
    assert (made["status"], "endpoint" in made, made["certificateAuthority"]) == ("CREATING", False, {})
    assert made["accessConfig"] == {
        "bootstrapClusterCreatorAdminPermissions": True,
        "authenticationMode": "CONFIG_MAP",
    }
    cloud.clusters.go.set()
    eks.get_waiter("cluster_active").wait(name="bank", WaiterConfig={"Delay": 1})
    shown = eks.describe_cluster(name="bank")["cluster"]
    assert shown["arn"] == f"arn:aws:eks:{REGION}:{cloud.account}:cluster/bank"
    assert shown["endpoint"].startswith("https://127.0.0.1:")
    assert base64.b64decode(shown["certificateAuthority"]["data"]).startswith(b"-----BEGIN CERTIFICATE-----")
    # As in EKS, whether the creator was made administrator is told only once, in the answer to CreateCluster.
    assert shown["accessConfig"] == {"authenticationMode": "CONFIG_MAP"}
    assert (shown["version"], shown["health"], shown["tags"]) == ("1.36", {"issues": []}, {"team": "bank"})
    assert shown["identity"]["oidc"]["issuer"].startswith(f"https://oidc.eks.{REGION}.amazonaws.com/id/")
    assert shown["resourcesVpcConfig"]["vpcId"].startswith("vpc-")
    assert shown["createdAt"].year >= 2026
    assert eks.list_clusters()["clusters"] == ["bank"]


def test_a_control_plane_that_does_not_come_up_is_told_with_its_reason(cloud: Any) -> None:
    eks = cloud.client("eks")
    cloud.clusters.broken.add("create")
    eks.create_cluster(**wished(cloud))
    until(lambda: status(eks) == "FAILED")
    issues = eks.describe_cluster(name="bank")["cluster"]["health"]["issues"]
    assert issues == [
        {"code": "InternalFailure", "message": "OSError: no room left for create", "resourceIds": ["bank"]}
    ]
    eks.delete_cluster(name="bank")
    until(lambda: not eks.list_clusters()["clusters"])


def test_what_a_cluster_can_not_be_made_of(cloud: Any, refusal: Any) -> None:
    eks, good = cloud.client("eks"), wished(cloud)

    def refused(**more: Any) -> Any:
        return refusal(eks.create_cluster, **{**good, **more})

    invalid = ("InvalidParameterException", 400)
    assert refused(version="1.20") == (*invalid, "unsupported Kubernetes version 1.20")
    one = {"subnetIds": cloud.subnets()[:1]}
    assert refused(resourcesVpcConfig=one) == (*invalid, "Subnets specified must be in at least two different AZs")
    absent = {"subnetIds": ["subnet-0"]}
    assert refused(resourcesVpcConfig=absent) == (*invalid, "The subnet ID 'subnet-0' does not exist")
    dark = {"subnetIds": cloud.subnets(), "endpointPublicAccess": False, "endpointPrivateAccess": False}
    assert refused(resourcesVpcConfig=dark) == (*invalid, "Private and public endpoint access cannot be false")
    hidden = {"authenticationMode": "CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": False}
    assert refused(accessConfig=hidden) == (
        *invalid,
        "bootstrapClusterCreatorAdminPermissions must be true if cluster authentication mode is set to CONFIG_MAP",
    )
    wrong = cloud.role("node", "ec2.amazonaws.com")
    for role in (wrong, f"arn:aws:iam::{cloud.account}:role/nobody"):
        assert refused(roleArn=role) == (
            *invalid,
            f"Role with arn: {role}, could not be assumed because it does not exist or the trusted entity is not correct",
        )
    assert refused(roleArn="arn:aws:iam::999999999999:role/x") == (*invalid, "Cross-account pass role is not allowed.")
    assert refused(name="-bank")[2].startswith("The parameter name contains invalid characters.")
    assert eks.list_clusters()["clusters"] == []


def test_the_same_request_once_more_is_no_second_cluster(cloud: Any, refusal: Any) -> None:
    eks, good = cloud.client("eks"), wished(cloud, clientRequestToken="one")
    arn = eks.create_cluster(**good)["cluster"]["arn"]
    assert eks.create_cluster(**good)["cluster"]["arn"] == arn
    again = {**good, "clientRequestToken": "two"}
    assert refusal(eks.create_cluster, **again) == (
        "ResourceInUseException",
        409,
        "Cluster already exists with name: bank",
    )


def test_what_is_not_there(cloud: Any, refusal: Any) -> None:
    eks = cloud.client("eks")
    text = ("ResourceNotFoundException", 404, "No cluster found for name: nothing.")
    assert refusal(eks.describe_cluster, name="nothing") == text
    assert refusal(eks.delete_cluster, name="nothing") == text
    assert refusal(eks.list_nodegroups, clusterName="nothing") == text
    with pytest.raises(eks.exceptions.ResourceNotFoundException):
        eks.describe_cluster(name="nothing")
    missing = f"arn:aws:eks:{REGION}:{cloud.account}:cluster/nothing"
    assert refusal(eks.list_tags_for_resource, resourceArn=missing)[0] == "ResourceNotFoundException"


def test_deleting_waits_for_node_groups_and_protection(cloud: Any, refusal: Any) -> None:
    eks = cloud.cluster(deletionProtection=True)
    node = cloud.role("node", "ec2.amazonaws.com")
    eks.create_nodegroup(clusterName="bank", nodegroupName="n", subnets=cloud.subnets(), nodeRole=node)
    assert refusal(eks.delete_cluster, name="bank") == (
        "ResourceInUseException",
        409,
        "Cluster has nodegroups attached",
    )
    until(lambda: eks.describe_nodegroup(clusterName="bank", nodegroupName="n")["nodegroup"]["status"] == "ACTIVE")
    eks.delete_nodegroup(clusterName="bank", nodegroupName="n")
    until(lambda: not eks.list_nodegroups(clusterName="bank")["nodegroups"])
    assert refusal(eks.delete_cluster, name="bank")[0] == "InvalidRequestException"
    eks.update_cluster_config(name="bank", deletionProtection=False)
    until(lambda: not eks.describe_cluster(name="bank")["cluster"]["deletionProtection"])
    cloud.clusters.go.clear()
    assert eks.delete_cluster(name="bank")["cluster"]["status"] == "DELETING"
    assert status(eks) == "DELETING"
    assert refusal(eks.delete_cluster, name="bank")[0] == "ResourceInUseException"
    cloud.clusters.go.set()
    eks.get_waiter("cluster_deleted").wait(name="bank", WaiterConfig={"Delay": 1})
    assert cloud.clusters.planes == {}


def test_two_regions_have_clusters_of_their_own(cloud: Any) -> None:
    cloud.cluster()
    other = cloud.client("eks", region="us-east-1")
    assert other.list_clusters()["clusters"] == []
    subnets = [subnet["SubnetId"] for subnet in cloud.client("ec2", region="us-east-1").describe_subnets()["Subnets"]]
    other.create_cluster(
        name="bank",
        roleArn=f"arn:aws:iam::{cloud.account}:role/cluster",
        resourcesVpcConfig={"subnetIds": subnets},
    )
    until(lambda: status(other) == "ACTIVE")
    assert sorted(cloud.clusters.planes) == ["bank", "bank.us-east-1"]
    assert cloud.whoami(server="bank.us-east-1")["username"] == "kubernetes-admin"
    assert cloud.whoami()["username"].endswith("user/admin")


def test_tags_of_a_cluster_a_node_group_and_an_entry(cloud: Any) -> None:
    eks = cloud.cluster(tags={"a": "1"})
    node = cloud.role("node", "ec2.amazonaws.com")
    group = eks.create_nodegroup(clusterName="bank", nodegroupName="n", subnets=cloud.subnets(), nodeRole=node)
    entry = eks.describe_access_entry(clusterName="bank", principalArn=f"arn:aws:iam::{cloud.account}:user/admin")
    arns = [
        f"arn:aws:eks:{REGION}:{cloud.account}:cluster/bank",
        group["nodegroup"]["nodegroupArn"],
        entry["accessEntry"]["accessEntryArn"],
    ]
    for arn in arns:
        eks.tag_resource(resourceArn=arn, tags={"b": "2", "c": "3"})
        eks.untag_resource(resourceArn=arn, tagKeys=["c", "nothing"])
        assert eks.list_tags_for_resource(resourceArn=arn)["tags"]["b"] == "2"
    assert eks.describe_cluster(name="bank")["cluster"]["tags"] == {"a": "1", "b": "2"}
    until(lambda: eks.describe_nodegroup(clusterName="bank", nodegroupName="n")["nodegroup"]["status"] == "ACTIVE")


def test_lists_come_in_pages(cloud: Any, refusal: Any) -> None:
    eks = cloud.client("eks")
    good = wished(cloud)
    for name in "edcba":
        eks.create_cluster(**{**good, "name": name})
    pages = list(eks.get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 2}))
    assert [page["clusters"] for page in pages] == [["a", "b"], ["c", "d"], ["e"]]
    assert refusal(eks.list_clusters, nextToken="x")[0] == "InvalidParameterException"


def test_a_sandbox_without_clusters_says_so(cloud: Any, refusal: Any) -> None:
    cloud.without_clusters()
    eks = cloud.client("eks")
    assert eks.list_clusters()["clusters"] == []
    assert refusal(eks.create_cluster, **wished(cloud)) == (
        "InvalidRequestException",
        400,
        "This sandbox runs no clusters: it was started without them.",
    )


def test_what_is_not_played_is_said(cloud: Any, refusal: Any) -> None:
    eks = cloud.cluster()
    code, _, text = refusal(
        eks.create_fargate_profile, clusterName="bank", fargateProfileName="f", podExecutionRoleArn="arn:aws:iam::1:role/x"
    )  # fmt: skip
    assert (code, text) == ("UnknownOperationException", "The sandbox does not play eks:CreateFargateProfile.")
    assert eks.list_fargate_profiles(clusterName="bank")["fargateProfileNames"] == []
    assert eks.list_addons(clusterName="bank")["addons"] == []
