"""cluster.revoke: out by every path, at once; never the caller, never the last administrator."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from longshore.cluster.access.entries import Entries
from longshore.cluster.access.grants.by_entry import make
from longshore.cluster.access.grants.revoke import revoke
from longshore.cluster.access.level import Grant
from longshore.errors import Failed, Refused
from tests.cluster.access.world import ADMIN, DEVELOPER, GITHUB, HEAD, World, refused

pytestmark = pytest.mark.integration

ADMINISTRATOR = Grant("admin")


def line(arn: str, *groups: str) -> str:
    return f"- userarn: {arn}\n  username: {arn.rpartition('/')[2]}\n  groups: [{', '.join(groups)}]\n"


def users(world: World, *lines: str) -> None:
    world.live.put_aws_auth({**world.live.aws_auth, "mapUsers": "".join(lines)})


def as_developer(world: World) -> World:
    """The developer acts, with every right on EKS and IAM."""
    return World(world.live, dataclasses.replace(world.environment, profile="developer"))


@pytest.fixture
def powerful(world: World) -> Any:
    """The developer may all that the administrator may in AWS."""
    world.live.iam.attach_user_policy(UserName="developer", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    yield as_developer(world)
    world.live.iam.detach_user_policy(UserName="developer", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")


def test_by_both_paths_at_once(world: World) -> None:
    world.grant()
    users(world, line(GITHUB, "ops"))
    world.revoke()
    assert GITHUB not in world.live.entries
    assert world.live.aws_auth["mapUsers"].strip() == "[]"
    assert world.groups("github") is None
    assert world.revoke().acted == ()


def test_not_myself(world: World) -> None:
    mark, calls = world.live.api_mark(), len(world.live.calls())
    refused(lambda: world.revoke("admin"), Refused, "this would take your own access, nothing was touched")
    assert (world.live.api_writes(mark), world.live.writes(calls)) == ([], [])


def test_not_myself_though_others_are_administrators(world: World) -> None:
    world.grant("developer", ADMINISTRATOR)
    refused(lambda: world.revoke("admin"), Refused, "this would take your own access, nothing was touched")


def test_not_the_last_administrator(world: World, powerful: World) -> None:
    # The developer gets in, as less than an administrator, and may call EKS.
    world.grant("developer", Grant("edit"))
    refused(lambda: powerful.revoke("admin"), Refused, "this would take the last administrator away")
    assert ADMIN in world.live.entries
    # Neither does a user that is gone count, nor a tombstone, nor a line that its entry beats.
    eks, about = world.live.eks, {"clusterName": world.environment.eks_cluster}
    tomb = world.user("tomb")
    eks.create_access_entry(**about, principalArn=tomb)
    eks.associate_access_policy(
        **about,
        principalArn=tomb,
        policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        accessScope={"type": "cluster"},
    )
    world.user("tomb")
    users(world, line(f"{HEAD}:user/gone", "system:masters"), line(DEVELOPER, "system:masters"))
    refused(lambda: powerful.revoke("admin"), Refused, "this would take the last administrator away")
    world.forget("tomb")
    # Another real one does.
    world.grant("github-ci", ADMINISTRATOR)
    powerful.revoke("admin")
    assert ADMIN not in world.live.entries


def test_not_the_last_administrator_by_aws_auth(world: World, powerful: World) -> None:
    world.grant("developer", Grant("edit"))
    users(world, line(GITHUB, "system:masters"))
    powerful.revoke("admin")
    refused(powerful.revoke, Refused, "this would take the last administrator away")
    assert "github-ci" in world.live.aws_auth["mapUsers"]


def test_two_who_take_each_other_away_at_once(world: World, powerful: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries have no compare-and-swap: what the other did shows only afterwards, and is put back."""
    world.grant("developer", ADMINISTRATOR)
    steps = revoke(powerful.environment, "user", "admin")
    delete = Entries.delete

    def at_the_same_moment(self: Entries, arn: str) -> None:
        monkeypatch.setattr(Entries, "delete", delete)
        world.live.eks.delete_access_entry(clusterName=world.environment.eks_cluster, principalArn=DEVELOPER)
        delete(self, arn)

    monkeypatch.setattr(Entries, "delete", at_the_same_moment)
    error = refused(
        lambda: powerful.run("revoke", steps), Refused, "this took the last administrator away, and was put"
    )
    assert error.code == 1 or error.code == 3
    assert world.policies(ADMIN) == {"ClusterAdminPolicy": []}


def test_one_whom_iam_does_not_have_any_more(world: World) -> None:
    arn = world.user("left", "/team/")
    world.grant("left")
    users(world, line(arn, "ops"))
    world.forget("left")
    world.revoke("left")
    assert arn not in world.live.entries
    assert "left" not in world.live.aws_auth["mapUsers"]


def test_who_gets_in_otherwise_is_told_at_once(world: World) -> None:
    world.grant()
    world.live.put_aws_auth({**world.live.aws_auth, "mapAccounts": "- '111122223333'\n"})
    refused(world.revoke, Failed, "mapAccounts of aws-auth lets everybody of account 111122223333 in")


def test_make_is_what_puts_back(world: World) -> None:
    """From nothing to an entry with all that it had."""
    world.grant("developer", Grant("view", "bank"))
    entries = Entries(world_eks(world), world.environment.eks_cluster)
    before = entries.find(DEVELOPER)
    assert before is not None
    make(entries, before, None)
    assert entries.find(DEVELOPER) is None
    make(entries, None, before)
    assert world.policies(DEVELOPER) == {"ViewPolicy": ["bank"]}


def world_eks(world: World) -> Any:
    from longshore.aws.session import open_session
    from longshore.cluster.eks import Eks

    return Eks(open_session(world.environment))
