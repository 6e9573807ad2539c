"""Node groups: as many nodes as are wished, and their role in aws-auth and in an access entry."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.sandbox.cloud.conftest import REGION, until


@pytest.fixture
def new(cloud: Any) -> Any:
    role = cloud.role("node", "ec2.amazonaws.com", path="/longshore/")

    def wished(name: str = "n", **more: Any) -> dict[str, Any]:
        return {
            "clusterName": "bank",
            "nodegroupName": name,
            "subnets": cloud.subnets(),
            "nodeRole": role,
            **more,
        }

    return wished


def shown(eks: Any, name: str = "n") -> dict[str, Any]:
    return eks.describe_nodegroup(clusterName="bank", nodegroupName=name)["nodegroup"]


def active(eks: Any, name: str = "n") -> dict[str, Any]:
    until(lambda: shown(eks, name)["status"] == "ACTIVE")
    return shown(eks, name)


def test_nodes_come_with_their_labels_taints_and_capacity(cloud: Any, new: Any) -> None:
    eks = cloud.cluster()
    cloud.clusters.go.clear()
    taint = {"key": "dedicated", "value": "bank", "effect": "NO_SCHEDULE"}
    scaling = {"minSize": 1, "maxSize": 4, "desiredSize": 3}
    made = eks.create_nodegroup(
        **new(instanceTypes=["m7g.large"], labels={"team": "bank"}, taints=[taint], scalingConfig=scaling)
    )["nodegroup"]
    assert (made["status"], cloud.clusters.planes["bank"]["nodes"]) == ("CREATING", {})
    cloud.clusters.go.set()
    group = active(eks)
    assert group["nodegroupArn"].startswith(f"arn:aws:eks:{REGION}:{cloud.account}:nodegroup/bank/n/")
    assert (group["scalingConfig"], group["taints"], group["version"]) == (scaling, [taint], "1.36")
    nodes = cloud.clusters.planes["bank"]["nodes"]
    assert len(nodes) == 3
    assert len({node.labels["topology.kubernetes.io/zone"] for node in nodes.values()}) == 3
    node = next(iter(nodes.values()))
    assert node.name.endswith(f".{REGION}.compute.internal")
    assert node.labels["eks.amazonaws.com/nodegroup"] == "n"
    assert (node.labels["team"], node.labels["kubernetes.io/arch"]) == ("bank", "arm64")
    assert list(node.taints) == [{"key": "dedicated", "value": "bank", "effect": "NoSchedule"}]
    assert node.capacity["memory"] == "8Gi"


def test_another_size_brings_and_takes_nodes(cloud: Any, new: Any, refusal: Any) -> None:
    eks = cloud.cluster()
    eks.create_nodegroup(**new(scalingConfig={"minSize": 1, "maxSize": 4, "desiredSize": 2}))
    active(eks)
    nodes = cloud.clusters.planes["bank"]["nodes"]
    before = set(nodes)

    def resize(**size: int) -> str:
        update = eks.update_nodegroup_config(clusterName="bank", nodegroupName="n", scalingConfig=size)["update"]
        assert update["type"] == "ConfigUpdate"
        active(eks)
        found = eks.describe_update(name="bank", updateId=update["id"], nodegroupName="n")["update"]
        assert refusal(eks.describe_update, name="bank", updateId=update["id"])[0] == "ResourceNotFoundException"
        return str(found["status"])

    assert resize(desiredSize=4) == "Successful"
    assert len(nodes) == 4 and before < set(nodes)
    assert resize(desiredSize=1) == "Successful"
    assert len(nodes) == 1 and set(nodes) < before
    assert shown(eks)["scalingConfig"] == {"minSize": 1, "maxSize": 4, "desiredSize": 1}
    cloud.clusters.broken.add("join")
    assert resize(desiredSize=2) == "Failed"
    update = {"clusterName": "bank", "nodegroupName": "n"}
    invalid = ("InvalidParameterException", 400)
    for size, text in {
        (9, 4): "desiredSize can't be greater than maxSize",
        (0, 4): "minSize can't be greater than desiredSize",
    }.items():
        wish = {"desiredSize": size[0], "maxSize": size[1]}
        assert refusal(eks.update_nodegroup_config, **update, scalingConfig=wish) == (*invalid, text)
    labels = {"addOrUpdateLabels": {"a": "1"}}
    eks.update_nodegroup_config(
        **update, labels=labels, taints={"addOrUpdateTaints": [{"key": "k", "effect": "NO_EXECUTE"}]}
    )
    assert active(eks)["labels"] == {"a": "1"}
    eks.update_nodegroup_config(
        **update, labels={"removeLabels": ["a"]}, taints={"removeTaints": [{"key": "k", "effect": "NO_EXECUTE"}]}
    )
    assert (active(eks)["labels"], shown(eks)["taints"]) == ({}, [])


@pytest.mark.parametrize("mode", ["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"])
def test_the_role_is_let_in_by_what_the_mode_has(cloud: Any, new: Any, mode: str) -> None:
    eks, role = cloud.cluster(mode=mode), f"arn:aws:iam::{cloud.account}:role/node"
    eks.create_nodegroup(**new())
    active(eks)
    written = cloud.clusters.planes["bank"]["aws-auth"]
    if mode == "API":
        assert written is None
    else:
        # Without the role's path: the authenticator never sees it.
        assert yaml.safe_load(written["data"]["mapRoles"]) == [
            {
                "groups": ["system:bootstrappers", "system:nodes"],
                "rolearn": role,
                "username": "system:node:{{EC2PrivateDNSName}}",
            }
        ]
    if mode != "CONFIG_MAP":
        entry = eks.describe_access_entry(clusterName="bank", principalArn=new()["nodeRole"])["accessEntry"]
        assert (entry["type"], entry["kubernetesGroups"]) == ("EC2_LINUX", ["system:nodes"])


def test_what_is_in_aws_auth_stays_as_it_is(cloud: Any, new: Any) -> None:
    eks = cloud.cluster(mode="CONFIG_MAP")
    there = "# ours\n  - rolearn: arn:aws:iam::1:role/x  # why\n    username: x\n    groups: [a]"
    cloud.clusters.write("bank", {"mapRoles": there, "mapUsers": "unparseable: [", "other": "1"})
    cloud.clusters.conflicts = 3
    eks.create_nodegroup(**new())
    active(eks)
    data = cloud.clusters.planes["bank"]["aws-auth"]["data"]
    assert (data["mapUsers"], data["other"]) == ("unparseable: [", "1")
    assert data["mapRoles"].startswith(there + "\n")
    assert [one["username"] for one in yaml.safe_load(data["mapRoles"])] == ["x", "system:node:{{EC2PrivateDNSName}}"]
    eks.create_nodegroup(**new("second"))
    active(eks, "second")
    assert cloud.clusters.planes["bank"]["aws-auth"]["data"] == data


def test_a_group_that_comes_to_nothing_tells_why(cloud: Any, new: Any) -> None:
    eks = cloud.cluster()
    cloud.clusters.broken.add("join")
    eks.create_nodegroup(**new())
    until(lambda: shown(eks)["status"] == "CREATE_FAILED")
    assert shown(eks)["health"]["issues"] == [
        {"code": "NodeCreationFailure", "message": "OSError: no room left for join", "resourceIds": ["n"]}
    ]


def test_deleting_takes_the_nodes_and_the_entry_of_the_last_group(cloud: Any, new: Any) -> None:
    eks = cloud.cluster()
    for name in ("a", "b"):
        eks.create_nodegroup(**new(name))
        active(eks, name)
    role = new()["nodeRole"]
    for name, left in (("a", True), ("b", False)):
        eks.delete_nodegroup(clusterName="bank", nodegroupName=name)
        eks.get_waiter("nodegroup_deleted").wait(clusterName="bank", nodegroupName=name, WaiterConfig={"Delay": 1})
        assert (role in eks.list_access_entries(clusterName="bank")["accessEntries"]) is left
        assert ("role/node" in cloud.clusters.planes["bank"]["aws-auth"]["data"]["mapRoles"]) is left
    assert cloud.clusters.planes["bank"]["nodes"] == {}


def test_what_a_group_can_not_be_made_of(cloud: Any, new: Any, refusal: Any) -> None:
    eks = cloud.cluster()

    def refused(**more: Any) -> Any:
        return refusal(eks.create_nodegroup, **new(**more))

    invalid = ("InvalidParameterException", 400)
    assert refused(scalingConfig={"minSize": 3, "maxSize": 4, "desiredSize": 2}) == (
        *invalid,
        "minSize can't be greater than desiredSize",
    )
    assert refused(name="n" * 64) == (*invalid, "nodeGroupName can't be longer than 63 characters!")
    wrong = f"arn:aws:iam::{cloud.account}:role/cluster"
    assert refused(nodeRole=wrong)[2].startswith(f"Role with arn: {wrong}, could not be assumed")
    assert refused(instanceTypes=["t9.huge"])[2].startswith(
        "The following supplied instance types do not exist: [t9.huge]"
    )
    assert refused(version="1.30")[0] == "InvalidParameterException"
    other = cloud.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = cloud.client("ec2").create_subnet(VpcId=other, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    assert refused(subnets=[subnet]) == (*invalid, "Subnets specified must belong to the VPC")
    eks.create_nodegroup(**new())
    assert refused() == (
        "ResourceInUseException",
        409,
        "NodeGroup already exists with name n and cluster name bank",
    )
    assert refusal(eks.describe_nodegroup, clusterName="bank", nodegroupName="x") == (
        "ResourceNotFoundException",
        404,
        "No node group found for name: x.",
    )
    active(eks)
