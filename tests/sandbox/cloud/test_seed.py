"""Users with given keys."""

from __future__ import annotations

from typing import Any

import pytest

from longshore.sandbox.cloud.policy import Decision, Wish, decide
from longshore.sandbox.cloud.seed import SeedUser, policies, seed
from longshore.sandbox.cloud.settings import CloudSettings


def test_seeding_again_keeps_one_user_with_the_new_key(cloud: Any, allow: Any) -> None:
    first = SeedUser("alice", "AKIAALICE00000000001", "one", {"p": allow({"Action": "*", "Resource": "*"})}, ["team"])
    seed(cloud.settings, [first])
    seed(cloud.settings, [first])
    assert cloud.client("sts", key=("AKIAALICE00000000001", "one")).get_caller_identity()["Arn"].endswith("user/alice")
    seed(cloud.settings, [SeedUser("alice", "AKIAALICE00000000002", "two", groups=["team"])])
    iam = cloud.client("iam")
    keys = iam.list_access_keys(UserName="alice")["AccessKeyMetadata"]
    assert [key["AccessKeyId"] for key in keys] == ["AKIAALICE00000000002"]
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="alice")["Groups"]] == ["team"]
    assert iam.list_user_policies(UserName="alice")["PolicyNames"] == ["p"]


def test_a_secret_key_is_not_shown() -> None:
    assert "hunter2" not in repr(SeedUser("a", "AKIA", "hunter2"))
    assert "hunter2" not in repr(CloudSettings("123456789012", "eu-west-1", "hunter2"))


@pytest.mark.parametrize("account", ["", "12345678901", "12345678901a"])
def test_an_account_has_twelve_digits(account: str) -> None:
    with pytest.raises(ValueError, match="twelve digits"):
        CloudSettings(account, "eu-west-1")
    with pytest.raises(ValueError, match="empty token"):
        CloudSettings("123456789012", "eu-west-1", "")


HERE = "eu-west-1:123456789012"
RIGHTS = [
    ("default", "iam:DeleteUser", "*", True),
    ("github", "secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:bank/prod-AbCdEf", True),
    ("github", "secretsmanager:PutSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:bank/prod-AbCdEf", False),
    ("github", "secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:other-AbCdEf", False),
    ("github", "ecr:PutImage", f"arn:aws:ecr:{HERE}:repository/bank", True),
    ("github", "ecr:DeleteRepository", f"arn:aws:ecr:{HERE}:repository/bank", False),
    ("github", "eks:DescribeCluster", f"arn:aws:eks:{HERE}:cluster/bank", True),
    ("github", "rds:CreateDBSnapshot", f"arn:aws:rds:{HERE}:db:bank-prod", True),
    ("github", "rds:CreateDBSnapshot", f"arn:aws:rds:{HERE}:snapshot:before", True),
    ("github", "rds:DeleteDBInstance", f"arn:aws:rds:{HERE}:db:bank-prod", False),
    ("developer", "secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:bank/dev-AbCdEf", True),
    ("developer", "secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:bank/prod-AbCdEf", False),
    ("developer", "rds:DescribeDBInstances", f"arn:aws:rds:{HERE}:db:*", True),
    ("developer", "rds:CreateDBSnapshot", f"arn:aws:rds:{HERE}:db:bank-prod", False),
    ("tester", "secretsmanager:DescribeSecret", f"arn:aws:secretsmanager:{HERE}:secret:bank/prod-AbCdEf", True),
    ("tester", "secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:bank/dev-AbCdEf", False),
]


@pytest.mark.parametrize(("profile", "action", "resource", "may"), RIGHTS)
def test_what_each_profile_may(profile: str, action: str, resource: str, may: bool) -> None:
    given = policies("123456789012", "eu-west-1", secrets=["bank/prod", "bank/dev"], unprotected=["bank/dev"])
    assert sorted(given) == ["default", "developer", "github", "tester"]
    assert (decide([given[profile]], Wish(action, resource, {})) is Decision.ALLOWED) is may


def test_without_unprotected_environments_a_developer_reads_no_values() -> None:
    given = policies("123456789012", "eu-west-1", secrets=["bank/prod"], unprotected=[])
    wish = Wish("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:bank/prod-AbCdEf", {})
    assert decide([given["developer"]], wish) is Decision.SILENT
    assert all(statement["Resource"] for statement in given["developer"]["Statement"])
