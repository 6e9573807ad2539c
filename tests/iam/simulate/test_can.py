"""iam.can, held against what really happens when the call is made, as a developer and as a tester."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from longshore.aws.errors import DENIED, code_of
from longshore.iam.simulate.can import can
from tests.iam.conftest import Account
from tests.live import ACCOUNT, SECRET, told

pytestmark = pytest.mark.integration

HERE = f"eu-central-1:{ACCOUNT}"
NEW_SECRET = f"arn:aws:secretsmanager:{HERE}:secret:bank/none-abcdef"
REPOSITORY = f"arn:aws:ecr:{HERE}:repository/bank"
CLUSTER = f"arn:aws:eks:{HERE}:cluster/bank-dev"
USER = f"arn:aws:iam::{ACCOUNT}:user"

Call = Callable[[Any], object]


def of_secret(arn: str) -> list[tuple[str, str, Call]]:
    return [
        ("secretsmanager:GetSecretValue", arn, lambda s: s.client("secretsmanager").get_secret_value(SecretId=arn)),
        ("secretsmanager:DescribeSecret", arn, lambda s: s.client("secretsmanager").describe_secret(SecretId=arn)),
        (
            "secretsmanager:PutSecretValue",
            arn,
            lambda s: s.client("secretsmanager").put_secret_value(SecretId=arn, SecretString="{}"),
        ),
        ("secretsmanager:DeleteSecret", arn, lambda s: s.client("secretsmanager").delete_secret(SecretId=arn)),
    ]


def calls(who: str, secret: str, other: str) -> list[tuple[str, str, Call]]:
    """Action, resource, and the call itself."""
    return [
        *of_secret(secret),
        *of_secret(other),
        ("ecr:GetAuthorizationToken", "*", lambda s: s.client("ecr").get_authorization_token()),
        ("ecr:DescribeRepositories", "*", lambda s: s.client("ecr").describe_repositories()),
        ("ecr:ListImages", REPOSITORY, lambda s: s.client("ecr").list_images(repositoryName="bank")),
        (
            "ecr:PutImage",
            REPOSITORY,
            lambda s: s.client("ecr").put_image(repositoryName="bank", imageManifest="{}", imageTag="x"),
        ),
        ("ecr:DeleteRepository", REPOSITORY, lambda s: s.client("ecr").delete_repository(repositoryName="bank")),
        ("eks:DescribeCluster", CLUSTER, lambda s: s.client("eks").describe_cluster(name="bank-dev")),
        ("eks:DescribeCluster", f"{CLUSTER}2", lambda s: s.client("eks").describe_cluster(name="bank-dev2")),
        ("eks:ListClusters", "*", lambda s: s.client("eks").list_clusters()),
        ("eks:DeleteCluster", CLUSTER, lambda s: s.client("eks").delete_cluster(name="bank-dev")),
        ("rds:DescribeDBInstances", f"arn:aws:rds:{HERE}:db:*", lambda s: s.client("rds").describe_db_instances()),
        (
            "rds:DeleteDBInstance",
            f"arn:aws:rds:{HERE}:db:bank-dev",
            lambda s: s.client("rds").delete_db_instance(DBInstanceIdentifier="bank-dev", SkipFinalSnapshot=True),
        ),
        ("iam:ListUsers", f"{USER}/", lambda s: s.client("iam").list_users()),
        ("iam:ListAccessKeys", f"{USER}/team/{who}", lambda s: s.client("iam").list_access_keys(UserName=who)),
        ("iam:ListAccessKeys", f"{USER}/admin", lambda s: s.client("iam").list_access_keys(UserName="admin")),
        ("sts:GetCallerIdentity", "*", lambda s: s.client("sts").get_caller_identity()),
    ]


def really(call: Call, session: Any) -> str:
    """What the call itself says. Whatever else is wrong with it, it was allowed."""
    try:
        call(session)
    except ClientError as error:
        if code_of(error) in DENIED:
            return "denied"
    return "allowed"


@pytest.fixture
def other(account: Account) -> Iterator[str]:
    """A secret of another application."""
    client = account.session("default").client("secretsmanager")
    arn = client.create_secret(Name=f"other/{secrets.token_hex(4)}", SecretString="{}")["ARN"]
    yield arn
    client.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


def member(account: Account, group: str) -> str:
    """A user of the group, with a path, whose key is kept as a profile."""
    account.inv("iam.setup").check()
    account.inv("iam.add-user", "--user", "ana", "--group", group, "--path", "/team/").check()
    account.inv("iam.key", "--user", "ana", "--save-as", "ana").check()
    return "ana"


@pytest.mark.parametrize("group", ["developer", "tester"])
def test_what_it_says_is_what_happens(account: Account, other: str, group: str) -> None:
    who = member(account, group)
    secret = account.live.secrets_manager.describe_secret(SecretId=SECRET)["ARN"]
    session, environment = account.session(who), account.environment(who)
    said = {}
    for action, resource, call in calls(who, secret, other):
        before = len(account.live.calls())
        answer = can(environment, action, resource).data
        assert account.live.writes(before) == [], "it only asks"
        said[action, resource] = answer["answer"]
        assert answer["answer"] == really(call, session), (action, resource, answer)
    account.live.put_secret(account.live.secret)
    allowed = {action for (action, resource), answer in said.items() if answer == "allowed" and resource != other}
    assert ("secretsmanager:GetSecretValue" in allowed) == (group == "developer")
    assert ("ecr:PutImage" in allowed) == (group == "developer")
    assert {"eks:DescribeCluster", "ecr:ListImages", "secretsmanager:DescribeSecret"} <= allowed
    assert "secretsmanager:PutSecretValue" not in allowed
    assert [answer for (_, resource), answer in said.items() if resource == other] == ["denied"] * 4


def test_a_secret_s_own_policy_counts(account: Account, other: str) -> None:
    who = member(account, "tester")
    client = account.session("default").client("secretsmanager")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"{USER}/team/{who}"},
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }
    client.put_resource_policy(
        SecretId=other, ResourcePolicy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    answer = can(account.environment(who), "secretsmanager:GetSecretValue", other).data
    assert (answer["answer"], answer["why"]) == ("allowed", "by the resource's own policy")
    account.session(who).client("secretsmanager").get_secret_value(SecretId=other)


def test_an_explicit_deny_and_a_boundary_are_told_apart(account: Account) -> None:
    who = member(account, "developer")
    deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "ecr:*", "Resource": "*"}]}
    account.iam.put_user_policy(UserName=who, PolicyName="no-images", PolicyDocument=json.dumps(deny))
    environment = account.environment(who)
    denied = can(environment, "ecr:ListImages", REPOSITORY).data
    assert denied["answer"] == "denied"
    assert denied["why"].endswith("denies it explicitly")
    limit = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["ecr:*", "iam:*"], "Resource": "*"}],
    }
    arn = account.iam.create_policy(PolicyName="limit", PolicyDocument=json.dumps(limit))["Policy"]["Arn"]
    account.iam.put_user_permissions_boundary(UserName=who, PermissionsBoundary=arn)
    bounded = can(environment, "eks:DescribeCluster", CLUSTER).data
    assert (bounded["answer"], bounded["why"]) == ("denied", "the permissions boundary doesn't allow it")
    with pytest.raises(ClientError, match="permissions boundary"):
        account.session(who).client("eks").describe_cluster(name="bank-dev")


def test_what_depends_on_the_call_is_not_known(account: Account) -> None:
    who = member(account, "tester")
    condition = {"StringEquals": {"iam:PassedToService": "eks.amazonaws.com"}}
    statement = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": condition}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.iam.put_user_policy(UserName=who, PolicyName="pass", PolicyDocument=document)
    answer = can(account.environment(who), "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/x").data
    assert (answer["answer"], answer["missing"]) == ("not known", ["iam:PassedToService"])


def test_who_may_not_ask_for_themselves_is_asked_for_by_the_environment_s_own_profile(account: Account) -> None:
    """The sandbox's own developer has no right to simulate."""
    asked = account.inv(
        "iam.can", "--profile", "developer", "--action", "eks:DeleteCluster", "--resource", CLUSTER
    ).check()
    assert "denied: no policy allows it (asked as default)" in asked.stdout
    answer = json.loads(
        account.inv("iam.can", "--profile", "developer", "--action", "eks:ListClusters", "--json").check().stdout
    )
    assert (answer["answer"], answer["asked_as"], answer["profile"]) == ("allowed", "default", "developer")
    assert answer["arn"] == answer["principal"] == f"{USER}/developer"
    file = account.live.project / "env" / "sandbox.env"
    before = file.read_text()
    try:
        file.write_text(before.replace("AWS_PROFILE=default", "AWS_PROFILE=developer"))
        answer = json.loads(account.inv("iam.can", "--action", "eks:ListClusters", "--json").check().stdout)
    finally:
        file.write_text(before)
    assert answer["answer"] == "not known"
    assert answer["why"].startswith("IAM's simulator may not be asked: AWS refused profile developer")


def test_the_session_of_a_role_is_simulated_as_the_role(account: Account) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"{USER}/admin"}, "Action": "sts:AssumeRole"}],
    }
    role = account.iam.create_role(RoleName="deployer", Path="/jobs/", AssumeRolePolicyDocument=json.dumps(trust))
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "eks:ListClusters", "Resource": "*"}],
    }
    account.iam.put_role_policy(RoleName="deployer", PolicyName="look", PolicyDocument=json.dumps(document))
    config = account.live.layout.aws_config
    endpoint = next(line for line in config.read_text().splitlines() if line.startswith("endpoint_url"))
    with config.open("a") as file:
        file.write(
            f"\n[profile deployer]\nregion = eu-central-1\n{endpoint}\nrole_arn = {role['Role']['Arn']}\nsource_profile = default\n"
        )
    environment = account.environment("deployer")
    allowed = can(environment, "eks:ListClusters").data
    assert (allowed["answer"], allowed["principal"]) == ("allowed", f"arn:aws:iam::{ACCOUNT}:role/jobs/deployer")
    assert allowed["notes"] == ["the session may have been given less than its role (a session policy)"]
    assert can(environment, "eks:DeleteCluster", CLUSTER).data["answer"] == "denied"


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--action", "PutImage"), "--action can't be 'PutImage'"),
        (("--action", "ecr:*"), "--action can't be 'ecr:*'"),
        (("--action", "ecr:PutImage", "--resource", "bank"), "--resource can't be 'bank'"),
        ((), "--action is missing"),
    ],
)
def test_wrong_usage(account: Account, words: tuple[str, ...], what: str) -> None:
    assert what in account.inv("iam.can", *words).check(2).stderr


def test_somebody_who_isn_t_there(account: Account) -> None:
    told(account.inv("iam.can", "--profile", "nobody", "--action", "ecr:PutImage"), 2, "profile nobody")
