"""A member of the group admin may do all that longshore does, and not more: by the policies alone, which the sandbox enforces."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from longshore.aws.errors import DENIED, code_of
from tests.iam.conftest import Account
from tests.live import ACCOUNT, told

pytestmark = pytest.mark.integration

AS_ANA = ("--profile", "ana")


@pytest.fixture
def ana(account: Account) -> Account:
    """An administrator by the group alone."""
    account.inv("iam.setup").check()
    account.inv("iam.add-user", "--user", "ana", "--group", "admin").check()
    account.inv("iam.key", "--user", "ana", "--save-as", "ana").check()
    return account


def test_iam_from_end_to_end(ana: Account) -> None:
    inv = ana.inv
    # What setup makes is changed back by a member, who also makes another environment's.
    arn = f"arn:aws:iam::{ACCOUNT}:policy/longshore/bank-dev-tester"
    ana.iam.detach_group_policy(GroupName="tester", PolicyArn=arn)
    denied = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    for _ in range(4):
        ana.iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(denied), SetAsDefault=True)
    inv("iam.setup", *AS_ANA).check()
    assert ana.changes("iam.setup") == {}
    ana.live.env_file("sandbox", "LIKE=prod\nAWS_PROFILE=default\n")
    try:
        inv("iam.setup", *AS_ANA, "--confirm", "sandbox").check()
    finally:
        ana.live.env_file("sandbox", "LIKE=dev\nAWS_PROFILE=default\n")
    inv("iam.add-user", "--user", "bob", "--group", "developer", "--path", "/team/", *AS_ANA).check()
    inv("iam.key", "--user", "bob", "--save-as", "bob", *AS_ANA).check()
    for _ in range(2):
        inv("iam.rotate-key", "--user", "bob", "--save-as", "bob", *AS_ANA).check()
    inv("iam.roles", *AS_ANA).check()
    inv("iam.oidc", "--repo", "acme/bank", *AS_ANA).check()
    inv("iam.oidc", "--repo", "acme/bank", "--branch", "x", "--replace", *AS_ANA, "--confirm", "sandbox").check()
    inv("iam.status", *AS_ANA).check()
    inv("iam.can", "--action", "eks:CreateCluster", *AS_ANA).check()
    inv("iam.remove-user", "--user", "bob", *AS_ANA, "--confirm", "sandbox").check()
    assert ana.changes("iam.roles") == {}


def test_what_iam_keeps_of_a_user_is_removed_by_a_member(ana: Account) -> None:
    iam = ana.iam
    ana.user("bob", path="/team/")
    iam.create_login_profile(UserName="bob", Password="correct-Horse-7-battery")
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="bob")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName="bob", SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    denied = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=json.dumps(denied))
    ana.inv("iam.remove-user", "--user", "bob", *AS_ANA, "--confirm", "sandbox").check()
    assert "bob" not in [user["UserName"] for user in iam.list_users()["Users"]]


def test_secrets(ana: Account) -> None:
    inv = ana.inv
    inv("secrets.set", "--key", "NAME", *AS_ANA, input="one").check()
    inv("secrets.set", "--key", "NAME", *AS_ANA, input="two").check()
    inv("secrets.history", *AS_ANA).check()
    inv("secrets.rollback", *AS_ANA, "--confirm", "sandbox").check()
    inv("secrets.show", *AS_ANA).check()
    ana.live.put_secret(ana.live.secret)


def test_a_database_from_its_making_to_its_end(ana: Account) -> None:
    inv = ana.inv
    inv("db.provision", *AS_ANA).check()
    inv("db.deprovision", *AS_ANA, "--confirm", "sandbox").check()
    ana.live.put_secret(ana.live.secret)


REFUSED: list[tuple[str, Callable[[Any], object]]] = [
    ("iam", lambda c: c.attach_user_policy(UserName="ana", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")),
    ("iam", lambda c: c.attach_group_policy(GroupName="admin", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")),
    ("iam", lambda c: c.attach_role_policy(RoleName="bank-dev-node", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")),
    ("iam", lambda c: c.put_user_policy(UserName="ana", PolicyName="x", PolicyDocument="{}")),
    ("iam", lambda c: c.create_policy(PolicyName="mine", PolicyDocument='{"Version":"2012-10-17","Statement":[]}')),
    ("iam", lambda c: c.create_role(RoleName="mine", AssumeRolePolicyDocument="{}")),
    ("iam", lambda c: c.delete_role(RoleName="bank-dev-node")),
    ("secretsmanager", lambda c: c.get_secret_value(SecretId="bank/prod")),
    ("secretsmanager", lambda c: c.delete_secret(SecretId="bank/dev")),
    ("eks", lambda c: c.delete_cluster(name="bank-prod")),
    ("rds", lambda c: c.delete_db_instance(DBInstanceIdentifier="bank-prod", SkipFinalSnapshot=True)),
    ("ecr", lambda c: c.delete_repository(repositoryName="bank")),
    ("sts", lambda c: c.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/bank-dev-node", RoleSessionName="mine")),
]  # fmt: skip


def test_not_more_than_that(ana: Account) -> None:
    ana.inv("iam.roles").check()
    session = ana.session("ana")
    for number, (service, call) in enumerate(REFUSED):
        with pytest.raises(ClientError) as refused:
            call(session.client(service))
        assert code_of(refused.value) in DENIED, (number, refused.value)


def test_nobody_administers_themselves_away(ana: Account) -> None:
    remove = ("iam.remove-user", "--user", "ana", *AS_ANA, "--confirm", "sandbox")
    told(ana.inv(*remove), 3, "ana is who acts, nothing was touched")
