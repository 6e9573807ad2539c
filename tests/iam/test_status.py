"""iam.status: the warnings by themselves, and the command on the sandbox."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from longshore.aws.errors import short_key
from longshore.iam.entities import AccessKey, LastUse, User
from longshore.iam.status import Held, Somebody
from tests.iam.conftest import Account
from tests.live import ACCOUNT

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 29, tzinfo=UTC)
ANA = User("ana", "/", f"arn:aws:iam::{ACCOUNT}:user/ana", "AIDA1", NOW - timedelta(days=400))


def held(id: str, days: int, used: int | None, *, active: bool = True) -> Held:
    use = LastUse(None) if used is None else LastUse(NOW - timedelta(days=used), "s3", "eu-central-1")
    return Held(AccessKey(f"AKIAEXAMPLE0000{id}", active, NOW - timedelta(days=days)), use)


@pytest.mark.parametrize(
    ("somebody", "warnings"),
    [
        (Somebody(ANA, ("tester",), (held("ONE1", 90, 1),), console=False, mfa=0), []),
        (Somebody(ANA, ("tester",), (), console=True, mfa=1), []),
        (
            Somebody(ANA, ("tester",), (held("ONE1", 91, 1),), console=False, mfa=0),
            ["ana: key AKIA...ONE1 is 91 days old: rotate it"],
        ),
        (
            Somebody(ANA, ("tester",), (held("ONE1", 100, None),), console=False, mfa=0),
            [
                "ana: key AKIA...ONE1 is 100 days old: rotate it",
                "ana: key AKIA...ONE1 was never used in 100 days: does anybody need it?",
            ],
        ),
        (
            Somebody(ANA, ("tester",), (held("ONE1", 200, 95), held("TWO2", 3, 1)), console=False, mfa=0),
            [
                "ana: key AKIA...ONE1 is 200 days old: rotate it",
                "ana: key AKIA...ONE1 was not used for 95 days: does anybody need it?",
                "ana has two active keys: one of them is enough, except while it is rotated",
            ],
        ),
        (
            Somebody(ANA, (), (held("ONE1", 1, 1), held("TWO2", 200, 1, active=False)), console=True, mfa=0),
            [
                "ana: key AKIA...TWO2 is disabled: rotate-key deletes it",
                "ana logs in to the console without MFA",
                "ana has a console password and an access key: a person can do without the key (SSO, aws login)",
                "ana is in no group",
            ],
        ),
    ],
)
def test_warnings(somebody: Somebody, warnings: list[str]) -> None:
    assert somebody.warnings(NOW) == warnings


def test_before_setup(account: Account) -> None:
    shown = account.inv("iam.status").check()
    assert "group admin is not there: inv iam.setup --env sandbox\n" in shown.stdout
    assert "github-ci" in shown.stdout


def test_the_whole_account(account: Account) -> None:
    account.inv("iam.setup").check()
    account.user("ana", "developer", path="/team/")
    account.inv("iam.key", "--user", "ana", "--save-as", "ana").check()
    arn = f"arn:aws:iam::{ACCOUNT}:policy/longshore/bank-dev-tester"
    document = json.loads(json.dumps(account.policy("bank-dev-tester")))
    document["Statement"][0]["Action"].append("s3:*")
    account.iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)
    account.iam.detach_group_policy(GroupName="tester", PolicyArn=arn)
    answer = json.loads(account.inv("iam.status", "--json").check().stdout)
    assert (answer["schema"], answer["account"]) == (1, ACCOUNT)
    groups = {group["name"]: group for group in answer["groups"]}
    assert groups["developer"] == {
        "name": "developer",
        "exists": True,
        "policies": [{"name": "bank-dev-developer", "differs": []}],
        "others": [],
    }
    assert groups["tester"]["policies"] == [
        {"name": "bank-dev-tester", "differs": ["~ Look: - s3:*", "it is not attached"]}
    ]
    (ana,) = [user for user in answer["users"] if user["name"] == "ana"]
    (key,) = ana["keys"]
    assert (ana["arn"], ana["groups"], ana["console"], ana["mfa_devices"]) == (
        f"arn:aws:iam::{ACCOUNT}:user/team/ana", ["developer"], False, 0,
    )  # fmt: skip
    assert (key["id"], key["active"], key["age_days"]) == (short_key(account.profile_key("ana")), True, 0)
    assert (key["last_used_for"], ana["warnings"]) == ("sts", [])
    shown = account.inv("iam.status").check()
    assert "bank-dev-tester: ~ Look: - s3:*" in shown.stdout
    assert account.profile_key("ana") not in shown.stdout


def test_many_users_are_all_there(account: Account) -> None:
    """More than a page."""
    for number in range(120):
        account.iam.create_user(UserName=f"many-{number:03}")
    answer = json.loads(account.inv("iam.status", "--json").check().stdout)
    assert len([user for user in answer["users"] if user["name"].startswith("many-")]) == 120


def test_who_may_not_look_is_told(account: Account) -> None:
    result = account.inv("iam.status", "--profile", "tester").check(1)
    assert "AWS refused profile tester" in result.stderr
