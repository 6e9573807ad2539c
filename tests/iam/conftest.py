"""The sandbox's IAM for a test: everything that it made there is gone afterwards."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from longshore.aws.session import open_session
from longshore.environments.environment import Environment
from longshore.environments.load import load
from longshore.steps.report import Silent
from longshore.steps.run import Outcome, Run, Task
from longshore.steps.step import Step
from tests.live import ACCOUNT, FILES, SECRET, Live

DEV = f"AWS_PROFILE=default\nAWS_ACCOUNT_ID={ACCOUNT}\nSECRETS=aws:{SECRET}\nEKS_CLUSTER=bank-dev\nECR_REPOSITORY=bank\nDB_INSTANCE=bank-dev\n"


@dataclass(frozen=True)
class Account:
    """The account of the sandbox, seen by its administrator, and `inv` in the project."""

    live: Live
    iam: Any
    """A client of the user admin."""

    @property
    def inv(self) -> Any:
        return self.live.inv

    def environment(self, profile: str | None = None) -> Environment:
        return load(self.live.project, "sandbox", profile, variables={})

    def run(self, task: str, steps: Sequence[Step]) -> Outcome:
        """Run steps in this process, as the command would."""
        environment = self.environment()
        run = Run(Task(task, {}, environment.name, "iam"), environment.state, Silent())
        return run.execute(steps, wait_for_lock=60, confirm=lambda plan: None)

    def changes(self, *words: str) -> dict[str, list[str]]:
        """What each step of a task would change, by its name; those that are done are left out."""
        plan = json.loads(self.inv(*words, "--plan", "--json").check().stdout)
        assert all(step["status"] != "not checked" for step in plan["steps"])
        return {step["name"]: step["changes"] for step in plan["steps"] if step["status"] == "to do"}

    def user(self, name: str, *groups: str, path: str = "/") -> None:
        self.iam.create_user(UserName=name, Path=path)
        for group in groups:
            self.iam.add_user_to_group(UserName=name, GroupName=group)

    def keys(self, user: str) -> dict[str, str]:
        """Status of each key."""
        found = self.iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
        return {key["AccessKeyId"]: key["Status"] for key in found}

    def policy(self, name: str) -> Mapping[str, Any]:
        """The document in force of one of our policies."""
        arn = f"arn:aws:iam::{ACCOUNT}:policy/longshore/{name}"
        version = self.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document: Mapping[str, Any] = self.iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"][
            "Document"
        ]
        return document

    def profile_key(self, profile: str) -> str:
        """The key id that a profile has; empty where there is none."""
        import configparser

        files = configparser.RawConfigParser()
        files.read(self.live.layout.aws_credentials)
        return files.get(profile, "aws_access_key_id", fallback="")

    def session(self, profile: str) -> Any:
        return open_session(self.environment(profile))


@pytest.fixture
def account(live: Live) -> Iterator[Account]:
    """IAM has the sandbox's own users only, and no group; files, runs and faults are as at the start."""
    with clean(live, DEV, FILES["dev"]) as found:
        yield found


@contextlib.contextmanager
def clean(live: Live, dev: str, afterwards: str) -> Iterator[Account]:
    """With this text in dev.env, and another one afterwards."""
    live.clear_faults()
    live.env_file("dev", dev)
    shutil.rmtree(live.state / "runs", ignore_errors=True)
    files = {path: path.read_bytes() for path in (live.layout.aws_config, live.layout.aws_credentials)}
    made = Account(live, open_session(live.environment).client("iam"))
    before = snapshot(made.iam)
    try:
        yield made
    finally:
        live.clear_faults()
        remove(made.iam, before)
        live.env_file("dev", afterwards)
        for path, content in files.items():
            path.write_bytes(content)


def snapshot(iam: Any) -> set[str]:
    """The users and roles that are there."""
    users = {user["UserName"] for user in iam.list_users()["Users"]}
    return users | {role["RoleName"] for role in iam.list_roles()["Roles"]}


def remove(iam: Any, before: set[str]) -> None:
    """Everything that was made since, by the front door."""
    for group in iam.list_groups()["Groups"]:
        name = group["GroupName"]
        for user in iam.get_group(GroupName=name)["Users"]:
            iam.remove_user_from_group(GroupName=name, UserName=user["UserName"])
        for policy in iam.list_attached_group_policies(GroupName=name)["AttachedPolicies"]:
            iam.detach_group_policy(GroupName=name, PolicyArn=policy["PolicyArn"])
        for inline in iam.list_group_policies(GroupName=name)["PolicyNames"]:
            iam.delete_group_policy(GroupName=name, PolicyName=inline)
        iam.delete_group(GroupName=name)
    for user in iam.list_users()["Users"]:
        if user["UserName"] not in before:
            _remove_user(iam, user["UserName"])
    for role in iam.list_roles()["Roles"]:
        if role["RoleName"] not in before:
            _remove_role(iam, role["RoleName"])
    for provider in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=provider["Arn"])
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        for version in iam.list_policy_versions(PolicyArn=policy["Arn"])["Versions"]:
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=policy["Arn"], VersionId=version["VersionId"])
        iam.delete_policy(PolicyArn=policy["Arn"])


def _remove_user(iam: Any, name: str) -> None:
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    for policy in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=name, PolicyArn=policy["PolicyArn"])
    for inline in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=inline)
    for device in iam.list_mfa_devices(UserName=name)["MFADevices"]:
        iam.deactivate_mfa_device(UserName=name, SerialNumber=device["SerialNumber"])
    for key in iam.list_ssh_public_keys(UserName=name)["SSHPublicKeys"]:
        iam.delete_ssh_public_key(UserName=name, SSHPublicKeyId=key["SSHPublicKeyId"])
    with contextlib.suppress(iam.exceptions.NoSuchEntityException):
        iam.delete_login_profile(UserName=name)
    iam.delete_user(UserName=name)


def _remove_role(iam: Any, name: str) -> None:
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    for inline in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=inline)
    iam.delete_role(RoleName=name)
