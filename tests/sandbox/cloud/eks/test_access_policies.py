"""Access policies and their association with entries."""

from __future__ import annotations

from typing import Any

import pytest

HEAD = "arn:aws:eks::aws:cluster-access-policy/"
CLUSTER = {"type": "cluster"}
INVALID = ("InvalidParameterException", 400)


@pytest.fixture
def eks(cloud: Any) -> Any:
    client = cloud.cluster()
    client.create_access_entry(clusterName="bank", principalArn=f"arn:aws:iam::{cloud.account}:user/github")
    return client


@pytest.fixture
def entry(cloud: Any) -> dict[str, str]:
    return {"clusterName": "bank", "principalArn": f"arn:aws:iam::{cloud.account}:user/github"}


def test_the_policies_that_there_are(eks: Any) -> None:
    names = {policy["name"]: policy["arn"] for policy in eks.list_access_policies()["accessPolicies"]}
    assert names == {
        name: HEAD + name
        for name in (
            "AmazonEKSAdminPolicy", "AmazonEKSAdminViewPolicy", "AmazonEKSClusterAdminPolicy", "AmazonEKSEditPolicy",
            "AmazonEKSSecretReaderPolicy", "AmazonEKSViewPolicy",
        )
    }  # fmt: skip


def test_associating_again_changes_the_scope(eks: Any, entry: dict[str, str], refusal: Any) -> None:
    view = {**entry, "policyArn": f"{HEAD}AmazonEKSViewPolicy"}
    first = eks.associate_access_policy(**view, accessScope=CLUSTER)
    assert (first["clusterName"], first["principalArn"]) == ("bank", entry["principalArn"])
    assert first["associatedAccessPolicy"]["accessScope"] == {"type": "cluster", "namespaces": []}
    narrow = {"type": "namespace", "namespaces": ["bank", "team-*"]}
    again = eks.associate_access_policy(**view, accessScope=narrow)["associatedAccessPolicy"]
    assert again["accessScope"] == narrow
    assert again["associatedAt"] == first["associatedAccessPolicy"]["associatedAt"]
    eks.associate_access_policy(**entry, policyArn=f"{HEAD}AmazonEKSEditPolicy", accessScope=narrow)
    found = eks.list_associated_access_policies(**entry)["associatedAccessPolicies"]
    assert [one["policyArn"] for one in found] == [f"{HEAD}AmazonEKSViewPolicy", f"{HEAD}AmazonEKSEditPolicy"]
    eks.disassociate_access_policy(**view)
    assert len(eks.list_associated_access_policies(**entry)["associatedAccessPolicies"]) == 1
    assert refusal(eks.disassociate_access_policy, **view)[:2] == ("ResourceNotFoundException", 404)


def test_what_can_not_be_associated(eks: Any, entry: dict[str, str], refusal: Any) -> None:
    view = f"{HEAD}AmazonEKSViewPolicy"

    def refused(policy: str = view, **scope: Any) -> Any:
        return refusal(eks.associate_access_policy, **entry, policyArn=policy, accessScope=scope or CLUSTER)

    assert refused("arn:aws:iam::aws:policy/ReadOnlyAccess") == (
        *INVALID,
        "The policyArn parameter format is not valid",
    )
    for unknown in (f"{HEAD}AmazonEKSNothingPolicy", view.replace("arn:aws:", "arn:aws-cn:")):
        code, status, text = refused(unknown)
        assert (code, status) == ("ResourceNotFoundException", 404)
        assert text.startswith("The specified policyArn could not be found.")
    assert refused(type="cluster", namespaces=["bank"]) == (
        *INVALID,
        "accessScope should not include namespaces if the type is not set as namespace",
    )
    for empty in ({"type": "namespace"}, {"type": "namespace", "namespaces": []}):
        assert refused(**empty) == (
            *INVALID,
            "At least 1 namespace must be provided if the type is set as namespace",
        )
    assert refused(type="namespace", namespaces=["Bank"])[:2] == INVALID
    assert refused(type="region")[:2] == INVALID
    stranger = {**entry, "principalArn": entry["principalArn"] + "x"}
    assert refusal(eks.associate_access_policy, **stranger, policyArn=view, accessScope=CLUSTER)[0] == (
        "ResourceNotFoundException"
    )
    assert eks.list_associated_access_policies(**entry)["associatedAccessPolicies"] == []
