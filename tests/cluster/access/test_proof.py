"""Proof as the grantee: by the user's key, by a profile that assumes the role, and where there is none."""

from __future__ import annotations

import configparser
from collections.abc import Iterator

import pytest

from longshore.cluster.access.level import Grant
from longshore.cluster.access.migration.migrate import migrate
from longshore.steps.report import Silent
from tests.cluster.access.world import HEAD, World

pytestmark = pytest.mark.integration

PROFILE = "deploy"


@pytest.fixture
def deployer(world: World) -> Iterator[str]:
    """A role with a path, which the profile `deploy` assumes by the keys of `default`."""
    arn = world.role("deployer", "/ci/")
    path = world.live.layout.aws_config
    was = path.read_text()
    config = configparser.RawConfigParser()
    config.read_string(was)
    of_default = next(dict(config[name]) for name in config.sections() if name.split()[-1] == "default")
    lines = [f"{key} = {value}" for key, value in of_default.items() if key != "role_arn"]
    section = [
        f"[profile {PROFILE}]",
        *lines,
        f"role_arn = {arn}",
        "source_profile = default",
        "role_session_name = me",
    ]
    path.write_text(was + "\n" + "\n".join(section) + "\n")
    yield arn
    path.write_text(was)
    world.live.iam.delete_role(RoleName="deployer")


def test_by_a_profile_that_assumes_the_role(world: World, deployer: str) -> None:
    proof = world.grant("deployer", Grant("edit"), via="aws-auth", kind="role")
    assert proof.startswith(
        "as profile deploy it is deployer:me; in longshore:edit; may list pods, create deployments.apps"
    )
    world.revoke("deployer", kind="role")
    proof = world.grant("deployer", Grant("view", "bank"), kind="role")
    assert proof.startswith(
        "as profile deploy it is arn:aws:sts::111122223333:assumed-role/deployer/me; may list pods in bank"
    )
    world.revoke(deployer, kind="role")
    assert deployer not in world.live.entries


def test_a_role_moves_with_its_path(world: World, deployer: str) -> None:
    world.grant("deployer", Grant("edit"), via="aws-auth", kind="role")
    steps = migrate(world.environment, Silent()).steps
    assert "move 111122223333:role/deployer" in [step.name for step in steps]
    world.run("migrate-access", steps)
    assert world.live.entries[deployer]["username"] == "deployer:{{SessionName}}"
    assert f"{HEAD}:role/deployer" not in world.live.aws_auth["mapRoles"]
    assert world.groups(PROFILE) == set()


def test_without_a_profile(world: World) -> None:
    world.user("nobody-s")
    try:
        assert world.grant("nobody-s") == "not proven: no profile of this machine is user nobody-s"
        assert world.revoke("nobody-s").acted == ("snapshot", "access-entry")
    finally:
        world.forget("nobody-s")


def test_a_key_that_is_switched_off(world: World) -> None:
    iam = world.live.iam
    (key,) = (one["AccessKeyId"] for one in iam.list_access_keys(UserName="tester")["AccessKeyMetadata"])
    iam.update_access_key(UserName="tester", AccessKeyId=key, Status="Inactive")
    try:
        assert world.grant("tester").startswith(
            "not proven: profile tester should be it: AWS does not know the access key"
        )
    finally:
        iam.update_access_key(UserName="tester", AccessKeyId=key, Status="Active")
    assert world.grant("tester").startswith("as profile tester it is ")
