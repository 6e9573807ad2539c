"""iam.remove-user as a command on the sandbox."""

from __future__ import annotations

import json
import signal

import pytest

from longshore.aws.errors import short_key
from longshore.iam.remove_user import remove_user
from longshore.steps.step import Context, Done, Status, Step, ToDo
from tests.faults.test_kill import TRIGGER
from tests.iam.conftest import Account
from tests.live import ACCOUNT, told

pytestmark = pytest.mark.integration

REMOVE = ("iam.remove-user", "--user", "ana")
CONFIRMED = (*REMOVE, "--confirm", "sandbox")
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:List*","Resource":"*"}]}'
SSH = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDgmVNtFvzGQ6zQ== ana"


def furnish(account: Account) -> list[str]:
    """A user with something of every kind; returns the ids of the keys."""
    iam = account.iam
    account.inv("iam.setup").check()
    account.user("ana", "developer", "tester", path="/team/")
    keys = [iam.create_access_key(UserName="ana")["AccessKey"]["AccessKeyId"] for _ in range(2)]
    iam.update_access_key(UserName="ana", AccessKeyId=keys[1], Status="Inactive")
    iam.create_login_profile(UserName="ana", Password="correct-Horse-7-battery")
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="ana")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName="ana", SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    iam.upload_ssh_public_key(UserName="ana", SSHPublicKeyBody=SSH)
    iam.create_service_specific_credential(UserName="ana", ServiceName="codecommit.amazonaws.com")
    arn = iam.create_policy(PolicyName="extra", PolicyDocument=POLICY)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="ana", PolicyArn=arn)
    iam.put_user_policy(UserName="ana", PolicyName="own", PolicyDocument=POLICY)
    iam.put_user_permissions_boundary(UserName="ana", PermissionsBoundary=arn)
    return keys


def test_everything_goes_in_the_right_order(account: Account) -> None:
    active, disabled = furnish(account)
    planned = account.changes(*REMOVE)
    assert list(planned) == [
        "keys-disabled", "keys", "password", "mfa", "ssh-keys", "service-credentials", "groups", "attached-policies", "inline-policies",
        "boundary", "user-gone",
    ]  # fmt: skip
    assert planned["keys-disabled"] == [f"disable {short_key(active)}"]
    assert sorted(planned["keys"]) == sorted([f"delete {short_key(active)}", f"delete {short_key(disabled)}"])
    assert planned["groups"] == ["take out of developer", "take out of tester"]
    assert planned["attached-policies"] == ["detach extra"]
    assert planned["inline-policies"] == ["delete own"]
    assert planned["boundary"] == ["remove extra"]
    assert planned["user-gone"] == [f"delete arn:aws:iam::{ACCOUNT}:user/team/ana"]
    told(account.inv(*REMOVE), 3, "this removes a user with all keys and rights", "--confirm sandbox")
    account.inv(*CONFIRMED).check()
    with pytest.raises(account.iam.exceptions.NoSuchEntityException):
        account.iam.get_user(UserName="ana")
    assert account.iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []
    assert account.iam.get_group(GroupName="developer")["Users"] == []
    assert "nothing to do" in account.inv(*CONFIRMED).check().stderr


def test_nobody_removes_themselves(account: Account) -> None:
    before = len(account.live.calls())
    remove = ("iam.remove-user", "--user", "admin", "--confirm", "sandbox")
    told(account.inv(*remove), 3, "admin is who acts, nothing was touched", "let another administrator do it")
    assert account.live.writes(before) == []


class Way(Step):
    """A stand-in for a user's way into a cluster."""

    name = "way"
    title = "A way into a cluster"

    def __init__(self, account: Account) -> None:
        self._account = account
        self.keys_then: dict[str, str] | None = None

    def check(self, run: Context) -> Status:
        return ToDo("take it away") if self.keys_then is None else Done("gone")

    def apply(self, run: Context) -> None:
        self.keys_then = self._account.keys("ana")


def test_what_comes_before_is_done_before_the_user_loses_anything(account: Account) -> None:
    account.user("ana")
    key = account.iam.create_access_key(UserName="ana")["AccessKey"]["AccessKeyId"]
    way = Way(account)
    outcome = account.run("iam.remove-user", remove_user(account.environment(), "ana", [way]))
    assert outcome.acted[0] == "way"
    assert way.keys_then == {key: "Active"}


@pytest.mark.parametrize(
    "number",
    [pytest.param(number, marks=[] if number in (14, 26) else pytest.mark.exhaustive) for number in range(2, 36, 2)],
)
def test_killed_and_run_again(account: Account, number: int) -> None:
    furnish(account)
    account.inv.begin("after", str(number), *CONFIRMED, script=TRIGGER).end()
    account.inv(*CONFIRMED).check()
    assert "ana" not in [user["UserName"] for user in account.iam.list_users()["Users"]]


def test_a_user_who_was_made_anew_meanwhile_is_another_one(account: Account) -> None:
    account.user("ana")
    account.iam.create_access_key(UserName="ana")
    killed = account.inv.begin("after", "6", *CONFIRMED, script=TRIGGER).end()
    assert killed.code == -signal.SIGKILL
    for id in account.keys("ana"):
        account.iam.delete_access_key(UserName="ana", AccessKeyId=id)
    account.iam.delete_user(UserName="ana")
    account.user("ana")
    told(account.inv(*CONFIRMED), 3, "ana was made anew since this run began, nothing was touched")
    assert account.iam.get_user(UserName="ana")


def test_wrong_usage(account: Account) -> None:
    result = account.inv("iam.remove-user", "--user", f"arn:aws:iam::{ACCOUNT}:user/ana", "--plan").check(2)
    assert "without the path: --user ana" in result.stderr
    plan = json.loads(account.inv("iam.remove-user", "--user", "nobody", "--plan", "--json").check().stdout)
    assert plan["to_do"] is False
