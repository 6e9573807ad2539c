"""Access entries: all calls, and EKS's own words when it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.cloud.conftest import REGION

INVALID = ("InvalidParameterException", 400)
NO_ENTRY = (
    "ResourceNotFoundException",
    404,
    "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.",
)


@pytest.fixture
def github(cloud: Any) -> str:
    return f"arn:aws:iam::{cloud.account}:user/github"


def test_an_entry_from_its_making_to_its_end(cloud: Any, github: str, refusal: Any) -> None:
    eks = cloud.cluster()
    one = {"clusterName": "bank", "principalArn": github}
    made = eks.create_access_entry(**one, kubernetesGroups=["devs", "devs", "ops"], tags={"a": "1"})["accessEntry"]
    assert made["accessEntryArn"].startswith(
        f"arn:aws:eks:{REGION}:{cloud.account}:access-entry/bank/user/{cloud.account}/github/"
    )
    assert (made["type"], made["username"], made["kubernetesGroups"]) == ("STANDARD", github, ["devs", "ops"])
    assert eks.describe_access_entry(**one)["accessEntry"] == made
    assert refusal(eks.create_access_entry, **one) == (
        "ResourceInUseException",
        409,
        "The specified access entry resource is already in use on this cluster.",
    )
    changed = eks.update_access_entry(**one, kubernetesGroups=["ops"])["accessEntry"]
    assert (changed["kubernetesGroups"], changed["username"]) == (["ops"], github)
    changed = eks.update_access_entry(**one, username="ci")["accessEntry"]
    assert (changed["kubernetesGroups"], changed["username"]) == (["ops"], "ci")
    assert eks.update_access_entry(**one, kubernetesGroups=[])["accessEntry"]["kubernetesGroups"] == []
    assert changed["modifiedAt"] >= made["modifiedAt"] and changed["createdAt"] == made["createdAt"]
    admin = f"arn:aws:iam::{cloud.account}:user/admin"
    assert eks.list_access_entries(clusterName="bank")["accessEntries"] == [admin, github]
    eks.delete_access_entry(**one)
    for call in (eks.describe_access_entry, eks.update_access_entry, eks.delete_access_entry):
        assert refusal(call, **one) == NO_ENTRY


def test_the_same_request_once_more_is_the_same_entry(cloud: Any, github: str, refusal: Any) -> None:
    eks = cloud.cluster()
    one = {"clusterName": "bank", "principalArn": github, "clientRequestToken": "t"}
    assert eks.create_access_entry(**one)["accessEntry"] == eks.create_access_entry(**one)["accessEntry"]
    assert refusal(eks.create_access_entry, **{**one, "clientRequestToken": "u"})[0] == "ResourceInUseException"


def test_a_role_is_called_by_its_session(cloud: Any) -> None:
    eks = cloud.cluster()
    role = cloud.role("deploy", path="/a/b/")
    made = eks.create_access_entry(clusterName="bank", principalArn=role)["accessEntry"]
    assert made["username"] == f"arn:aws:sts::{cloud.account}:assumed-role/deploy/{{{{SessionName}}}}"
    assert f"/role/{cloud.account}/deploy/" in made["accessEntryArn"]
    # An entry wants the path that aws-auth must not have.
    short = {"clusterName": "bank", "principalArn": f"arn:aws:iam::{cloud.account}:role/deploy"}
    with pytest.raises(eks.exceptions.InvalidParameterException):
        eks.create_access_entry(**short)


def test_who_can_not_have_one(cloud: Any, refusal: Any) -> None:
    eks = cloud.cluster()
    cloud.client("iam").create_group(GroupName="team")
    head = f"arn:aws:iam::{cloud.account}"
    for arn in (
        f"{head}:user/nobody", f"{head}:role/nobody", f"{head}:group/team", f"{head}:root", f"{head}:user/*", "github",
        f"arn:aws:sts::{cloud.account}:assumed-role/deploy/session",
    ):  # fmt: skip
        assert refusal(eks.create_access_entry, clusterName="bank", principalArn=arn) == (
            *INVALID,
            "The specified principalArn is invalid: invalid principal.",
        ), arn
    linked = f"{head}:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS"
    assert refusal(eks.create_access_entry, clusterName="bank", principalArn=linked) == (
        *INVALID,
        "The caller is not allowed to modify access entries with a principalArn value of a Service Linked Role",
    )
    other = "arn:aws:iam::999999999999:role/theirs"
    assert eks.create_access_entry(clusterName="bank", principalArn=other)["accessEntry"]["principalArn"] == other


@pytest.mark.parametrize("prefix", ["system:", "eks:", "aws:", "amazon:", "iam:"])
def test_reserved_names(cloud: Any, github: str, refusal: Any, prefix: str) -> None:
    eks = cloud.cluster()
    one = {"clusterName": "bank", "principalArn": github}
    group = (*INVALID, f"The kubernetes group name {prefix}masters is invalid, it cannot start with {prefix}")
    user = (*INVALID, f"The username must not begin with {prefix}")
    assert refusal(eks.create_access_entry, **one, kubernetesGroups=["devs", f"{prefix}masters"]) == group
    assert refusal(eks.create_access_entry, **one, username=f"{prefix}x") == user
    eks.create_access_entry(**one, username="sts:x")
    assert refusal(eks.update_access_entry, **one, kubernetesGroups=[f"{prefix}masters"]) == group
    assert refusal(eks.update_access_entry, **one, username=f"{prefix}x") == user


def test_the_session_in_a_username(cloud: Any, github: str, refusal: Any) -> None:
    eks, role = cloud.cluster(), cloud.role("deploy")
    for arn, username in ((github, "ci:{{SessionName}}"), (role, "ci-{{SessionName}}"), (role, "{{SessionNameRaw}}")):
        assert refusal(eks.create_access_entry, clusterName="bank", principalArn=arn, username=username)[:2] == INVALID
    eks.create_access_entry(clusterName="bank", principalArn=role, username="ci:{{SessionName}}")


def test_types_for_nodes(cloud: Any, github: str, refusal: Any) -> None:
    eks, role = cloud.cluster(), cloud.role("node", "ec2.amazonaws.com")
    one = {"clusterName": "bank", "principalArn": role, "type": "EC2_LINUX"}
    kinds = "[EC2_LINUX, EC2_WINDOWS, FARGATE_LINUX, HYBRID_LINUX, EC2]"

    def refused(**more: Any) -> Any:
        return refusal(eks.create_access_entry, **{**one, **more})

    assert refused(type="Standard")[2].startswith("AccessEntry type must be one of [EC2_LINUX, ")
    assert refused(principalArn=github) == (
        *INVALID,
        f"AccessEntry principalArn must be IAM role when using types {kinds}",
    )
    assert refused(principalArn="arn:aws:iam::999999999999:role/x") == (
        *INVALID,
        f"AccessEntry principalArn must be from the same account as the cluster when using types {kinds}",
    )
    assert refused(kubernetesGroups=["a"]) == (
        *INVALID,
        'The specified kubernetesGroups is invalid: setting kubernetesGroups is not allowed when the type is "EC2_LINUX"',
    )
    assert refused(username="a") == (
        *INVALID,
        'The specified username is invalid: setting username is not allowed when the type is "EC2_LINUX"',
    )
    made = eks.create_access_entry(**one)["accessEntry"]
    assert (made["username"], made["kubernetesGroups"]) == ("system:node:{{EC2PrivateDNSName}}", ["system:nodes"])
    standard = (*INVALID, 'This operation can only be performed on Access Entries with a type of "STANDARD".')
    where = {"clusterName": "bank", "principalArn": role}
    assert refusal(eks.update_access_entry, **where, kubernetesGroups=["a"]) == standard
    view = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    assert refusal(eks.associate_access_policy, **where, policyArn=view, accessScope={"type": "cluster"}) == standard


def test_where_the_config_map_alone_decides(cloud: Any, github: str, refusal: Any) -> None:
    eks = cloud.cluster(mode="CONFIG_MAP")
    text = (
        "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation."
    )
    one = {"clusterName": "bank", "principalArn": github}
    view = {"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"}
    for call, more in (
        (eks.create_access_entry, {}),
        (eks.describe_access_entry, {}),
        (eks.update_access_entry, {}),
        (eks.delete_access_entry, {}),
        (eks.list_associated_access_policies, {}),
        (eks.associate_access_policy, {**view, "accessScope": {"type": "cluster"}}),
        (eks.disassociate_access_policy, view),
    ):
        assert refusal(call, **one, **more) == ("InvalidRequestException", 400, text)
    assert refusal(eks.list_access_entries, clusterName="bank")[2] == text


def test_a_cluster_whose_creator_is_no_administrator(cloud: Any) -> None:
    config = {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}
    eks = cloud.cluster(accessConfig=config)
    assert eks.list_access_entries(clusterName="bank")["accessEntries"] == []
    assert "not mapped" in cloud.refused()


def test_a_role_that_creates_a_cluster_is_its_administrator(cloud: Any) -> None:
    iam, role = cloud.client("iam"), cloud.role("maker", path="/ops/")
    iam.attach_role_policy(RoleName="maker", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    given = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
    cloud.keys["maker"] = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    eks = cloud.cluster(user="maker")
    assert eks.list_access_entries(clusterName="bank")["accessEntries"] == [role]
    assert cloud.can("maker", "delete", "secrets", "any")


def test_entries_in_pages_and_by_policy(cloud: Any) -> None:
    eks = cloud.cluster()
    view = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    for number in range(5):
        arn = cloud.user(f"u{number}")
        eks.create_access_entry(clusterName="bank", principalArn=arn)
        if number % 2:
            eks.associate_access_policy(
                clusterName="bank", principalArn=arn, policyArn=view, accessScope={"type": "cluster"}
            )
    pages = eks.get_paginator("list_access_entries").paginate(clusterName="bank", PaginationConfig={"PageSize": 2})
    assert [len(page["accessEntries"]) for page in pages] == [2, 2, 2]
    found = eks.list_access_entries(clusterName="bank", associatedPolicyArn=view)["accessEntries"]
    assert [arn.rpartition("/")[2] for arn in found] == ["u1", "u3"]


def test_what_the_request_alone_tells_comes_first(cloud: Any, github: str, refusal: Any) -> None:
    eks, one = cloud.client("eks"), {"clusterName": "nothing", "principalArn": github}
    assert (
        refusal(eks.create_access_entry, **one, kubernetesGroups=["system:masters"])[0] == "InvalidParameterException"
    )
    assert refusal(eks.create_access_entry, **one) == (
        "ResourceNotFoundException",
        404,
        "No cluster found for name: nothing.",
    )
