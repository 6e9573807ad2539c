"""What IAM is asked about the caller, permissions boundaries of users, and the conditions of IAM's own actions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError


def code(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return str(caught.value.response["Error"]["Code"])


def session(cloud: Any, user: str) -> Any:
    given = cloud.client("sts", user).get_session_token()["Credentials"]
    return cloud.client("iam", key=(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]))


def test_where_no_user_is_named_it_is_the_caller(cloud: Any, allow: Any) -> None:
    own = f"arn:aws:iam::{cloud.account}:user/${{aws:username}}"
    cloud.user("alice", allow({"Action": "iam:*", "Resource": own}))
    for iam in (cloud.client("iam", "alice"), session(cloud, "alice")):
        assert iam.get_user()["User"]["UserName"] == "alice"
        made = iam.create_access_key()["AccessKey"]
        assert made["UserName"] == "alice"
        iam.update_access_key(AccessKeyId=made["AccessKeyId"], Status="Inactive")
        keys = {key["AccessKeyId"]: key["Status"] for key in iam.list_access_keys()["AccessKeyMetadata"]}
        assert keys[made["AccessKeyId"]] == "Inactive" and len(keys) == 2
        iam.delete_access_key(AccessKeyId=made["AccessKeyId"])
        assert iam.list_mfa_devices()["MFADevices"] == []
        assert iam.get_access_key_last_used(AccessKeyId=cloud.keys["alice"][0])["UserName"] == "alice"
        assert code(iam.get_access_key_last_used, AccessKeyId=cloud.keys["admin"][0]) == "AccessDenied"


def test_a_role_has_to_name_somebody(cloud: Any) -> None:
    role = cloud.role("ops")
    cloud.client("iam").attach_role_policy(RoleName="ops", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    given = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
    iam = cloud.client("iam", key=(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]))
    with pytest.raises(ClientError, match="Must specify userName when calling with non-User credentials"):
        iam.get_user()
    assert iam.get_user(UserName="github")["User"]["UserName"] == "github"


def test_a_boundary_limits_a_user(cloud: Any, allow: Any) -> None:
    iam = cloud.client("iam")
    policy = {
        "PolicyName": "limit",
        "PolicyDocument": json.dumps(allow({"Action": ["secretsmanager:ListSecrets", "iam:*"], "Resource": "*"})),
    }
    arn = iam.create_policy(**policy)["Policy"]["Arn"]
    cloud.user("alice", allow({"Action": "*", "Resource": "*"}))
    secrets = cloud.client("secretsmanager", "alice")
    secrets.create_secret(Name="x", SecretString="1")
    iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=arn)
    assert iam.get_user(UserName="alice")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    assert secrets.list_secrets()["SecretList"]
    with pytest.raises(
        ClientError, match="because no permissions boundary allows the secretsmanager:GetSecretValue action"
    ):
        secrets.get_secret_value(SecretId="x")
    iam.delete_user_permissions_boundary(UserName="alice")
    assert "PermissionsBoundary" not in iam.get_user(UserName="alice")["User"]
    assert secrets.get_secret_value(SecretId="x")["SecretString"] == "1"
    assert code(iam.delete_user_permissions_boundary, UserName="alice") == "NoSuchEntity"
    assert code(iam.put_user_permissions_boundary, UserName="alice", PermissionsBoundary=arn + "x") == "NoSuchEntity"
    assert code(iam.create_user, UserName="bob", PermissionsBoundary=arn + "x") == "NoSuchEntity"
    assert "PermissionsBoundary" not in iam.create_user(UserName="bob")["User"]
    made = iam.create_user(UserName="eve", PermissionsBoundary=arn)["User"]
    assert made["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn


def test_service_specific_credentials(cloud: Any) -> None:
    iam, one = cloud.client("iam"), {"UserName": "github", "ServiceName": "codecommit.amazonaws.com"}
    made = [iam.create_service_specific_credential(**one)["ServiceSpecificCredential"] for _ in range(2)]
    assert made[0]["ServicePassword"] and made[0]["Status"] == "Active"
    assert code(iam.create_service_specific_credential, **one) == "LimitExceeded"
    assert (
        code(iam.create_service_specific_credential, UserName="github", ServiceName="x.amazonaws.com")
        == "NotSupportedService"
    )
    listed = iam.list_service_specific_credentials(UserName="github")["ServiceSpecificCredentials"]
    assert [one["ServiceSpecificCredentialId"] for one in listed] == [
        one["ServiceSpecificCredentialId"] for one in made
    ]
    assert "ServicePassword" not in listed[0]
    which = {"UserName": "github", "ServiceSpecificCredentialId": listed[0]["ServiceSpecificCredentialId"]}
    iam.update_service_specific_credential(**which, Status="Inactive")
    assert (
        iam.list_service_specific_credentials(UserName="github")["ServiceSpecificCredentials"][0]["Status"]
        == "Inactive"
    )
    iam.delete_service_specific_credential(**which)
    assert code(iam.delete_service_specific_credential, **which) == "NoSuchEntity"
    assert code(iam.list_service_specific_credentials, UserName="nobody") == "NoSuchEntity"


def test_conditions_of_iams_own_actions(cloud: Any, allow: Any) -> None:
    admin, view = cloud.client("iam"), "arn:aws:iam::aws:policy/ReadOnlyAccess"
    limit = admin.create_policy(PolicyName="limit", PolicyDocument=json.dumps(allow({"Action": "*", "Resource": "*"})))[
        "Policy"
    ]["Arn"]
    admin.tag_user(UserName="tester", Tags=[{"Key": "team", "Value": "bank"}])
    cloud.user(
        "lead",
        allow(
            {"Action": "iam:AttachUserPolicy", "Resource": "*", "Condition": {"ArnEquals": {"iam:PolicyARN": view}}},
            {
                "Action": "iam:CreateUser",
                "Resource": "*",
                "Condition": {"StringEquals": {"iam:PermissionsBoundary": limit}},
            },
            {
                "Action": "iam:DeleteUser",
                "Resource": "*",
                "Condition": {"StringEquals": {"iam:PermissionsBoundary": limit}},
            },
            {
                "Action": "iam:ListAccessKeys",
                "Resource": "*",
                "Condition": {"StringEquals": {"iam:ResourceTag/team": "bank"}},
            },
        ),
    )
    iam = cloud.client("iam", "lead")
    iam.attach_user_policy(UserName="tester", PolicyArn=view)
    assert (
        code(iam.attach_user_policy, UserName="tester", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
        == "AccessDenied"
    )
    assert code(iam.create_user, UserName="new") == "AccessDenied"
    iam.create_user(UserName="new", PermissionsBoundary=limit)
    iam.delete_user(UserName="new")
    assert code(iam.delete_user, UserName="tester") == "AccessDenied"
    assert iam.list_access_keys(UserName="tester")["AccessKeyMetadata"]
    assert code(iam.list_access_keys, UserName="github") == "AccessDenied"


def test_resources_of_providers_and_devices(cloud: Any, allow: Any) -> None:
    url = "token.actions.githubusercontent.com"
    arn = f"arn:aws:iam::{cloud.account}:oidc-provider/{url}"
    cloud.user("right", allow({"Action": "iam:*", "Resource": [arn, f"arn:aws:iam::{cloud.account}:mfa/alice"]}))
    cloud.user("wrong", allow({"Action": "iam:*", "Resource": f"arn:aws:iam::{cloud.account}:oidc-provider/other"}))
    right, wrong = cloud.client("iam", "right"), cloud.client("iam", "wrong")
    assert code(wrong.create_open_id_connect_provider, Url=f"https://{url}") == "AccessDenied"
    right.create_open_id_connect_provider(Url=f"https://{url}")
    assert code(wrong.get_open_id_connect_provider, OpenIDConnectProviderArn=arn) == "AccessDenied"
    assert right.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["Url"] == url
    assert code(wrong.create_virtual_mfa_device, VirtualMFADeviceName="alice") == "AccessDenied"
    right.create_virtual_mfa_device(VirtualMFADeviceName="alice")


def test_tags_of_a_repository(cloud: Any, allow: Any) -> None:
    cloud.client("ecr").create_repository(repositoryName="bank", tags=[{"Key": "team", "Value": "bank"}])
    cloud.client("ecr").create_repository(repositoryName="shop")
    condition = {"StringEquals": {"aws:ResourceTag/team": "bank", "ecr:ResourceTag/team": "bank"}}
    cloud.user("alice", allow({"Action": "ecr:GetRepositoryPolicy", "Resource": "*", "Condition": condition}))
    ecr = cloud.client("ecr", "alice")
    assert code(ecr.get_repository_policy, repositoryName="bank") == "RepositoryPolicyNotFoundException"
    assert code(ecr.get_repository_policy, repositoryName="shop") == "AccessDeniedException"
