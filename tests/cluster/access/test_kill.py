"""kill -9 of grant, revoke and migrate-access at every step's boundary and between calls; then again: it converges, and nobody is locked out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from longshore.cluster.access import snapshots
from longshore.cluster.access.level import Grant
from longshore.cluster.access.migration.migrate import migrate
from longshore.cluster.access.migration.moved import BRIDGE
from longshore.programs.kubernetes import Asked
from longshore.steps.report import Silent
from tests.cluster.access.dying import Moment, dies
from tests.cluster.access.world import DEVELOPER, GITHUB, World

pytestmark = pytest.mark.integration

EVERYTHING, PODS, DEPLOY = Asked("*", "*"), Asked("list", "pods"), Asked("create", "deployments.apps")
GRANT, REVOKE, MIGRATE = 14, 12, 16
"""Records of an uninterrupted run (`test_how_many_records_there_are`)."""


def at(records: int, always: Sequence[tuple[str, int]], calls: Sequence[str]) -> list[Any]:
    """Each moment; those that are not always tried are exhaustive."""
    numbered = [Moment(when, number) for number in range(1, records + 1) for when in ("before", "after")]
    marked = [
        pytest.param(one, id=str(one), marks=[] if (one.when, one.number) in always else pytest.mark.exhaustive)
        for one in numbered
    ]
    # Before a call is after the one before it.
    called = [
        pytest.param(one, id=str(one), marks=[] if one.when == "after" else pytest.mark.exhaustive)
        for one in (Moment(when, call=call) for call in calls for when in ("before", "after"))
    ]
    return [*marked, *called]


def users(world: World, *lines: str) -> None:
    world.live.put_aws_auth({**world.live.aws_auth, "mapUsers": "".join(lines)})


def line(arn: str, *groups: str) -> str:
    return f"- userarn: {arn}\n  username: {arn.rpartition('/')[2]}\n  groups: [{', '.join(groups)}]\n"


def admin_is_in(world: World) -> None:
    assert world.may("default", EVERYTHING) == [True]


def move(world: World) -> Any:
    return world.run("migrate-access", migrate(world.environment, Silent()).steps)


def records(world: World) -> int:
    return len(max((world.live.state / "runs").glob("*.jsonl")).read_text().splitlines())


def test_how_many_records_there_are(world: World) -> None:
    world.grant(wanted=Grant("edit"), via="aws-auth")
    assert records(world) == GRANT
    world.revoke()
    assert records(world) == REVOKE
    users(world, line(DEVELOPER, "system:masters"), line(GITHUB, "ops"))
    move(world)
    assert records(world) == MIGRATE


@pytest.mark.parametrize("moment", at(GRANT, [("after", 11)], ["AwsAuth.change"]))
def test_grant_by_aws_auth(world: World, moment: Moment) -> None:
    nodes = world.live.aws_auth["mapRoles"]
    dies(lambda: world.grant(wanted=Grant("edit"), via="aws-auth"), moment)
    admin_is_in(world)
    world.grant(wanted=Grant("edit"), via="aws-auth")
    assert world.may("github", PODS, DEPLOY) == [True, True]
    assert world.live.aws_auth["mapRoles"] == nodes
    assert world.live.aws_auth["mapUsers"].count("userarn") == 1
    assert world.grant(wanted=Grant("edit"), via="aws-auth")
    # Undone, it is as before the first attempt.
    assert json.dumps(sorted(snapshots.all_of(world.environment), key=lambda one: one.id)[0].data).count("github") == 0


@pytest.mark.parametrize("moment", at(GRANT - 2, [], ["Entries.create", "Entries.associate"]))
def test_grant_by_an_entry(world: World, moment: Moment) -> None:
    dies(lambda: world.grant(wanted=Grant("edit")), moment)
    admin_is_in(world)
    world.grant(wanted=Grant("edit"))
    assert world.may("github", PODS, DEPLOY) == [True, True]
    assert world.policies(GITHUB) == {"EditPolicy": []}


@pytest.mark.parametrize("moment", at(REVOKE + 2, [("after", 9)], ["AwsAuth.change", "Entries.delete"]))
def test_revoke_by_both_paths(world: World, moment: Moment) -> None:
    world.grant()
    users(world, line(GITHUB, "ops"), line(DEVELOPER, "ops"))
    was = world.live.aws_auth
    killed = dies(world.revoke, moment)
    admin_is_in(world)
    world.revoke()
    assert world.groups("github") is None
    assert world.groups("developer") == {"ops"}
    assert world.revoke().acted == ()
    if killed:
        # Given again it is the same run, whose snapshot has both paths.
        taken = [one for one in snapshots.all_of(world.environment) if one.data == was]
        assert not taken or GITHUB in {entry.arn for entry in taken[0].entries or ()}


MOVING = ["Entries.create", "Entries.associate", "Entries.update", "AwsAuth.change"]


@pytest.mark.parametrize("moment", at(MIGRATE, [("after", 9), ("after", 11)], MOVING))
def test_migrate(world: World, moment: Moment) -> None:
    users(world, line(DEVELOPER, "system:masters"), line(GITHUB, "ops", "longshore:view"))
    world.grant(wanted=Grant("view"), via="aws-auth")  # binds the group
    nodes = world.live.aws_auth["mapRoles"]
    dies(lambda: move(world), moment)
    # Whatever has happened by then, everybody has what they had.
    admin_is_in(world)
    assert world.may("developer", EVERYTHING) == [True]
    assert world.may("github", PODS, DEPLOY) == [True, False]
    assert "ops" in (world.groups("github") or ())
    move(world)
    assert world.live.aws_auth["mapUsers"].strip() == "[]"
    assert world.live.aws_auth["mapRoles"] == nodes
    assert world.policies(DEVELOPER) == {"ClusterAdminPolicy": []}
    assert world.groups("github") == {"ops"}
    assert world.may("github", PODS, DEPLOY) == [True, False]
    assert world.live.ask_api("GET", f"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/{BRIDGE}")[0] == 404
    assert move(world).acted == ()
