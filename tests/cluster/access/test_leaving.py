"""iam.remove-user takes the ways into the cluster away before the user is gone."""

from __future__ import annotations

import pytest

from longshore.cluster.access.leaving import leave
from longshore.iam.remove_user import remove_user
from longshore.steps.run import Outcome
from tests.cluster.access.world import HEAD, World

pytestmark = pytest.mark.integration


def remove(world: World, user: str) -> Outcome:
    environment = world.environment
    return world.run("remove-user", remove_user(environment, user, leave(environment, user)), user=user)


def test_both_ways_go_before_the_user(world: World) -> None:
    arn = world.user("ana", "/team/")
    world.live.eks.create_access_entry(clusterName=world.environment.eks_cluster, principalArn=arn)
    line = f"- userarn: {arn}\n  username: ana\n  groups: [ops]\n"
    world.live.put_aws_auth({**world.live.aws_auth, "mapUsers": line})
    outcome = remove(world, "ana")
    assert arn not in world.live.entries
    assert "ana" not in world.live.aws_auth.get("mapUsers", "")
    acted = list(outcome.acted)
    assert {"cluster-aws-auth", "cluster-access-entry"} <= set(acted[:-1])
    assert acted[-1] == "user-gone"
    assert remove(world, "ana").acted == ()


def test_a_user_without_any_way_in(world: World) -> None:
    world.user("ana")
    assert remove(world, "ana").acted == ("user-gone",)


def test_what_a_user_left_behind_who_is_gone_already(world: World) -> None:
    """Removed by other means: the entry is there still, and would be a tombstone for the next of that name."""
    arn = world.user("ana")
    world.live.eks.create_access_entry(clusterName=world.environment.eks_cluster, principalArn=arn)
    world.forget("ana")
    remove(world, "ana")
    assert f"{HEAD}:user/ana" not in world.live.entries
