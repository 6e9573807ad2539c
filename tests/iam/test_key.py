"""iam.key and iam.rotate-key as commands on the sandbox."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from longshore.aws.errors import short_key, translated
from longshore.aws.identity import whoami
from longshore.aws.session import Choice
from longshore.errors import Failed, UsageError
from longshore.iam.api import Iam
from longshore.iam.entities import AccessKey
from longshore.iam.key import rotate_key
from longshore.iam.saved import SavedProfile
from longshore.iam.settling import patiently
from longshore.steps.looking import Looking
from longshore.steps.report import Silent
from longshore.steps.run import Run, Task
from tests.iam.conftest import Account
from tests.live import ACCOUNT, told

pytestmark = pytest.mark.integration

KEY = ("iam.key", "--user", "ana", "--save-as", "ana")
ROTATE = ("iam.rotate-key", "--user", "ana", "--save-as", "ana")


def arn_of(account: Account, profile: str) -> str:
    return whoami(account.session(profile)).arn


def secret_of(account: Account, profile: str) -> str:
    return str(account.session(profile).core.get_credentials().secret_key)


def test_a_key_is_made_proven_and_kept_and_its_secret_shown_nowhere(account: Account) -> None:
    account.user("ana", path="/team/")
    others = account.live.layout.aws_credentials.read_text()
    (change,) = account.changes(*KEY)["key"]
    assert change.startswith("make a key, prove it by STS, and keep it as profile ana of ")
    assert account.keys("ana") == {}
    made = account.inv(*KEY).check()
    (id,) = account.keys("ana")
    assert account.profile_key("ana") == id
    assert arn_of(account, "ana") == f"arn:aws:iam::{ACCOUNT}:user/team/ana"
    assert f"{short_key(id)}, proven by STS" in made.stderr
    assert account.live.layout.aws_credentials.read_text().startswith(others)
    assert account.live.layout.aws_credentials.stat().st_mode & 0o777 == 0o600
    secret = secret_of(account, "ana")
    for said in (made.stdout, made.stderr, *(path.read_text() for path in (account.live.state / "runs").iterdir())):
        assert secret not in said
    refused = told(
        account.inv(*KEY), 3, "profile ana has a key of ana already", "inv iam.rotate-key --env sandbox --user ana"
    )
    assert short_key(id) in refused[0]
    assert list(account.keys("ana")) == [id]


def test_a_second_key_for_another_profile_and_no_third(account: Account) -> None:
    account.user("ana")
    account.inv(*KEY).check()
    account.inv("iam.key", "--user", "ana", "--save-as", "laptop").check()
    assert len(account.keys("ana")) == 2
    assert set(account.keys("ana")) == {account.profile_key("ana"), account.profile_key("laptop")}
    lines = told(account.inv("iam.key", "--user", "ana", "--save-as", "third"), 3, "ana has 2 access keys already")
    assert "AWS allows no third" in lines[1]
    assert len(account.keys("ana")) == 2


def test_a_profile_of_somebody_else_is_left(account: Account) -> None:
    account.user("ana")
    before = account.profile_key("tester")
    lines = told(account.inv("iam.key", "--user", "ana", "--save-as", "tester"), 3, "profile tester is somebody else")
    assert f"user/tester) why: the new key would be arn:aws:iam::{ACCOUNT}:user/ana's" in " ".join(
        line.strip() for line in lines
    )
    assert account.profile_key("tester") == before
    assert account.keys("ana") == {}


def test_wrong_usage(account: Account) -> None:
    account.user("ana")
    told(account.inv("iam.key", "--user", "anna", "--save-as", "x"), 2, "there is no user anna; did you mean ana?")
    result = account.inv("iam.key", "--user", "ana", "--save-as", "a]b").check(2)
    assert "that can't be a profile's name (--save-as)" in result.stderr
    result = account.inv("iam.rotate-key", "--user", "ana", "--save-as", "ana").check(2)
    assert "ana has no access key" in result.stderr
    assert "inv iam.key --env sandbox --user ana --save-as ana" in result.stderr


def test_rotation_in_two_calls(account: Account) -> None:
    account.user("ana")
    account.inv(*KEY).check()
    old = account.profile_key("ana")
    planned = account.changes(*ROTATE)
    (change,) = planned["old-key"]
    assert change.startswith(f"disable {short_key(old)}: ")
    rotated = account.inv(*ROTATE).check()
    new = account.profile_key("ana")
    assert new != old
    assert account.keys("ana") == {old: "Inactive", new: "Active"}
    assert f"{short_key(old)} is disabled: the same command deletes it, once nothing misses it" in rotated.stderr
    assert arn_of(account, "ana").endswith("user/ana")
    assert list(account.changes(*ROTATE)) == ["disabled-key"]
    deleted = account.inv(*ROTATE).check()
    assert f"{short_key(old)} is deleted" in deleted.stderr
    assert f"not now: this call only deletes {short_key(old)}" in deleted.stderr
    assert account.keys("ana") == {new: "Active"}
    # And again from the beginning.
    account.inv(*ROTATE).check()
    assert account.keys("ana")[new] == "Inactive"


def test_two_active_keys_are_refused(account: Account) -> None:
    account.user("ana")
    account.inv(*KEY).check()
    account.iam.create_access_key(UserName="ana")
    told(account.inv(*ROTATE), 3, "ana has two active keys, nothing was touched", "--status Inactive")
    assert set(account.keys("ana").values()) == {"Active"}


def test_who_rotates_their_own_key_goes_on_with_the_new_one(account: Account) -> None:
    account.inv("iam.setup").check()
    account.user("ana", "developer", path="/team/")
    account.inv(*KEY).check()
    old = account.profile_key("ana")
    account.inv(*ROTATE, "--profile", "ana").check()
    new = account.profile_key("ana")
    assert account.keys("ana") == {old: "Inactive", new: "Active"}
    account.inv(*ROTATE, "--profile", "ana").check()
    assert account.keys("ana") == {new: "Active"}


def test_the_old_key_under_another_name_is_told(account: Account) -> None:
    account.inv("iam.setup").check()
    account.user("ana", "developer")
    account.inv(*KEY).check()
    old = account.profile_key("ana")
    rotate = ("iam.rotate-key", "--user", "ana", "--save-as", "new", "--profile", "ana")
    assert account.changes(*rotate)["old-key"][1:] == ["profile ana has it too, and will not work any more"]
    account.inv(*rotate).check()
    assert account.keys("ana") == {old: "Inactive", account.profile_key("new"): "Active"}
    with pytest.raises(UsageError, match="AWS does not know the access key of profile ana"):
        whoami(account.session("ana"))


@pytest.mark.parametrize("fault", ["throttling", "unreachable-after", "server-error", "unreachable"])
def test_faults_of_the_making(account: Account, fault: str) -> None:
    """A lost answer: the key is made, and nobody has its secret. The next attempt deletes it."""
    account.user("ana")
    account.inv(*KEY).check()
    old = account.profile_key("ana")
    account.live.fault(fault, "iam", "CreateAccessKey")
    result = account.inv(*ROTATE)
    if fault == "throttling":
        result.check()
    else:
        result.check(1)
        assert account.keys("ana")[old] == "Active"
        assert account.profile_key("ana") == old
        account.inv(*ROTATE).check()
    new = account.profile_key("ana")
    assert account.keys("ana") == {old: "Inactive", new: "Active"}


def rotate_with(account: Account, begin: Callable[[], object]) -> None:
    """Rotate in this process; `begin` happens between the plan and the acts."""
    environment = account.environment()
    steps = rotate_key(environment, "ana", "ana")
    run = Run(Task("iam.rotate-key", {}, environment.name, "access-keys"), environment.state, Silent())
    run.execute(steps, wait_for_lock=5, confirm=lambda plan: begin() and None)


def test_a_key_that_can_t_be_proven_is_not_kept(account: Account) -> None:
    account.user("ana")
    account.inv(*KEY).check()
    old = account.profile_key("ana")
    with pytest.raises(Failed, match="could not ask AWS who acts"):
        rotate_with(account, lambda: account.live.fault("server-error", "sts", "GetCallerIdentity", times=20))
    account.live.clear_faults()
    assert account.keys("ana") == {old: "Active"}
    assert account.profile_key("ana") == old


def test_a_file_that_can_t_be_written_leaves_no_key_behind(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    account.user("ana")
    account.inv(*KEY).check()
    old = account.profile_key("ana")

    def full(path: Path, edit: Callable[[str], str]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with pytest.raises(Failed, match="could not write profile ana"):
        rotate_with(account, lambda: monkeypatch.setattr("longshore.aws.private_file.change", full))
    assert account.keys("ana") == {old: "Active"}
    assert account.profile_key("ana") == old


def test_the_old_key_stays_where_the_stored_one_does_not_work(account: Account) -> None:
    """The first proof is of the key itself, the second of what is in the file: here that one fails."""
    account.user("ana")
    account.inv(*KEY).check()
    old = account.profile_key("ana")
    rotated = []

    def fail_the_second_proof() -> None:
        real = SavedProfile.store

        def store(self: SavedProfile, *words: Any) -> None:
            real(self, *words)
            rotated.append(True)
            account.live.fault("server-error", "sts", "GetCallerIdentity", times=20)

        patch.setattr(SavedProfile, "store", store)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Failed, match="could not ask AWS who acts"):
        rotate_with(account, fail_the_second_proof)
    account.live.clear_faults()
    assert rotated
    assert account.keys("ana")[old] == "Active"
    new = account.profile_key("ana")
    rotate_with(account, lambda: None)
    assert account.keys("ana") == {old: "Inactive", new: "Active"}


def test_iam_may_list_a_new_key_late(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    account.user("ana")
    account.inv(*KEY).check()
    old = account.profile_key("ana")
    looks = []
    real = Iam._keys

    def late(self: Iam, user: str) -> list[AccessKey]:
        found = real(self, user)
        if len(found) > 1:
            looks.append(True)
        return found if len(looks) > 3 else [key for key in found if key.id == old]

    monkeypatch.setattr(Iam, "_keys", late)
    monkeypatch.setattr("longshore.iam.settling.PAUSE", 0.01)
    rotate_with(account, lambda: None)
    assert len(looks) > 3
    assert account.keys("ana") == {old: "Inactive", account.profile_key("ana"): "Active"}


def test_aws_may_not_know_a_new_key_yet() -> None:
    answers = [UNKNOWN, UNKNOWN, None]

    def ask() -> str:
        if (error := answers.pop(0)) is not None:
            with translated(Mute(), doing="ask"):  # type: ignore[arg-type]
                raise error
        return "known"

    assert patiently(Looking(Silent()), "the key", ask) == "known"
    answers = [UNKNOWN] * 3
    with pytest.raises(UsageError, match="does not know the access key"):
        patiently(Looking(Silent()), "the key", ask, patience=0)
    assert len(answers) == 2


class Mute:
    """As much of a session as an error needs."""

    who, profile = "profile ana", "ana"
    choice = Choice("ana", "--profile", "eu-central-1", "sandbox", sandbox=True)


UNKNOWN = ClientError({"Error": {"Code": "InvalidClientTokenId", "Message": "no such key"}}, "GetCallerIdentity")
