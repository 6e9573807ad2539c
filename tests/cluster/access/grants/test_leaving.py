"""iam.remove-user takes the user's ways into the cluster first, while IAM can still say who the user is."""

from __future__ import annotations

import pytest

from longshore.cluster.access.level import Grant
from tests.cluster.access.world import World
from tests.live_cluster import CLUSTER

pytestmark = pytest.mark.integration


def test_by_both_paths(world: World) -> None:
    arn = world.user("leaver")
    world.grant("leaver", Grant("edit"))
    line = f"- userarn: {arn}\n  username: leaver\n  groups: [ops]\n"
    world.live.put_aws_auth({**world.live.aws_auth, "mapUsers": line})
    removed = world.live.inv("iam.remove-user", "--user", "leaver", "--confirm", "sandbox").check()
    assert removed.stderr.count("= Identity: ") == 1
    assert f"✓ aws-auth ({CLUSTER}): " in removed.stderr
    assert arn not in world.live.entries
    assert "leaver" not in world.live.aws_auth["mapUsers"]
    assert "leaver" not in [user["UserName"] for user in world.live.iam.list_users()["Users"]]
