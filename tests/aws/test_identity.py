from __future__ import annotations

from collections.abc import Callable

import pytest

from longshore.aws.identity import IdentityGuard
from longshore.aws.session import open_session
from longshore.aws.who import who
from longshore.environments.environment import Environment
from longshore.errors import Exit, Refused, UsageError
from longshore.steps.looking import Looking
from longshore.steps.report import Silent
from longshore.steps.step import Done
from tests.aws.helpers import ACCOUNT, Aws, config, key

Make = Callable[..., Environment]
pytestmark = pytest.mark.integration


class Listening(Silent):
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)


@pytest.fixture
def made(aws: Aws, sandbox: Make) -> Callable[..., Environment]:
    files = config(aws.endpoint, "default"), key("default", aws.user("ana"))
    return lambda **fields: sandbox(*files, **fields)


def test_the_right_account(made: Make) -> None:
    environment = made()
    guard = IdentityGuard(environment, open_session(environment))
    assert guard.title == f"Identity: default in account {ACCOUNT}"
    assert guard.check(Looking(Silent())) == Done(f"arn:aws:iam::{ACCOUNT}:user/ana")
    assert guard.identity is not None
    assert guard.identity.account == ACCOUNT


def test_another_account_is_refused(made: Make) -> None:
    environment = made(account_id="999999999999")
    with pytest.raises(Refused) as told:
        IdentityGuard(environment, open_session(environment)).check(Looking(Silent()))
    assert told.value.code is Exit.REFUSED
    assert str(told.value).splitlines() == [
        f"error: wrong account {ACCOUNT}, nothing was touched (arn:aws:iam::{ACCOUNT}:user/ana, profile default from env/prod.env:2)",
        "  why: sandbox is account 999999999999 (env/prod.env:3)",
        "  next: inv aws.profiles",
        "  next: name the profile of that account: --env sandbox --profile NAME",
    ]


def test_an_environment_without_the_pin(made: Make) -> None:
    environment = made(account_id="")
    with pytest.raises(UsageError) as told:
        IdentityGuard(environment, open_session(environment)).check(Looking(Silent()))
    assert str(told.value).splitlines() == [
        "error: sandbox names no AWS account, nothing was touched (AWS_ACCOUNT_ID)",
        f"  why: what changes something needs the pin; profile default is arn:aws:iam::{ACCOUNT}:user/ana",
        f"  next: if that is the right one: put AWS_ACCOUNT_ID={ACCOUNT} into env/sandbox.env",
    ]


def test_what_the_shell_says_and_is_not_followed(made: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOFTHESHELL000000")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    environment, report = made(), Listening()
    guard = IdentityGuard(environment, open_session(environment))
    guard.check(Looking(report))
    guard.check(Looking(report))
    assert report.warnings == [
        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY are set and ignored: the profile default acts",
        "AWS_REGION is us-east-1 in the shell and ignored: sandbox is in eu-central-1 (env/prod.env:4)",
    ]


def test_whoami(made: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "x")
    answer = who(made())
    assert answer.ok
    assert answer.data == {
        "environment": "sandbox",
        "account": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:user/ana",
        "profile": "default",
        "profile_from": "env/prod.env:2",
        "region": "eu-central-1",
        "shadowed": ["AWS_SESSION_TOKEN"],
        "is_account_of_environment": True,
    }
    assert answer.notes == ["AWS_SESSION_TOKEN is set and ignored: the profile default acts"]


def test_whoami_in_another_account(made: Make) -> None:
    answer = who(made(account_id="999999999999"))
    assert not answer.ok
    assert answer.tables[0].rows[-1] == ("its account", "NO: sandbox is account 999999999999 (env/prod.env:3)")


def test_whoami_without_the_pin(made: Make) -> None:
    answer = who(made(account_id=""))
    assert answer.ok
    assert answer.data["is_account_of_environment"] is None
