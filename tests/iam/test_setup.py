"""iam.setup and iam.add-user as commands on the sandbox."""

from __future__ import annotations

import json

import pytest

from tests.iam.conftest import Account
from tests.live import ACCOUNT, told

pytestmark = pytest.mark.integration

POLICIES = ["bank-dev-admin", "bank-dev-admin-iam", "bank-dev-developer", "bank-dev-tester"]


def names(account: Account) -> list[str]:
    return sorted(policy["PolicyName"] for policy in account.iam.list_policies(Scope="Local")["Policies"])


def test_setup_makes_groups_and_policies_once(account: Account) -> None:
    planned = account.changes("iam.setup")
    assert planned["policy-tester"] == [
        "make it, with 6 statements: Look, DescribeSecret, Cluster, NodeGroups, Images, OwnRights"
    ]
    assert planned["group-tester"] == ["make it"]
    assert planned["group-tester-policies"] == [f"attach arn:aws:iam::{ACCOUNT}:policy/longshore/bank-dev-tester"]
    assert names(account) == []
    account.inv("iam.setup").check()
    assert names(account) == POLICIES
    for group in ("admin", "developer", "tester"):
        attached = account.iam.list_attached_group_policies(GroupName=group)["AttachedPolicies"]
        assert sorted(policy["PolicyName"] for policy in attached) == [
            name for name in POLICIES if name.startswith(f"bank-dev-{group}")
        ]
    again = account.inv("iam.setup").check()
    assert again.stderr.endswith("nothing to do\n")
    account.inv("iam.setup", "--plan", "--exit-code").check()


def test_drift_is_shown_by_statement_and_changed_back(account: Account) -> None:
    account.inv("iam.setup").check()
    wished = account.policy("bank-dev-tester")
    document = json.loads(json.dumps(wished))
    look, secret, cluster, groups, _, rights = document["Statement"]
    look["Action"] = [*look["Action"][1:], "iam:*"]
    secret["Effect"] = "Deny"
    cluster["Action"] = "EKS:accessKubernetesAPI"
    extra = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    changed = {**document, "Statement": [extra, secret, look, cluster, groups, rights]}
    arn = f"arn:aws:iam::{ACCOUNT}:policy/longshore/bank-dev-tester"
    account.iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(changed), SetAsDefault=True)
    account.iam.detach_group_policy(GroupName="tester", PolicyArn=arn)
    planned = account.changes("iam.setup")
    assert planned == {
        "policy-tester": [
            "+ Images: Allow ecr:DescribeImageScanFindings, ecr:DescribeImages, ecr:GetLifecyclePolicy,"
            f" ecr:GetRepositoryPolicy, ecr:ListImages on arn:aws:ecr:eu-central-1:{ACCOUNT}:repository/bank",
            "- statement 1: Allow s3:* on *",
            "~ Look: + ecr:DescribeRepositories, - iam:*",
            "~ DescribeSecret: Effect Deny becomes Allow",
            "~ Cluster: + eks:DescribeCluster, + eks:ListNodegroups",
        ],
        "group-tester-policies": [f"attach {arn}"],
    }
    account.inv("iam.setup", "--plan", "--exit-code").check(4)
    account.inv("iam.setup").check()
    assert account.policy("bank-dev-tester") == wished
    assert account.changes("iam.setup") == {}


def test_a_policy_has_five_versions_at_most_and_the_oldest_goes(account: Account) -> None:
    account.inv("iam.setup").check()
    arn = f"arn:aws:iam::{ACCOUNT}:policy/longshore/bank-dev-tester"
    nothing = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
    )
    for _ in range(4):
        account.iam.create_policy_version(PolicyArn=arn, PolicyDocument=nothing, SetAsDefault=True)
    account.inv("iam.setup").check()
    found = account.iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert sorted(version["VersionId"] for version in found) == ["v2", "v3", "v4", "v5", "v6"]
    assert account.changes("iam.setup") == {}


def test_what_a_group_has_from_others_is_left_and_told(account: Account) -> None:
    account.iam.create_group(GroupName="tester")
    account.iam.put_group_policy(
        GroupName="tester",
        PolicyName="of-old",
        PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:List*","Resource":"*"}]}',
    )
    account.inv("iam.setup").check()
    plan = json.loads(account.inv("iam.setup", "--plan", "--json").check().stdout)
    (found,) = [step["found"] for step in plan["steps"] if step["name"] == "group-tester-policies"]
    assert found == "bank-dev-tester; also, and left as they are: of-old"


def test_a_protected_environment_gives_developers_no_secret(account: Account) -> None:
    account.inv("iam.setup").check()
    allowed = {statement["Sid"] for statement in account.policy("bank-dev-developer")["Statement"]}
    assert "ReadUnprotectedSecret" in allowed
    file = account.live.project / "env" / "dev.env"
    file.write_text(file.read_text() + "PROTECTED=true\n")
    planned = account.changes("iam.setup")
    assert [line.split(":")[0] for line in planned["policy-developer"]] == ["- ReadUnprotectedSecret"]
    told(account.inv("iam.setup"), 3, "not confirmed", "--confirm sandbox")
    account.inv("iam.setup", "--confirm", "sandbox").check()
    allowed = {statement["Sid"] for statement in account.policy("bank-dev-developer")["Statement"]}
    assert "ReadUnprotectedSecret" not in allowed


def test_add_user_is_done_once(account: Account) -> None:
    told(account.inv("iam.add-user", "--user", "ana", "--group", "developer"), 2, "there is no group", "inv iam.setup")
    account.inv("iam.setup").check()
    add = ("iam.add-user", "--user", "ana", "--group", "developer", "--path", "/team/")
    assert account.changes(*add) == {
        "user": ["make ana in /team/"],
        "membership": ["put ana into developer"],
    }
    account.inv(*add).check()
    found = account.iam.get_user(UserName="ana")["User"]
    assert found["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/team/ana"
    assert {tag["Key"]: tag["Value"] for tag in found["Tags"]}["managed-by"] == "longshore"
    assert "nothing to do" in account.inv(*add).check().stderr
    # Without the path it is the same user; a second group is added to the first.
    account.inv("iam.add-user", "--user", "ana", "--group", "tester").check()
    groups = account.iam.list_groups_for_user(UserName="ana")["Groups"]
    assert sorted(group["GroupName"] for group in groups) == ["developer", "tester"]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--user", "team/ana", "--group", "tester"), "--user can't be 'team/ana'"),
        (("--user", "ana", "--group", "testers"), "--group can't be 'testers'; did you mean tester?"),
        (("--user", "ana", "--group", "tester", "--path", "team"), "that can't be a user's path"),
        (("--group", "tester"), "--user is missing"),
    ],
)
def test_wrong_usage(account: Account, words: tuple[str, ...], what: str) -> None:
    before = len(account.live.calls())
    result = account.inv("iam.add-user", *words).check(2)
    assert what in result.stderr
    assert account.live.writes(before) == []


def test_a_name_in_other_letter_case_is_in_the_way(account: Account) -> None:
    """IAM would make none beside it, and waiting would not help."""
    account.inv("iam.setup").check()
    account.user("ana")
    before = len(account.live.calls())
    told(
        account.inv("iam.add-user", "--user", "Ana", "--group", "tester"),
        2,
        "there is a user ana",
        "inv iam.add-user --env sandbox --user ana --group tester",
    )
    assert account.live.writes(before) == []
    account.iam.update_group(GroupName="tester", NewGroupName="Tester")
    before = len(account.live.calls())
    advice = "aws iam update-group --group-name Tester --new-group-name tester"
    told(account.inv("iam.setup"), 2, "there is a group Tester", advice)
    assert account.live.writes(before) == []
    account.iam.update_group(GroupName="Tester", NewGroupName="tester")
    assert "nothing to do" in account.inv("iam.setup").check().stderr


def test_another_account_is_refused_before_anything(account: Account) -> None:
    account.user("ana")
    file = account.live.project / "env" / "dev.env"
    file.write_text(file.read_text().replace(ACCOUNT, "999999999999"))
    before, saved = len(account.live.calls()), account.live.layout.aws_credentials.read_bytes()
    for words in (
        ("iam.setup",),
        ("iam.add-user", "--user", "ana", "--group", "tester"),
        ("iam.key", "--user", "ana", "--save-as", "ana"),
        ("iam.rotate-key", "--user", "ana", "--save-as", "ana"),
        ("iam.remove-user", "--user", "ana", "--confirm", "sandbox"),
        ("iam.roles",),
        ("iam.oidc", "--repo", "acme/bank"),
        ("iam.status",),
    ):
        told(account.inv(*words), 3, f"wrong account {ACCOUNT}, nothing was touched", "inv aws.profiles")
    assert account.live.writes(before) == []
    assert account.live.layout.aws_credentials.read_bytes() == saved
