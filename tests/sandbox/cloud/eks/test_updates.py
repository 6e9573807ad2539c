"""The authentication mode, which goes one way, and other updates."""

from __future__ import annotations

from typing import Any

from tests.sandbox.cloud.conftest import until


def to(eks: Any, mode: str) -> str:
    update = eks.update_cluster_config(name="bank", accessConfig={"authenticationMode": mode})["update"]
    assert (update["type"], update["status"]) == ("AccessConfigUpdate", "InProgress")
    assert update["params"] == [{"type": "AuthenticationMode", "value": f'"{mode}"'}]
    id = str(update["id"])
    until(lambda: eks.describe_update(name="bank", updateId=id)["update"]["status"] == "Successful")
    assert eks.describe_cluster(name="bank")["cluster"]["accessConfig"]["authenticationMode"] == mode
    return id


def test_the_mode_goes_one_way(cloud: Any, refusal: Any) -> None:
    eks = cloud.cluster(mode="CONFIG_MAP")

    def refused(mode: str) -> Any:
        return refusal(eks.update_cluster_config, name="bank", accessConfig={"authenticationMode": mode})

    def text(one: str, other: str) -> Any:
        return "InvalidParameterException", 400, f"Unsupported authentication mode update from {one} to {other}"

    assert refused("API") == text("CONFIG_MAP", "API")
    assert refused("CONFIG_MAP") == text("CONFIG_MAP", "CONFIG_MAP")
    first = to(eks, "API_AND_CONFIG_MAP")
    assert refused("CONFIG_MAP") == text("API_AND_CONFIG_MAP", "CONFIG_MAP")
    assert refused("API_AND_CONFIG_MAP") == text("API_AND_CONFIG_MAP", "API_AND_CONFIG_MAP")
    second = to(eks, "API")
    assert refused("API_AND_CONFIG_MAP") == text("API", "API_AND_CONFIG_MAP")
    assert eks.list_updates(name="bank")["updateIds"] == [first, second]
    assert refusal(eks.describe_update, name="bank", updateId="none") == (
        "ResourceNotFoundException",
        404,
        "No update found for ID: none",
    )


def test_the_hidden_administrator_gets_an_entry_and_so_do_the_nodes(cloud: Any) -> None:
    eks = cloud.cluster(mode="CONFIG_MAP")
    node = cloud.role("node", "ec2.amazonaws.com")
    eks.create_nodegroup(clusterName="bank", nodegroupName="n", subnets=cloud.subnets(), nodeRole=node)
    until(lambda: eks.describe_nodegroup(clusterName="bank", nodegroupName="n")["nodegroup"]["status"] == "ACTIVE")
    admin = f"arn:aws:iam::{cloud.account}:user/admin"
    assert cloud.whoami()["groups"] == ["system:masters"]
    to(eks, "API_AND_CONFIG_MAP")
    assert eks.list_access_entries(clusterName="bank")["accessEntries"] == [node, admin]
    policies = eks.list_associated_access_policies(clusterName="bank", principalArn=admin)["associatedAccessPolicies"]
    assert [policy["policyArn"] for policy in policies] == [
        "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    ]
    entry = eks.describe_access_entry(clusterName="bank", principalArn=node)["accessEntry"]
    assert (entry["type"], entry["username"]) == ("EC2_LINUX", "system:node:{{EC2PrivateDNSName}}")
    assert cloud.whoami()["groups"] == []
    assert cloud.can("admin", "delete", "secrets", "any")


def test_one_update_at_a_time(cloud: Any, refusal: Any) -> None:
    eks = cloud.cluster(mode="CONFIG_MAP")
    cloud.clusters.go.clear()
    node = cloud.role("node", "ec2.amazonaws.com")
    eks.create_nodegroup(clusterName="bank", nodegroupName="n", subnets=cloud.subnets(), nodeRole=node)
    eks.update_cluster_config(name="bank", accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"})
    logging = {"clusterLogging": [{"types": ["audit"], "enabled": True}]}
    assert refusal(eks.update_cluster_config, name="bank", logging=logging) == (
        "ResourceInUseException",
        409,
        "Cannot update because cluster bank currently has an update in progress",
    )
    cloud.clusters.go.set()
    until(lambda: eks.describe_cluster(name="bank")["cluster"]["accessConfig"]["authenticationMode"] != "CONFIG_MAP")
    eks.update_cluster_config(name="bank", logging=logging)
    until(lambda: eks.describe_cluster(name="bank")["cluster"]["logging"] == logging)
    both = {"logging": logging, "accessConfig": {"authenticationMode": "API"}}
    assert refusal(eks.update_cluster_config, name="bank", **both)[0] == "InvalidParameterException"
    assert refusal(eks.update_cluster_config, name="bank")[0] == "InvalidParameterException"
