"""Simulations: the same answer as the call itself gets, and what can't be known told as missing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import REGION


def results(iam: Any, user: str, *actions: str, cloud: Any, kind: str = "user", **more: Any) -> list[dict[str, Any]]:
    arn = f"arn:aws:iam::{cloud.account}:{kind}/{user}"
    return iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=list(actions), **more)["EvaluationResults"]


def decisions(*args: Any, **kwargs: Any) -> list[str]:
    return [result["EvalDecision"] for result in results(*args, **kwargs)]


def test_a_simulation_is_what_the_call_gets(cloud: Any) -> None:
    iam, admin = cloud.client("iam"), cloud.client("secretsmanager")
    for name in ("bank/prod", "bank/dev"):
        arn = admin.create_secret(Name=name, SecretString="{}")["ARN"]
        for user in ("github", "developer", "tester"):
            for action, call, more in (
                ("secretsmanager:GetSecretValue", "get_secret_value", {}),
                ("secretsmanager:DescribeSecret", "describe_secret", {}),
                ("secretsmanager:PutSecretValue", "put_secret_value", {"SecretString": "x"}),
            ):
                try:
                    getattr(cloud.client("secretsmanager", user), call)(SecretId=arn, **more)
                    expected = "allowed"
                except ClientError as error:
                    assert error.response["Error"]["Code"] == "AccessDeniedException"
                    expected = "implicitDeny"
                assert decisions(iam, user, action, cloud=cloud, ResourceArns=[arn]) == [expected], (user, action, name)


def test_what_an_answer_holds(cloud: Any) -> None:
    iam = cloud.client("iam")
    head = f"arn:aws:secretsmanager:{REGION}:{cloud.account}:secret:bank"
    first, second = results(
        iam,
        "developer",
        "secretsmanager:GetSecretValue",
        cloud=cloud,
        ResourceArns=[f"{head}/dev-AbCdEf", f"{head}/prod-AbCdEf"],
    )
    assert first == {
        "EvalActionName": "secretsmanager:GetSecretValue",
        "EvalResourceName": f"{head}/dev-AbCdEf",
        "EvalDecision": "allowed",
        "MatchedStatements": [{"SourcePolicyId": "user_developer_own", "SourcePolicyType": "IAM Policy"}],
        "MissingContextValues": [],
        "ResourceSpecificResults": [
            {
                "EvalResourceName": f"{head}/dev-AbCdEf",
                "EvalResourceDecision": "allowed",
                "MatchedStatements": [{"SourcePolicyId": "user_developer_own", "SourcePolicyType": "IAM Policy"}],
                "MissingContextValues": [],
            }
        ],
    }
    assert (second["EvalDecision"], second["MatchedStatements"]) == ("implicitDeny", [])
    assert "ResourceSpecificResults" not in results(iam, "developer", "rds:DescribeDBInstances", cloud=cloud)[0]


def test_groups_managed_policies_and_an_explicit_deny(cloud: Any, allow: Any) -> None:
    iam = cloud.client("iam")
    cloud.user("alice")
    assert decisions(iam, "alice", "ecr:PutImage", cloud=cloud) == ["implicitDeny"]
    iam.create_group(GroupName="devs")
    iam.add_user_to_group(GroupName="devs", UserName="alice")
    iam.attach_group_policy(GroupName="devs", PolicyArn="arn:aws:iam::aws:policy/PowerUserAccess")
    result = results(iam, "alice", "ecr:PutImage", cloud=cloud)[0]
    assert (result["EvalDecision"], result["MatchedStatements"][0]["SourcePolicyId"]) == ("allowed", "PowerUserAccess")
    assert decisions(iam, "devs", "ecr:PutImage", "iam:CreateUser", cloud=cloud, kind="group") == [
        "allowed",
        "implicitDeny",
    ]
    never = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "ecr:Put*", "Resource": "*"}}
    iam.put_user_policy(UserName="alice", PolicyName="never", PolicyDocument=json.dumps(never))
    assert decisions(iam, "alice", "ecr:PutImage", cloud=cloud) == ["explicitDeny"]
    assert decisions(
        iam, "alice", "ecr:GetImage", cloud=cloud, PolicyInputList=[json.dumps(never).replace("Put", "Get")]
    ) == ["explicitDeny"]


def test_a_role_and_a_boundary(cloud: Any, allow: Any) -> None:
    iam = cloud.client("iam")
    cloud.role("deploy", path="/ci/")
    iam.attach_role_policy(RoleName="deploy", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    assert decisions(iam, "ci/deploy", "s3:GetObject", cloud=cloud, kind="role") == ["allowed"]
    iam.put_role_permissions_boundary(
        RoleName="deploy", PermissionsBoundary="arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    )
    result = results(iam, "ci/deploy", "s3:GetObject", cloud=cloud, kind="role")[0]
    assert (result["EvalDecision"], result["PermissionsBoundaryDecisionDetail"]) == (
        "implicitDeny",
        {"AllowedByPermissionsBoundary": False},
    )
    wide = json.dumps(allow({"Action": "s3:*", "Resource": "*"}))
    assert decisions(
        iam, "ci/deploy", "s3:GetObject", cloud=cloud, kind="role", PermissionsBoundaryPolicyInputList=[wide]
    ) == ["allowed"]
    iam.put_user_permissions_boundary(UserName="admin", PermissionsBoundary="arn:aws:iam::aws:policy/IAMFullAccess")
    assert decisions(cloud.client("iam", "root"), "admin", "s3:GetObject", "iam:GetUser", cloud=cloud) == [
        "implicitDeny",
        "allowed",
    ]


def test_what_a_condition_needs_is_missing_until_it_is_given(cloud: Any, allow: Any) -> None:
    iam = cloud.client("iam")
    here = {"StringEquals": {"aws:RequestedRegion": REGION}}
    own = "arn:aws:s3:::home/${aws:username}/${aws:PrincipalTag/team}/*"
    cloud.user(
        "alice",
        allow(
            {"Action": "s3:PutObject", "Resource": own, "Condition": here},
            {"Action": "rds:*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
        ),
    )
    arn = "arn:aws:s3:::home/alice/bank/x"
    result = results(iam, "alice", "s3:PutObject", cloud=cloud, ResourceArns=[arn])[0]
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("implicitDeny", [])
    assert result["ResourceSpecificResults"][0]["MissingContextValues"] == [
        "aws:PrincipalTag/team",
        "aws:RequestedRegion",
    ]
    assert results(iam, "alice", "rds:StopDBInstance", cloud=cloud)[0]["MissingContextValues"] == [
        "aws:MultiFactorAuthPresent"
    ]
    given = [
        {"ContextKeyName": "aws:RequestedRegion", "ContextKeyValues": [REGION], "ContextKeyType": "string"},
        {"ContextKeyName": "aws:principaltag/team", "ContextKeyValues": ["bank"], "ContextKeyType": "string"},
    ]
    result = results(iam, "alice", "s3:PutObject", cloud=cloud, ResourceArns=[arn], ContextEntries=given)[0]
    assert result["EvalDecision"] == "allowed"
    assert result["ResourceSpecificResults"][0]["MissingContextValues"] == []
    user = f"arn:aws:iam::{cloud.account}:user/alice"
    keys = iam.get_context_keys_for_principal_policy(PolicySourceArn=user)["ContextKeyNames"]
    assert keys == ["aws:MultiFactorAuthPresent", "aws:PrincipalTag/team", "aws:RequestedRegion", "aws:username"]


def test_policies_of_ones_own_making(cloud: Any, allow: Any) -> None:
    iam = cloud.client("iam")
    policy = json.dumps(allow({"Action": "s3:*", "Resource": "arn:aws:s3:::bank/*"}))

    def custom(**more: Any) -> list[dict[str, Any]]:
        return iam.simulate_custom_policy(PolicyInputList=[policy], **more)["EvaluationResults"]

    assert [
        one["EvalDecision"]
        for one in custom(ActionNames=["s3:GetObject"], ResourceArns=["arn:aws:s3:::bank/x", "arn:aws:s3:::other/x"])
    ] == [
        "allowed",
        "implicitDeny",
    ]
    assert custom(ActionNames=["s3:GetObject"])[0]["EvalDecision"] == "implicitDeny"
    own = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{cloud.account}:user/x"},
            "Action": "s3:*",
            "Resource": "*",
        },
    }
    asked = {
        "ActionNames": ["s3:GetObject"],
        "ResourceArns": ["arn:aws:s3:::other/x"],
        "ResourcePolicy": json.dumps(own),
    }
    assert custom(**asked, CallerArn=f"arn:aws:iam::{cloud.account}:user/x")[0]["EvalDecision"] == "allowed"
    assert custom(**asked, CallerArn=f"arn:aws:iam::{cloud.account}:user/y")[0]["EvalDecision"] == "implicitDeny"
    pages = iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[policy],
        ActionNames=[f"s3:Action{number}" for number in range(5)],
        PaginationConfig={"PageSize": 2},
    )
    assert [len(page["EvaluationResults"]) for page in pages] == [2, 2, 1]


def test_what_can_not_be_simulated(cloud: Any, allow: Any) -> None:
    iam = cloud.client("iam")

    def refused(call: Any = iam.simulate_principal_policy, **parameters: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            call(**{"ActionNames": ["s3:GetObject"], **parameters})
        return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]

    head = f"arn:aws:iam::{cloud.account}"
    assert refused(PolicySourceArn=f"{head}:user/nobody") == (
        "NoSuchEntity",
        "The user with name nobody cannot be found.",
    )
    session = f"arn:aws:sts::{cloud.account}:assumed-role/x/y"
    assert refused(PolicySourceArn=session) == (
        "InvalidInput",
        f"Invalid Entity Arn: {session} does not clearly define entity type and name.",
    )
    assert refused(PolicySourceArn=f"{head}:user/github", ActionNames=["GetObject"])[0] == "InvalidInput"
    assert refused(iam.simulate_custom_policy, PolicyInputList=["{"])[0] == "InvalidInput"
    tester = cloud.client("iam", "tester")
    assert refused(tester.simulate_principal_policy, PolicySourceArn=f"{head}:user/tester")[0] == "AccessDenied"
    cloud.user("alice", allow({"Action": "iam:SimulatePrincipalPolicy", "Resource": f"{head}:user/${{aws:username}}"}))
    alice = cloud.client("iam", "alice")
    assert alice.simulate_principal_policy(PolicySourceArn=f"{head}:user/alice", ActionNames=["s3:GetObject"])[
        "EvaluationResults"
    ]
    assert refused(alice.simulate_principal_policy, PolicySourceArn=f"{head}:user/github")[0] == "AccessDenied"
