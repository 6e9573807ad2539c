"""Who may do what, over the wire, and the words of a refusal."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import REGION


def refusal(call: Any, *args: Any, **kwargs: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(*args, **kwargs)
    error = caught.value.response["Error"]
    return error["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"], error["Message"]


def code(call: Any, *args: Any, **kwargs: Any) -> str:
    return refusal(call, *args, **kwargs)[0]


def test_a_refusal_says_who_what_on_what_and_why(cloud: Any) -> None:
    admin = cloud.client("secretsmanager")
    arn = admin.create_secret(Name="bank/prod", SecretString="{}")["ARN"]
    text = (
        f"User: arn:aws:iam::{cloud.account}:user/developer is not authorized to perform: secretsmanager:GetSecretValue "
        f"on resource: {arn} because no identity-based policy allows the secretsmanager:GetSecretValue action"
    )
    get = cloud.client("secretsmanager", "developer").get_secret_value
    assert refusal(get, SecretId="bank/prod") == ("AccessDeniedException", 400, text)
    assert refusal(get, SecretId=arn) == ("AccessDeniedException", 400, text)
    assert refusal(get, SecretId=arn[:-7]) == ("AccessDeniedException", 400, text)


def test_each_protocol_refuses_in_its_own_shape(cloud: Any) -> None:
    def of(service: str, operation: str, **parameters: Any) -> tuple[str, int]:
        return refusal(getattr(cloud.client(service, "tester"), operation), **parameters)[:2]

    assert of("eks", "create_nodegroup", clusterName="c", nodegroupName="n", subnets=["s"], nodeRole="r") == (
        "AccessDeniedException",
        403,
    )
    assert of("ecr", "create_repository", repositoryName="bank") == ("AccessDeniedException", 400)
    assert of("iam", "list_users") == ("AccessDenied", 403)
    assert of("rds", "delete_db_instance", DBInstanceIdentifier="x", SkipFinalSnapshot=True) == ("AccessDenied", 403)
    assert of("sts", "assume_role", RoleArn=f"arn:aws:iam::{cloud.account}:role/x", RoleSessionName="ss") == (
        "AccessDenied",
        403,
    )
    assert of("ec2", "create_vpc", CidrBlock="10.0.0.0/16") == ("UnauthorizedOperation", 403)
    assert of("s3", "list_buckets") == ("AccessDenied", 403)


def test_boto3_raises_the_modelled_exception(cloud: Any) -> None:
    client = cloud.client("secretsmanager")
    with pytest.raises(client.exceptions.ResourceNotFoundException) as caught:
        client.get_secret_value(SecretId="nothing")
    assert caught.value.response["Error"]["Message"] == "Secrets Manager can't find the specified secret."
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_the_seeded_users(cloud: Any) -> None:
    admin = cloud.client("secretsmanager")
    for name in ("bank/prod", "bank/dev", "bank/dev-other-suffix"):
        admin.create_secret(Name=name, SecretString="{}")
    can = {
        ("github", "bank/prod"): True,
        ("github", "bank/dev"): True,
        ("developer", "bank/prod"): False,
        ("developer", "bank/dev"): True,
        ("developer", "bank/dev-other-suffix"): False,
        ("tester", "bank/prod"): False,
        ("tester", "bank/dev"): False,
    }
    for (user, name), expected in can.items():
        client = cloud.client("secretsmanager", user)
        if expected:
            assert client.get_secret_value(SecretId=name)["SecretString"] == "{}"
        else:
            assert code(client.get_secret_value, SecretId=name) == "AccessDeniedException"
        assert code(client.put_secret_value, SecretId=name, SecretString="x") == "AccessDeniedException"
    assert cloud.client("secretsmanager", "tester").describe_secret(SecretId="bank/prod")["Name"] == "bank/prod"
    assert len(cloud.client("secretsmanager", "developer").list_secrets()["SecretList"]) == 3
    cloud.client("ecr").create_repository(repositoryName="bank")
    # Allowed; and then ECR's own answer: no registry runs here.
    assert code(cloud.client("ecr", "github").get_authorization_token) == "ServerException"
    assert code(cloud.client("ecr", "developer").get_authorization_token) == "AccessDeniedException"
    assert cloud.client("rds", "tester").describe_db_instances()["DBInstances"] == []
    assert cloud.client("eks", "github").list_clusters()["clusters"] == []


def test_a_secret_that_is_not_there_yet_matches_both_patterns(cloud: Any, allow: Any) -> None:
    head = f"arn:aws:secretsmanager:{REGION}:{cloud.account}:secret:"
    cloud.user("star", allow({"Action": "secretsmanager:*", "Resource": f"{head}bank/new*"}))
    cloud.user("marks", allow({"Action": "secretsmanager:*", "Resource": f"{head}bank/new-??????"}))
    for user in ("star", "marks"):
        client = cloud.client("secretsmanager", user)
        assert code(client.get_secret_value, SecretId="bank/new") == "ResourceNotFoundException"
        assert refusal(client.get_secret_value, SecretId="bank/old")[2] == (
            f"User: arn:aws:iam::{cloud.account}:user/{user} is not authorized to perform: secretsmanager:GetSecretValue on resource: "
            f"{head}bank/old-?????? because no identity-based policy allows the secretsmanager:GetSecretValue action"
        )
    cloud.client("secretsmanager", "marks").create_secret(Name="bank/new", SecretString="1")
    assert cloud.client("secretsmanager", "star").get_secret_value(SecretId="bank/new")["SecretString"] == "1"


def test_groups_managed_policies_and_an_explicit_deny(cloud: Any, allow: Any) -> None:
    cloud.user("alice")
    cloud.client("secretsmanager").create_secret(Name="x", SecretString="1")
    get = cloud.client("secretsmanager", "alice").get_secret_value
    iam = cloud.client("iam")
    assert code(get, SecretId="x") == "AccessDeniedException"
    iam.create_group(GroupName="team")
    iam.put_group_policy(
        GroupName="team",
        PolicyName="p",
        PolicyDocument=json.dumps(allow({"Action": "secretsmanager:*", "Resource": "*"})),
    )
    iam.add_user_to_group(GroupName="team", UserName="alice")
    assert get(SecretId="x")["SecretString"] == "1"
    denying = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}],
    }
    arn = iam.create_policy(PolicyName="never", PolicyDocument=json.dumps(denying))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="alice", PolicyArn=arn)
    assert refusal(get, SecretId="x")[2].endswith("with an explicit deny in an identity-based policy")
    other = json.dumps({**denying, "Statement": [{**denying["Statement"][0], "Action": "secretsmanager:DeleteSecret"}]})
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=other, SetAsDefault=True)
    assert get(SecretId="x")["SecretString"] == "1"
    iam.remove_user_from_group(GroupName="team", UserName="alice")
    assert code(get, SecretId="x") == "AccessDeniedException"


def test_the_region_that_is_asked(cloud: Any, allow: Any) -> None:
    cloud.user(
        "here", allow({"Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestedRegion": REGION}}})
    )
    assert cloud.client("secretsmanager", "here").list_secrets()["SecretList"] == []
    assert code(cloud.client("secretsmanager", "here", region="us-east-1").list_secrets) == "AccessDeniedException"


def test_iam_on_oneself_only(cloud: Any, allow: Any) -> None:
    own = f"arn:aws:iam::{cloud.account}:user/${{aws:username}}"
    cloud.user("alice", allow({"Action": ["iam:GetUser", "iam:ListAccessKeys"], "Resource": own}))
    iam = cloud.client("iam", "alice")
    assert iam.get_user()["User"]["UserName"] == "alice"
    assert len(iam.list_access_keys(UserName="alice")["AccessKeyMetadata"]) == 1
    assert code(iam.list_access_keys, UserName="admin") == "AccessDenied"


def test_what_everybody_may(cloud: Any) -> None:
    cloud.user("nobody", {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
    sts = cloud.client("sts", "nobody")
    assert sts.get_caller_identity()["Arn"].endswith("user/nobody")
    assert sts.get_session_token()["Credentials"]["AccessKeyId"].startswith("ASIA")


def test_root_may_everything(cloud: Any) -> None:
    assert len(cloud.client("iam", "root").list_users()["Users"]) == 4


def test_a_role_wants_its_trust_and_the_callers_permission(cloud: Any, allow: Any) -> None:
    iam, account = cloud.client("iam"), cloud.account

    def role(name: str, principal: Any, **more: Any) -> str:
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]

    def assume(user: str, arn: str, **more: Any) -> Any:
        return cloud.client("sts", user).assume_role(RoleArn=arn, RoleSessionName="session", **more)

    cloud.user("plain")
    cloud.user("may", allow({"Action": "sts:AssumeRole", "Resource": f"arn:aws:iam::{account}:role/*"}))
    of_account = role("of-account", {"AWS": f"arn:aws:iam::{account}:root"})
    of_plain = role("of-plain", {"AWS": f"arn:aws:iam::{account}:user/plain"})
    outside = role("outside", {"AWS": account}, Condition={"StringEquals": {"sts:ExternalId": "42"}})

    assert (
        assume("may", of_account)["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{account}:assumed-role/of-account/session"
    )
    assert refusal(assume, "plain", of_account) == (
        "AccessDenied",
        403,
        f"User: arn:aws:iam::{account}:user/plain is not authorized to perform: sts:AssumeRole on resource: {of_account}",
    )
    assert assume("plain", of_plain)["Credentials"]
    assert code(assume, "may", of_plain) == "AccessDenied"
    assert code(assume, "may", outside) == "AccessDenied"
    assert assume("may", outside, ExternalId="42")["Credentials"]
    assert code(assume, "may", f"arn:aws:iam::{account}:role/none") == "AccessDenied"
    assert code(assume, "may", of_account, DurationSeconds=7200) == "ValidationError"


def test_a_role_has_its_own_rights_within_its_limits(cloud: Any, allow: Any) -> None:
    iam = cloud.client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": cloud.account}, "Action": "sts:AssumeRole"}],
    }
    arn = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(
        RoleName="reader",
        PolicyName="p",
        PolicyDocument=json.dumps(allow({"Action": "secretsmanager:*", "Resource": "*"})),
    )
    cloud.client("secretsmanager").create_secret(Name="x", SecretString="1")

    def as_role(**more: Any) -> Any:
        given = cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName="session", **more)["Credentials"]
        return cloud.client(
            "secretsmanager", key=(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        )

    assert as_role().get_secret_value(SecretId="x")["SecretString"] == "1"
    narrow = as_role(Policy=json.dumps(allow({"Action": "secretsmanager:ListSecrets", "Resource": "*"})))
    assert narrow.list_secrets()["SecretList"]
    code_, _, text = refusal(narrow.get_secret_value, SecretId="x")
    assert (code_, text.startswith(f"User: arn:aws:sts::{cloud.account}:assumed-role/reader/session ")) == (
        "AccessDeniedException",
        True,
    )
    boundary = iam.create_policy(
        PolicyName="b", PolicyDocument=json.dumps(allow({"Action": "secretsmanager:DescribeSecret", "Resource": "*"}))
    )["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="reader", PermissionsBoundary=boundary)
    assert code(as_role().get_secret_value, SecretId="x") == "AccessDeniedException"
    assert as_role().describe_secret(SecretId="x")["Name"] == "x"


def test_a_secrets_own_policy(cloud: Any, allow: Any) -> None:
    admin, user = cloud.client("secretsmanager"), cloud.user("alice")
    admin.create_secret(Name="x", SecretString="1")
    get = cloud.client("secretsmanager", "alice").get_secret_value
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": user},
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }

    def put(**more: Any) -> None:
        admin.put_resource_policy(
            SecretId="x", ResourcePolicy=json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **more}]})
        )

    put()
    assert get(SecretId="x")["SecretString"] == "1"
    put(Principal={"AWS": cloud.account})
    assert code(get, SecretId="x") == "AccessDeniedException"
    put(Effect="Deny", Principal="*")
    assert refusal(admin.get_secret_value, SecretId="x")[2].endswith("with an explicit deny in a resource-based policy")


def test_a_batch_holds_only_what_may_be_read(cloud: Any, allow: Any) -> None:
    admin = cloud.client("secretsmanager")
    arns = {name: admin.create_secret(Name=name, SecretString=name)["ARN"] for name in ("a", "b")}
    cloud.user(
        "half",
        allow(
            {"Action": "secretsmanager:BatchGetSecretValue", "Resource": "*"},
            {"Action": "secretsmanager:GetSecretValue", "Resource": arns["a"]},
        ),
    )
    answer = cloud.client("secretsmanager", "half").batch_get_secret_value(SecretIdList=["a", "b", "c"])
    assert [value["SecretString"] for value in answer["SecretValues"]] == ["a"]
    assert sorted((error["SecretId"], error["ErrorCode"]) for error in answer["Errors"]) == sorted(
        [(arns["b"], "AccessDeniedException"), ("c", "ResourceNotFoundException")]
    )


@pytest.mark.parametrize(
    ("action", "resource", "call"),
    [
        ("rds:DescribeDBInstances", "rds:{r}:{a}:db:*", ("rds", "describe_db_instances", {})),
        ("rds:DescribeDBSnapshots", "rds:{r}:{a}:snapshot:*", ("rds", "describe_db_snapshots", {})),
        ("rds:DescribeDBSubnetGroups", "rds:{r}:{a}:subgrp:bank", ("rds", "describe_db_subnet_groups", {"DBSubnetGroupName": "bank"})),
        ("rds:DeleteDBSnapshot", "rds:{r}:{a}:snapshot:before", ("rds", "delete_db_snapshot", {"DBSnapshotIdentifier": "Before"})),
        ("ecr:CreateRepository", "ecr:{r}:{a}:repository/bank", ("ecr", "create_repository", {"repositoryName": "bank"})),
        ("ecr:DescribeRepositories", "ecr:{r}:{a}:repository/*", ("ecr", "describe_repositories", {})),
        ("eks:DescribeCluster", "eks:{r}:{a}:cluster/bank", ("eks", "describe_cluster", {"name": "bank"})),
        ("eks:DescribeNodegroup", "eks:{r}:{a}:nodegroup/bank/n/*", ("eks", "describe_nodegroup", {"clusterName": "bank", "nodegroupName": "n"})),
        ("eks:ListNodegroups", "eks:{r}:{a}:cluster/bank", ("eks", "list_nodegroups", {"clusterName": "bank"})),
        ("iam:ListUsers", "iam::{a}:user/", ("iam", "list_users", {})),
        ("iam:GetRole", "iam::{a}:role/x", ("iam", "get_role", {"RoleName": "x"})),
        ("ec2:DescribeVpcs", "", ("ec2", "describe_vpcs", {})),
        ("ec2:DeleteSecurityGroup", "ec2:{r}:{a}:security-group/sg-1", ("ec2", "delete_security_group", {"GroupId": "sg-1"})),
        ("ec2:AuthorizeSecurityGroupIngress", "ec2:{r}:{a}:security-group/*", ("ec2", "authorize_security_group_ingress", {"GroupId": "sg-1"})),
        ("ec2:CreateTags", "ec2:{r}:{a}:security-group/sg-1", ("ec2", "create_tags", {"Resources": ["sg-1"], "Tags": []})),
    ],
)  # fmt: skip
def test_the_resources_of_an_action(
    cloud: Any, allow: Any, action: str, resource: str, call: tuple[str, str, dict[str, Any]]
) -> None:
    service, operation, parameters = call
    right = "arn:aws:" + resource.format(r=REGION, a=cloud.account) if resource else "*"
    cloud.user("right", allow({"Action": action, "Resource": right}))
    cloud.user("wrong", allow({"Action": action, "Resource": f"arn:aws:sns:{REGION}:{cloud.account}:other"}))
    assert code(getattr(cloud.client(service, "wrong"), operation), **parameters) in (
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
    )
    try:
        getattr(cloud.client(service, "right"), operation)(**parameters)
    except ClientError as error:
        # Allowed, and then the service's own answer: there is no such thing.
        assert (
            "Denied" not in error.response["Error"]["Code"]
            and error.response["Error"]["Code"] != "UnauthorizedOperation"
        )


def test_passing_a_role_to_eks_needs_permission(cloud: Any, allow: Any) -> None:
    role = cloud.role("eks", "eks.amazonaws.com")
    cloud.user("half", allow({"Action": "eks:*", "Resource": "*"}))
    cloud.user("both", allow({"Action": "eks:*", "Resource": "*"}, {"Action": "iam:PassRole", "Resource": role}))
    network = {"subnetIds": cloud.subnets()}
    given = {"name": "bank", "roleArn": role, "resourcesVpcConfig": network}
    assert "iam:PassRole" in refusal(cloud.client("eks", "half").create_cluster, **given)[2]
    assert cloud.client("eks", "both").create_cluster(**given)["cluster"]["name"] == "bank"


def test_the_default_network_is_there(cloud: Any) -> None:
    ec2 = cloud.client("ec2", "tester")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) >= 2
