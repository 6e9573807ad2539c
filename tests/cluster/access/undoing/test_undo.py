"""cluster.undo: back to a snapshot, by the letter, shown first; whoever works on it meanwhile loses nothing unseen."""

from __future__ import annotations

import dataclasses
import json

import pytest

from longshore.cluster.access import snapshots
from longshore.cluster.access.level import Grant
from longshore.cluster.access.undoing.undo import undo
from longshore.cluster.aws_auth.document import Document
from longshore.errors import Refused, UsageError
from longshore.steps.step import ToDo
from tests.cluster.access.world import ADMIN, DEVELOPER, GITHUB, HEAD, TESTER, World, refused
from tests.live_cluster import LiveCluster

pytestmark = pytest.mark.integration

BY_HAND = f"# by hand\n- userarn: {TESTER}\n  username: tester # him\n  groups:   [ops]\n"


def back(world: World, to: str = "") -> tuple[str, ...]:
    return world.run("undo", undo(world.environment, to), to=to).acted


def test_the_command(bank_dev: LiveCluster) -> None:
    told = bank_dev.inv("cluster.undo", "--confirm", "sandbox").check(2)
    assert "there is no snapshot of this cluster" in told.stderr
    bank_dev.put_aws_auth({**bank_dev.aws_auth, "mapUsers": BY_HAND})
    before = bank_dev.aws_auth
    bank_dev.inv("cluster.grant", "--user", "github-ci", "--via", "aws-auth").check()
    asked = bank_dev.inv("cluster.undo").check(3)
    assert f"    - user {GITHUB} as github-ci, groups longshore:view\n" in asked.stderr
    bank_dev.inv("cluster.undo", "--confirm", "sandbox").check()
    assert bank_dev.aws_auth == before
    # The undo has taken one, too: back again.
    bank_dev.inv("cluster.undo", "--confirm", "sandbox").check()
    assert "github-ci" in bank_dev.aws_auth["mapUsers"]
    listed = json.loads(bank_dev.inv("cluster.access", "--json").check().stdout)["snapshots"]
    assert len(listed) == 3
    assert set(listed[0]) == {"id", "at", "by", "mode"}


def test_entries_come_back_change_back_and_go(world: World) -> None:
    world.grant("developer", Grant("edit", "bank"))
    world.grant("tester", Grant("view"))
    was = world.live.entries
    world.revoke("developer")
    (to,) = [one.id for one in snapshots.all_of(world.environment)][:1]
    world.grant("tester", Grant("edit"))
    world.grant("github-ci", Grant(group="ops"))
    assert set(back(world, to)) == {"snapshot", "entries", "entries-since"}
    assert world.live.entries == was
    assert back(world, to) == ()


def test_both_paths_together(world: World) -> None:
    world.live.put_aws_auth({**world.live.aws_auth, "mapUsers": BY_HAND})
    was = world.live.aws_auth, world.live.entries
    world.grant()
    to = snapshots.all_of(world.environment)[0].id
    world.revoke("tester")
    back(world, to)
    assert (world.live.aws_auth, world.live.entries) == was


def test_broken_text_is_mended_and_the_nodes_of_now_stay(world: World) -> None:
    world.grant(via="aws-auth")
    was = world.live.aws_auth
    node = f"- rolearn: {HEAD}:role/more\n  username: system:node:{{{{EC2PrivateDNSName}}}}\n  groups: [system:nodes]\n"
    world.grant("developer", via="aws-auth")
    world.live.put_aws_auth({**was, "mapUsers": "- userarn: [\n", "mapRoles": was["mapRoles"] + node})
    back(world)
    now = world.live.aws_auth
    assert now["mapUsers"] == was["mapUsers"]
    assert now["mapRoles"].startswith(was["mapRoles"])
    assert [one.arn for one in Document.parse(now).mappings if one.is_node][1:] == [f"{HEAD}:role/more"]


def test_a_user_that_is_gone_gets_none(world: World) -> None:
    arn = world.user("left")
    world.grant("left")
    world.revoke("left")
    world.forget("left")
    plan = world.planned(undo(world.environment))
    assert not isinstance(plan["entries"], ToDo)
    world.user("left")  # another one of the same name
    assert not isinstance(world.planned(undo(world.environment))["entries"], ToDo)
    assert arn not in world.live.entries
    world.forget("left")


def test_nobody_is_locked_out_by_going_back(world: World) -> None:
    world.grant("developer", Grant("admin"))
    kept = snapshots.all_of(world.environment)[0]
    (mine,) = [one for one in kept.entries or () if one.arn == ADMIN]
    snapshots.save(world.environment, dataclasses.replace(kept, entries=()))
    refused(lambda: back(world), Refused, "this would take your own access, nothing was touched")
    less = dataclasses.replace(mine, policies=())
    snapshots.save(world.environment, dataclasses.replace(kept, entries=(less,)))
    refused(lambda: back(world), Refused, "this would make you no administrator any more")


def test_another_cluster_s_and_one_that_is_not_there(world: World) -> None:
    world.grant()
    kept = snapshots.all_of(world.environment)[0]
    snapshots.save(world.environment, dataclasses.replace(kept, cluster="arn:aws:eks:x:1:cluster/other"))
    refused(lambda: back(world), UsageError, "there is no snapshot of this cluster")
    refused(lambda: back(world, kept.id), Refused, "this snapshot is of another cluster, nothing was touched")
    # The cluster was deleted since, and made again under its name: the ARN is the same.
    snapshots.save(world.environment, dataclasses.replace(kept, at=1.0))
    refused(lambda: back(world), UsageError, "there is no snapshot of this cluster")
    refused(
        lambda: back(world, kept.id),
        Refused,
        "this snapshot is of an earlier cluster of this name, nothing was touched",
    )
    refused(lambda: back(world, "20260101-000000-aaaa"), UsageError, "there is no snapshot 20260101-000000-aaaa")
    (snapshots.folder(world.environment) / f"{kept.id}.json").write_text("{")
    refused(lambda: back(world, kept.id), UsageError, "the snapshot can't be read")


def test_a_snapshot_is_its_owner_s_alone(world: World) -> None:
    world.grant()
    (path,) = snapshots.folder(world.environment).iterdir()
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert DEVELOPER not in path.read_text()


@pytest.mark.parametrize("what", ["aws-auth", "entry"])
def test_what_somebody_changed_since_the_difference_was_shown_stays(world: World, what: str) -> None:
    world.grant(via="aws-auth" if what == "aws-auth" else "entry")
    steps = undo(world.environment)
    about = {"clusterName": world.environment.eks_cluster, "principalArn": GITHUB}

    def meanwhile(self: object) -> None:
        if what == "aws-auth":
            world.live.put_aws_auth({**world.live.aws_auth, "mapAccounts": "- '999988887777'\n"})
        else:
            world.live.eks.update_access_entry(**about, kubernetesGroups=["since"])

    act = type(steps[3]).apply
    steps[3].apply = lambda run: (act(steps[3], run), meanwhile(run))[0]  # type: ignore[method-assign]
    refused(lambda: world.run("undo", steps), Refused, "has changed since the difference was shown, and was left")
    if what == "aws-auth":
        assert "999988887777" in world.live.aws_auth["mapAccounts"]
        assert "github-ci" in world.live.aws_auth["mapUsers"]
    else:
        assert world.live.entries[GITHUB]["kubernetesGroups"] == ["since"]
