"""kill -9 of iam.rotate-key at each record of the journal and between the calls to AWS; then the same command again: one key works at every moment."""

from __future__ import annotations

import signal

import pytest

from longshore.aws.identity import whoami
from tests.faults.test_kill import TRIGGER
from tests.iam.conftest import Account

pytestmark = pytest.mark.integration

ROTATE = ("iam.rotate-key", "--user", "ana", "--save-as", "ana")
RECORDS = 12
DIES_IN = """
import os, signal, sys
from longshore.iam.api import Iam
from longshore.iam.saved import SavedProfile

name, moment = sys.argv[1].split(":")
owner = SavedProfile if hasattr(SavedProfile, name) else Iam
real = getattr(owner, name)

def die(self, *words, **more):
    if moment == "after":
        real(self, *words, **more)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, name, die)
from invoke.main import program
program.run(["inv", *sys.argv[2:]])
"""
AT = [
    pytest.param(
        TRIGGER,
        (moment, str(number)),
        id=f"{moment}-{number}",
        # Always: around the making of the key and the disabling of the old one.
        marks=[] if moment == "after" and number in (7, 8, 10) else pytest.mark.exhaustive,
    )
    for number in range(1, RECORDS + 1)
    for moment in ("before", "after")
]
INSIDE = [
    pytest.param(
        DIES_IN,
        (f"{method}:{moment}",),
        id=f"{method}-{moment}",
        marks=[] if f"{method}:{moment}" in ("create_key:after", "store:after") else pytest.mark.exhaustive,
    )
    for method, moment in (
        ("create_key", "before"),
        ("create_key", "after"),
        ("prove", "before"),
        ("prove", "after"),
        ("store", "after"),
        ("prove_stored", "after"),
        ("disable_key", "before"),
        ("disable_key", "after"),
    )
]


@pytest.fixture
def ana(account: Account) -> Account:
    """A user with a key that is kept as the profile ana."""
    account.user("ana", path="/team/")
    account.inv("iam.key", "--user", "ana", "--save-as", "ana").check()
    return account


def assert_works(account: Account) -> None:
    """The profile's key is active and the user's, and there are no more than two."""
    keys = account.keys("ana")
    assert keys[account.profile_key("ana")] == "Active"
    assert len(keys) <= 2
    assert whoami(account.session("ana")).arn.endswith("user/team/ana")


def kill(account: Account, at: tuple[str, ...], script: str) -> None:
    ended = account.inv.begin(*at, *ROTATE, script=script).end()
    assert ended.code in (-signal.SIGKILL, 0), ended.stderr


def test_how_many_records_there_are(ana: Account) -> None:
    ana.inv(*ROTATE).check()
    assert len(ana.live.records()) == RECORDS


@pytest.mark.parametrize("way", ["again", pytest.param("resume", marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize(("script", "at"), [*AT, *INSIDE])
def test_rotation(ana: Account, script: str, at: tuple[str, ...], way: str) -> None:
    old = ana.profile_key("ana")
    kill(ana, at, script)
    assert_works(ana)
    runs = ana.live.runs("iam.rotate-key")
    finished = bool(runs) and runs[0].finished
    if not finished:
        if way == "again" or not runs:
            ana.inv(*ROTATE).check()
        elif runs[0].task:
            ana.inv("runs.resume", "--id", runs[0].id).check()
    assert_works(ana)
    new = ana.profile_key("ana")
    assert new != old
    assert ana.keys("ana") == {old: "Inactive", new: "Active"}
    # That rotation is over: the next call deletes what it disabled, and no more.
    ana.inv(*ROTATE).check()
    assert ana.keys("ana") == {new: "Active"}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_the_deleting_of_what_is_disabled(ana: Account, moment: str) -> None:
    ana.inv(*ROTATE).check()
    new = ana.profile_key("ana")
    kill(ana, (f"delete_key:{moment}",), DIES_IN)
    assert_works(ana)
    ana.inv(*ROTATE).check()
    assert ana.keys("ana") == {new: "Active"}


def test_killed_twice(ana: Account) -> None:
    old = ana.profile_key("ana")
    kill(ana, ("create_key:after",), DIES_IN)
    lost = next(key for key in ana.keys("ana") if key != old)
    planned = ana.changes(*ROTATE)["key"]
    assert planned[0].endswith("this run made it and was cut off, nobody has its secret")
    kill(ana, ("create_key:after",), DIES_IN)
    assert lost not in ana.keys("ana")
    ana.inv(*ROTATE).check()
    assert ana.keys("ana") == {old: "Inactive", ana.profile_key("ana"): "Active"}


def test_a_key_that_somebody_else_made_meanwhile_is_not_taken_for_a_lost_one(ana: Account) -> None:
    old = ana.profile_key("ana")
    ana.inv("runs.list").check()
    kill(ana, ("create_key:before",), DIES_IN)
    # Kept by a profile of ours, so somebody has it.
    theirs = ana.iam.create_access_key(UserName="ana")["AccessKey"]
    with ana.live.layout.aws_credentials.open("a") as file:
        file.write(
            f"[theirs]\naws_access_key_id = {theirs['AccessKeyId']}\naws_secret_access_key = {theirs['SecretAccessKey']}\n"
        )
    refused = ana.inv(*ROTATE).check(3)
    assert "ana has 2 access keys already, nothing was touched" in refused.stderr
    assert ana.keys("ana") == {old: "Active", theirs["AccessKeyId"]: "Active"}


@pytest.mark.parametrize("at", ["create_key:after", "prove:after", "store:after"])
def test_the_first_key_of_a_profile(account: Account, at: str) -> None:
    account.user("ana", path="/team/")
    key = ("iam.key", "--user", "ana", "--save-as", "ana")
    ended = account.inv.begin(at, *key, script=DIES_IN).end()
    assert ended.code == -signal.SIGKILL
    account.inv(*key).check()
    assert account.keys("ana") == {account.profile_key("ana"): "Active"}
    assert_works(account)
