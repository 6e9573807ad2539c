"""cluster.migrate-access: each principal moves with all that it has, proven, and nobody has less for a moment."""

from __future__ import annotations

import json
from typing import Any

import pytest

from longshore.cluster.access.entries import Entries
from longshore.cluster.access.level import Grant
from longshore.cluster.access.migration.migrate import migrate
from longshore.cluster.access.migration.moved import BRIDGE
from longshore.errors import Failed, UsageError
from longshore.programs.kubernetes import Asked
from longshore.steps.report import Silent
from longshore.steps.step import Done, ToDo
from tests.cluster.access.world import DEVELOPER, GITHUB, HEAD, TESTER, World, refused
from tests.database.rds.rds_sandbox import Told
from tests.live_cluster import LiveCluster

pytestmark = pytest.mark.integration

EVERYTHING = Asked("*", "*")
BRIDGING = f"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/{BRIDGE}"


def line(arn: str, *groups: str, username: str = "") -> str:
    return f"- userarn: {arn}\n  username: {username or arn.rpartition('/')[2]}\n  groups: [{', '.join(groups)}]\n"


def users(world: World, *lines: str) -> None:
    world.live.put_aws_auth({**world.live.aws_auth, "mapUsers": "".join(lines)})


def move(world: World, name: str = "", *, final: bool = False, told: Told | None = None) -> Any:
    found = migrate(world.environment, Silent(), "user" if name else None, name, final=final)
    return world.run("migrate-access", found.steps, told, name=name)


def left(world: World) -> str:
    return world.live.aws_auth.get("mapUsers", "").strip()


def test_the_command(bank_dev: LiveCluster) -> None:
    bank_dev.inv("cluster.grant", "--user", "github-ci", "--via", "aws-auth", "--access", "edit").check()
    before = bank_dev.aws_auth
    plan = json.loads(bank_dev.inv("cluster.migrate-access", "--plan", "--json").check().stdout)
    (changes,) = [step["changes"] for step in plan["steps"] if step["name"].endswith("user/github-ci")]
    assert changes == [
        f"create an access entry for {GITHUB}",
        "+ AmazonEKSEditPolicy",
        f"then, once that is proven, - user {GITHUB} as github-ci, groups longshore:edit",
    ]
    assert bank_dev.aws_auth == before
    moved = bank_dev.inv("cluster.migrate-access").check()
    assert "as profile github it is github-ci, may list pods, create deployments.apps, delete pods" in moved.stderr
    bank_dev.kubectl("github", "create", "configmap", "mine", "--namespace", "bank", "--dry-run=server").check()
    assert "nothing to do" in bank_dev.inv("cluster.migrate-access").check().stderr


def test_everybody_keeps_what_they_have(world: World) -> None:
    world.grant("tester", Grant("view", "bank"), via="aws-auth")
    users(world, left(world) + "\n", line(DEVELOPER, "system:masters", "ops"), line(GITHUB, "team-a", username="robot"))
    nodes = world.live.aws_auth["mapRoles"]
    told = Told()
    move(world, told=told)
    assert left(world) == "[]"
    assert world.live.aws_auth["mapRoles"] == nodes
    assert world.groups("developer") == {"ops"}
    assert world.may("developer", EVERYTHING) == [True]
    assert world.groups("github") == {"team-a"}
    assert world.live.entries[GITHUB]["username"] == "robot"
    assert world.policies(TESTER) == {"ViewPolicy": ["bank"]}
    assert world.may("tester", Asked("list", "pods", "bank"), Asked("list", "pods")) == [True, False]
    assert world.live.ask_api("GET", BRIDGING)[0] == 404
    assert move(world).acted == ()


def test_one_by_name(world: World) -> None:
    users(world, line(DEVELOPER, "ops"), line(GITHUB, "ops"))
    move(world, "developer")
    assert (DEVELOPER in world.live.entries, GITHUB in world.live.entries) == (True, False)
    assert left(world) == line(GITHUB, "ops").strip()
    assert move(world, "developer").acted == ()
    refused(lambda: move(world, "developper"), UsageError, "there is no IAM user developper")


def test_by_comparing_where_no_profile_is_it(world: World) -> None:
    arn = world.user("nobody-s-profile")
    try:
        users(world, line(arn, "ops"))
        told = Told()
        move(world, told=told)
        assert "by comparing the entry: no profile of this machine is user nobody-s-profile" in "\n".join(told.lines)
        assert left(world) == "[]"
    finally:
        world.forget("nobody-s-profile")


def test_who_can_t_move_stays_and_works_on(world: World) -> None:
    users(world, line(DEVELOPER, "system:my-own"), line(GITHUB, "ops"), line(f"{HEAD}:user/gone", "ops"))
    told = Told()
    move(world, told=told)
    said = "\n".join(told.lines)
    assert "stays in aws-auth: EKS lets no access entry be in system:my-own" in said
    assert "stays in aws-auth: IAM does not have it any more" in said
    assert world.groups("developer") == {"system:my-own"}
    assert GITHUB in world.live.entries
    assert "developer" in left(world)
    error = refused(lambda: move(world, final=True), Exception, "would lose the cluster")  # type: ignore[arg-type]
    assert error.code == 3
    assert "and 1 more" in str(error)


def test_text_that_can_t_be_parsed(world: World) -> None:
    world.live.put_aws_auth({**world.live.aws_auth, "mapUsers": "- userarn: [\n"})
    before = world.live.aws_auth
    refused(lambda: move(world), UsageError, "aws-auth can't be parsed, nothing was touched")
    assert world.live.aws_auth == before


def test_an_entry_that_was_there_counts(world: World) -> None:
    world.grant("developer", Grant("view"))
    users(world, line(DEVELOPER, "system:masters"))
    plan = world.planned(migrate(world.environment, Silent()).steps, "migrate-access")
    (changes,) = [status.changes for name, status in plan.items() if name.startswith("move")]
    assert changes[0] == "its access entry counts already, and gives AmazonEKSViewPolicy: the line has no effect"
    move(world)
    # What had no effect is not given by the way.
    assert world.policies(DEVELOPER) == {"ViewPolicy": []}
    assert left(world) == "[]"


def test_in_between_the_group_carries_the_rights(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    users(world, line(DEVELOPER, "system:masters"))
    associate, seen = Entries.associate, []

    def look(self: Entries, *words: Any) -> None:
        seen.append((world.may("developer", EVERYTHING), world.groups("developer")))
        associate(self, *words)

    monkeypatch.setattr(Entries, "associate", look)
    move(world)
    assert seen == [([True], {BRIDGE})]


def test_a_proof_that_fails_leaves_the_line_and_the_rights(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from longshore.cluster.access.migration import move as moves

    users(world, line(DEVELOPER, "system:masters"))
    before = world.live.aws_auth
    monkeypatch.setattr(moves, "PATIENCE", 0)
    # The policy that was associated is gone by the time of the proof: as if EKS had not kept it.
    update = Entries.update

    def lose(self: Entries, arn: str, *words: Any) -> None:
        update(self, arn, *words)
        self.disassociate(arn, "AmazonEKSClusterAdminPolicy")

    monkeypatch.setattr(Entries, "update", lose)
    refused(lambda: move(world), Failed, "the access entry is not what it was made to be")
    monkeypatch.undo()
    assert world.live.aws_auth == before
    assert world.may("developer", EVERYTHING) == [True]
    move(world)
    assert world.policies(DEVELOPER) == {"ClusterAdminPolicy": []}
    assert left(world) == "[]"
    assert world.live.ask_api("GET", BRIDGING)[0] == 404


def test_what_is_final_is_planned_and_asked(bank_dev: LiveCluster) -> None:
    plan = json.loads(bank_dev.inv("cluster.migrate-access", "--final", "--plan", "--json").check().stdout)
    statuses = {step["name"]: step["status"] for step in plan["steps"]}
    assert statuses["mode-api"] == "to do"
    assert statuses["no-lines"] == "done"
    asked = bank_dev.inv("cluster.migrate-access", "--final").check(3)
    assert "EKS will not read aws-auth any more, and there is no way back" in asked.stderr
    assert bank_dev.eks.describe_cluster(name="bank-dev")["cluster"]["accessConfig"]["authenticationMode"] != "API"


def test_a_whole_account_can_t_move(world: World) -> None:
    world.live.put_aws_auth({**world.live.aws_auth, "mapAccounts": "- '999988887777'\n"})
    error = refused(lambda: move(world, final=True), Exception, "everybody of account 999988887777 would lose")  # type: ignore[arg-type]
    assert error.code == 3


def test_status_types(world: World) -> None:
    plan = world.planned(migrate(world.environment, Silent()).steps, "migrate-access")
    assert all(isinstance(status, Done) for status in plan.values())
    users(world, line(GITHUB, "ops"))
    plan = world.planned(migrate(world.environment, Silent()).steps, "migrate-access")
    assert isinstance(plan["move 111122223333:user/github-ci"], ToDo)
