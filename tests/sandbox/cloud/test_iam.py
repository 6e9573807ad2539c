"""IAM where moto differs: what refuses to be deleted, quotas, ids, boundaries, AWS's own policies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def iam(cloud: Any) -> Any:
    return cloud.client("iam")


def refusal(call: Any, **parameters: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"], error["Message"]


def document(*actions: str, resource: Any = "*") -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": resource}]}
    )


def conflict(what: str) -> tuple[str, int, str]:
    return "DeleteConflict", 409, f"Cannot delete entity, must {what} first."


def test_a_user_goes_only_when_nothing_of_him_is_left(iam: Any) -> None:
    user = {"UserName": "alice"}
    iam.create_user(**user, Path="/team/")
    iam.create_group(GroupName="devs")
    iam.add_user_to_group(**user, GroupName="devs")
    iam.create_login_profile(**user, Password="a-long-Passw0rd!")
    key = iam.create_access_key(**user)["AccessKey"]["AccessKeyId"]
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="alice")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(**user, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321")
    ssh = iam.upload_ssh_public_key(**user, SSHPublicKeyBody="ssh-rsa AAAAB3Nza x")["SSHPublicKey"]["SSHPublicKeyId"]
    special = iam.create_service_specific_credential(**user, ServiceName="codecommit.amazonaws.com")[
        "ServiceSpecificCredential"
    ]
    iam.attach_user_policy(**user, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.put_user_policy(**user, PolicyName="p", PolicyDocument=document("s3:*"))

    def refused(what: str) -> None:
        assert refusal(iam.delete_user, **user) == conflict(what)

    refused("remove users from group")
    iam.remove_user_from_group(**user, GroupName="devs")
    refused("delete login profile")
    iam.delete_login_profile(**user)
    refused("delete access keys")
    iam.delete_access_key(**user, AccessKeyId=key)
    refused("delete MFA device")
    assert refusal(iam.delete_virtual_mfa_device, SerialNumber=serial)[0] == "DeleteConflict"
    iam.deactivate_mfa_device(**user, SerialNumber=serial)
    iam.delete_virtual_mfa_device(SerialNumber=serial)
    refused("delete SSH public keys")
    iam.delete_ssh_public_key(**user, SSHPublicKeyId=ssh)
    refused("delete service specific credentials")
    iam.delete_service_specific_credential(**user, ServiceSpecificCredentialId=special["ServiceSpecificCredentialId"])
    refused("detach all policies")
    iam.detach_user_policy(**user, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    refused("delete policies")
    iam.delete_user_policy(**user, PolicyName="p")
    iam.delete_user(**user)
    assert refusal(iam.get_user, **user) == ("NoSuchEntity", 404, "The user with name alice cannot be found.")


def test_a_group_and_a_policy_likewise(cloud: Any, iam: Any) -> None:
    group = {"GroupName": "devs"}
    iam.create_group(**group)
    iam.add_user_to_group(**group, UserName="github")
    arn = iam.create_policy(PolicyName="p", PolicyDocument=document("s3:*"))["Policy"]["Arn"]
    iam.attach_group_policy(**group, PolicyArn=arn)
    iam.put_group_policy(**group, PolicyName="inline", PolicyDocument=document("s3:*"))
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document("sqs:*"), SetAsDefault=True)
    assert refusal(iam.delete_policy, PolicyArn=arn) == (
        "DeleteConflict",
        409,
        "Cannot delete a policy attached to entities.",
    )
    assert refusal(iam.delete_group, **group) == conflict("remove users from group")
    iam.remove_user_from_group(**group, UserName="github")
    assert refusal(iam.delete_group, **group) == conflict("detach all policies")
    iam.detach_group_policy(**group, PolicyArn=arn)
    assert refusal(iam.delete_group, **group) == conflict("delete policies")
    iam.delete_group_policy(**group, PolicyName="inline")
    iam.delete_group(**group)
    assert refusal(iam.get_group, **group) == ("NoSuchEntity", 404, "The group with name devs cannot be found.")
    assert refusal(iam.delete_policy, PolicyArn=arn)[2].startswith("This policy has more than one version.")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    iam.delete_policy(PolicyArn=arn)
    assert refusal(iam.get_policy, PolicyArn=arn) == ("NoSuchEntity", 404, f"Policy {arn} was not found.")


def test_names_that_differ_by_case_are_one(iam: Any) -> None:
    trust = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
            ],
        }
    )
    iam.create_role(RoleName="node", AssumeRolePolicyDocument=trust)
    iam.create_group(GroupName="devs")
    iam.create_policy(PolicyName="p", PolicyDocument=document("s3:*"))
    exists = ("EntityAlreadyExists", 409)
    assert refusal(iam.create_user, UserName="GitHub") == (*exists, "User with name GitHub already exists.")
    assert refusal(iam.create_group, GroupName="Devs") == (*exists, "Group with name Devs already exists.")
    assert refusal(iam.create_role, RoleName="Node", AssumeRolePolicyDocument=trust) == (
        *exists,
        "Role with name Node already exists.",
    )
    assert refusal(iam.create_policy, PolicyName="P", PolicyDocument=document("s3:*"))[:2] == exists
    assert refusal(iam.update_user, UserName="github", NewUserName="tester")[:2] == exists


def test_a_renamed_user_keeps_his_tags_keys_and_groups(cloud: Any, iam: Any) -> None:
    iam.tag_user(UserName="github", Tags=[{"Key": "a", "Value": "1"}])
    iam.create_group(GroupName="devs")
    iam.add_user_to_group(GroupName="devs", UserName="github")
    iam.update_user(UserName="github", NewUserName="ci", NewPath="/bots/")
    assert iam.list_user_tags(UserName="ci")["Tags"] == [{"Key": "a", "Value": "1"}]
    assert cloud.client("sts", "github").get_caller_identity()["Arn"].endswith("user/bots/ci")
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="ci")["Groups"]] == ["devs"]
    assert iam.get_access_key_last_used(AccessKeyId=cloud.keys["github"][0])["UserName"] == "ci"


def test_ids_have_their_form(iam: Any) -> None:
    assert iam.create_user(UserName="u")["User"]["UserId"].startswith("AIDA")
    assert iam.create_group(GroupName="g")["Group"]["GroupId"].startswith("AGPA")
    assert iam.create_policy(PolicyName="p", PolicyDocument=document("s3:*"))["Policy"]["PolicyId"].startswith("ANPA")


def test_quotas(iam: Any) -> None:
    limit = ("LimitExceeded", 409)
    iam.create_access_key(UserName="github")
    assert refusal(iam.create_access_key, UserName="github") == (*limit, "Cannot exceed quota for AccessKeysPerUser: 2")
    big = document("s3:GetObject", resource=[f"arn:aws:s3:::{number:090}" for number in range(60)])
    assert refusal(iam.create_policy, PolicyName="p", PolicyDocument=big) == (
        *limit,
        "Cannot exceed quota for PolicySize: 6144",
    )
    spaced = json.dumps(json.loads(document("s3:*")), indent=2000)
    arn = iam.create_policy(PolicyName="p", PolicyDocument=spaced)["Policy"]["Arn"]
    assert (
        refusal(iam.create_policy_version, PolicyArn=arn, PolicyDocument=big)[2]
        == "Cannot exceed quota for PolicySize: 6144"
    )
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document("s3:*"))
    assert refusal(iam.create_policy_version, PolicyArn=arn, PolicyDocument=document("s3:*"))[:2] == limit
    inline = document("s3:GetObject", resource=[f"arn:aws:s3:::{number:090}" for number in range(20)])
    assert refusal(iam.put_user_policy, UserName="github", PolicyName="x", PolicyDocument=inline) == (
        *limit,
        "Maximum policy size of 2048 bytes exceeded for user github",
    )
    iam.create_group(GroupName="devs")
    iam.put_group_policy(GroupName="devs", PolicyName="x", PolicyDocument=inline)
    names = ("ReadOnlyAccess", "PowerUserAccess", "AdministratorAccess", "SecurityAudit", "ViewOnlyAccess", "AmazonEKSClusterPolicy",
             "AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly", "AmazonEC2ContainerRegistryPullOnly")  # fmt: skip
    arns = [
        policy["Arn"]
        for page in iam.get_paginator("list_policies").paginate(Scope="AWS")
        for policy in page["Policies"]
    ]
    for name in names:
        found = next(arn for arn in arns if arn.endswith(f"/{name}"))
        iam.attach_group_policy(GroupName="devs", PolicyArn=found)
        iam.attach_group_policy(GroupName="devs", PolicyArn=found)
    assert refusal(iam.attach_group_policy, GroupName="devs", PolicyArn=arn) == (
        *limit,
        "Cannot exceed quota for PoliciesPerGroup: 10",
    )
    for number in range(10):
        iam.create_group(GroupName=f"g{number}")
        iam.add_user_to_group(GroupName=f"g{number}", UserName="github")
    assert (
        refusal(iam.add_user_to_group, GroupName="devs", UserName="github")[2]
        == "Cannot exceed quota for GroupsPerUser: 10"
    )


def test_a_default_version_that_is_made_what_it_is_stays_it(cloud: Any, iam: Any) -> None:
    arn = iam.create_policy(PolicyName="p", PolicyDocument=document("secretsmanager:*"))["Policy"]["Arn"]
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["IsDefaultVersion"]
    iam.attach_user_policy(UserName="tester", PolicyArn=arn)
    assert cloud.client("secretsmanager", "tester").create_secret(Name="x", SecretString="1")["Name"] == "x"


def test_a_policy_of_aws_counts_when_it_is_attached(cloud: Any, iam: Any) -> None:
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 0
    iam.attach_user_policy(UserName="tester", PolicyArn=arn)
    iam.attach_user_policy(UserName="tester", PolicyArn=arn)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    assert cloud.client("iam", "tester").list_users()["Users"]
    nothing = "arn:aws:iam::aws:policy/Nothing"
    assert refusal(iam.attach_user_policy, UserName="tester", PolicyArn=nothing) == (
        "NoSuchEntity",
        404,
        f"Policy {nothing} does not exist or is not attachable.",
    )
    assert "AWS" not in {policy["Arn"].split(":")[4].upper() for policy in iam.list_policies(Scope="Local")["Policies"]}


def test_a_trust_names_who_is_there(cloud: Any, iam: Any) -> None:
    def trust(principal: Any) -> str:
        return json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}],
            }
        )

    head = f"arn:aws:iam::{cloud.account}"
    for gone in (f"{head}:user/nobody", f"{head}:role/nobody"):
        wrong = trust({"AWS": [gone]})
        text = ("MalformedPolicyDocument", 400, f'Invalid principal in policy: "AWS":"{gone}"')
        assert refusal(iam.create_role, RoleName="r", AssumeRolePolicyDocument=wrong) == text
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": [f"{head}:user/github", cloud.account]}))
    assert refusal(iam.update_assume_role_policy, RoleName="r", PolicyDocument=wrong) == text
    assert refusal(iam.create_role, RoleName="s", AssumeRolePolicyDocument="{")[0] == "MalformedPolicyDocument"
    assert refusal(iam.get_role, RoleName="s") == ("NoSuchEntity", 404, "The role with name s cannot be found.")


def test_when_a_key_was_used_last_and_for_what(cloud: Any, iam: Any) -> None:
    def used(user: str = "github") -> tuple[str, str]:
        last = iam.get_access_key_last_used(AccessKeyId=cloud.keys[user][0])["AccessKeyLastUsed"]
        return last["ServiceName"], last["Region"]

    assert used() == ("N/A", "N/A")
    cloud.client("sts", "github").get_caller_identity()
    assert used() == ("sts", "eu-west-1")
    with pytest.raises(ClientError):
        cloud.client("secretsmanager", "github", region="us-west-2").list_secrets()
    assert used() == ("secretsmanager", "us-west-2")
    assert used("admin") == ("iam", "us-east-1")


def test_an_identity_provider(cloud: Any, iam: Any) -> None:
    url = "https://token.actions.githubusercontent.com"
    arn = iam.create_open_id_connect_provider(Url=url, ClientIDList=["sts.amazonaws.com"])["OpenIDConnectProviderArn"]
    assert refusal(iam.create_open_id_connect_provider, Url=url) == (
        "EntityAlreadyExists",
        409,
        f"Provider with url {url} already exists.",
    )
    one = {"OpenIDConnectProviderArn": arn}
    iam.add_client_id_to_open_id_connect_provider(**one, ClientID="other")
    iam.add_client_id_to_open_id_connect_provider(**one, ClientID="other")
    assert iam.get_open_id_connect_provider(**one)["ClientIDList"] == ["sts.amazonaws.com", "other"]
    iam.remove_client_id_from_open_id_connect_provider(**one, ClientID="other")
    assert iam.get_open_id_connect_provider(**one)["ClientIDList"] == ["sts.amazonaws.com"]
    iam.delete_open_id_connect_provider(**one)
    assert refusal(iam.delete_open_id_connect_provider, **one)[:2] == ("NoSuchEntity", 404)
    assert refusal(iam.add_client_id_to_open_id_connect_provider, **one, ClientID="x")[:2] == ("NoSuchEntity", 404)
