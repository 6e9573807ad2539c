"""IAM's group admin, as iam.setup makes it, has the rights in AWS that all of this needs, and no more are needed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from longshore.cluster.access.level import Grant
from longshore.cluster.access.listing.listing import access
from longshore.cluster.access.migration.migrate import migrate
from longshore.cluster.access.undoing.undo import undo
from longshore.errors import Failed
from longshore.steps.report import Silent
from tests.cluster.access.world import DEVELOPER, GITHUB, World, refused

pytestmark = pytest.mark.integration

BOSS = "boss"


def with_profile(world: World, user: str) -> tuple[str, str]:
    """A key for the user, and a profile of the same name; what the two files were."""
    key = world.live.iam.create_access_key(UserName=user)["AccessKey"]
    config, credentials = world.live.layout.aws_config, world.live.layout.aws_credentials
    was = config.read_text(), credentials.read_text()
    section = was[0].split("\n\n")[0].replace("[default]", f"[profile {user}]")
    config.write_text(f"{was[0]}\n{section}\n")
    secret = f"aws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}"
    credentials.write_text(f"{was[1]}\n[{user}]\n{secret}\n")
    return was


@pytest.fixture
def boss(world: World) -> Iterator[World]:
    """A user of the group admin, who is an administrator of the cluster; he acts."""
    world.live.inv("iam.setup", "--confirm", "sandbox").check()
    world.user(BOSS)
    world.live.iam.add_user_to_group(UserName=BOSS, GroupName="admin")
    was = with_profile(world, BOSS)
    world.grant(BOSS, Grant("admin"))
    yield World(world.live, dataclasses.replace(world.environment, profile=BOSS))
    world.live.layout.aws_config.write_text(was[0])
    world.live.layout.aws_credentials.write_text(was[1])
    for key in world.live.iam.list_access_keys(UserName=BOSS)["AccessKeyMetadata"]:
        world.live.iam.delete_access_key(UserName=BOSS, AccessKeyId=key["AccessKeyId"])
    world.live.iam.remove_user_from_group(UserName=BOSS, GroupName="admin")
    world.forget(BOSS)


def test_all_of_it(boss: World) -> None:
    assert boss.grant("github-ci", Grant("edit"), via="aws-auth").startswith("as profile github")
    assert boss.grant("developer", Grant("view", "bank")).startswith("as profile developer")
    answer = access(boss.environment, Silent()).data
    assert (answer["unread"], answer["faults"]) == ([], [])
    boss.run("migrate-access", migrate(boss.environment, Silent()).steps)
    assert boss.policies(GITHUB) == {"EditPolicy": []}
    boss.revoke("developer")
    boss.run("undo", undo(boss.environment))
    assert DEVELOPER in boss.live.entries
    boss.revoke("github-ci")


def test_who_may_not_is_told_so(world: World) -> None:
    mine = World(world.live, dataclasses.replace(world.environment, profile="developer"))
    calls = len(world.live.calls())
    error = refused(lambda: mine.grant("tester"), Failed, "AWS refused profile developer")
    assert error.code == 1
    assert [call for call in world.live.calls()[calls:] if call["mutating"] and call["status"] == 200] == []
