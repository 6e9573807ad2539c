"""A cluster of the old kind, in mode CONFIG_MAP: grants by aws-auth, the hidden administrator, and its way to mode API."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from longshore.aws.session import open_session
from longshore.cluster.access.grants.revoke import revoke
from longshore.cluster.access.level import Grant
from longshore.cluster.access.listing.listing import access
from longshore.cluster.access.migration.migrate import migrate
from longshore.cluster.access.migration.mode import ChangeMode
from longshore.cluster.access.snapshots import all_of
from longshore.cluster.access.undoing.undo import undo
from longshore.cluster.eks import API, BOTH, Cluster, Eks
from longshore.cluster.guard import guards
from longshore.errors import Failed, Refused, UsageError
from longshore.programs.kubernetes import Asked
from longshore.steps.looking import Looking
from longshore.steps.report import Silent
from tests.cluster.access.world import ADMIN, DEVELOPER, GITHUB, HEAD, World, refused, way
from tests.command import until
from tests.live_cluster import LiveCluster

pytestmark = pytest.mark.integration

OLD = "bank-old"
PODS = Asked("list", "pods")


def old_cluster(live: LiveCluster, name: str, mode: str) -> World:
    """A cluster of the wished mode, of the user admin's."""
    environment = dataclasses.replace(live.environment, eks_cluster=name)
    known = live.eks.describe_cluster(name=live.environment.eks_cluster)["cluster"]
    live.eks.create_cluster(
        name=name,
        roleArn=known["roleArn"],
        resourcesVpcConfig={"subnetIds": known["resourcesVpcConfig"]["subnetIds"]},
        accessConfig={"authenticationMode": mode},
    )
    until(lambda: live.eks.describe_cluster(name=name)["cluster"]["status"] == "ACTIVE")
    shutil.rmtree(live.state / "runs", ignore_errors=True)
    shutil.rmtree(live.state / "access", ignore_errors=True)
    return World(live, environment)


@pytest.fixture
def old(live_cluster: LiveCluster) -> Iterator[World]:
    """In mode CONFIG_MAP: made by admin, whom no list names."""
    live_cluster.clear_faults()
    world = old_cluster(live_cluster, OLD, "CONFIG_MAP")
    yield world
    live_cluster.eks.delete_cluster(name=OLD)
    gone = live_cluster.eks.exceptions.ResourceNotFoundException

    def is_gone() -> bool:
        try:
            live_cluster.eks.describe_cluster(name=OLD)
        except gone:
            return True
        return False

    until(is_gone)


def mode(world: World) -> str:
    found = world.live.eks.describe_cluster(name=world.environment.eks_cluster)["cluster"]
    return str(found["accessConfig"]["authenticationMode"])


def data(world: World) -> dict[str, Any]:
    answer = access(world.environment, Silent()).data
    return {(row["arn"].rpartition("/")[2], row["path"]): row["access"] for row in answer["access"]}


def node_line(role: str) -> str:
    return f"- rolearn: {HEAD}:role/{role}\n  username: system:node:{{{{EC2PrivateDNSName}}}}\n  groups: [system:bootstrappers, system:nodes]\n"


def add_to_roles(world: World, line: str) -> None:
    """As somebody else would: of this cluster, whose API server the fixture does not ask."""
    kubectl = way(world.environment, "default").kubectl()
    found = kubectl.find("configmap", "aws-auth", "kube-system")
    assert found is not None
    kubectl.replace({**found, "data": {**found["data"], "mapRoles": line}})


def test_from_config_map_to_api(old: World) -> None:
    # aws-auth isn't there before the first grant.
    old.grant("github-ci", Grant("edit"))
    refused(lambda: old.grant(via="entry"), UsageError, "this cluster has no access entries")
    old.grant("developer", Grant("admin"))
    assert data(old) == {("developer", "aws-auth"): ["admin"], ("github-ci", "aws-auth"): ["edit"]}
    # Nobody but the one who made it is left, whom no list names; it counts.
    old.revoke("developer")
    old.grant("developer", Grant("admin"))
    # Its own access is nothing that a list gives, and so nothing that can be taken.
    refused(lambda: old.revoke("admin"), Failed, "it created the cluster, and in mode CONFIG_MAP")
    taken = all_of(old.environment)[0]
    assert (taken.mode, taken.entries) == ("CONFIG_MAP", None)

    found = migrate(old.environment, Silent())
    assert found.ask == "the authentication mode goes from CONFIG_MAP to API_AND_CONFIG_MAP, and EKS has no way back"
    old.run("migrate-access", found.steps)
    assert mode(old) == BOTH
    assert data(old) == {
        ("admin", "entry"): ["admin"],
        ("developer", "entry"): ["admin"],
        ("github-ci", "entry"): ["edit"],
    }
    assert old.may("github", PODS, Asked("delete", "nodes")) == [True, False]

    # Back to before: lines again, no entries of ours; EKS's own for its creator stays, as does the mode.
    before_migration = all_of(old.environment)[0]
    old.run("undo", undo(old.environment, before_migration.id))
    assert data(old) == {
        ("admin", "entry"): ["admin"],
        ("developer", "aws-auth"): ["admin"],
        ("github-ci", "aws-auth"): ["edit"],
    }
    assert old.may("github", PODS) == [True]

    # Nodes that no managed node group brings come by aws-auth alone: they get an entry of their own before it isn't read any more.
    workers = old.role("workers", "/nodes/")
    add_to_roles(old, node_line("workers"))
    refused(lambda: old.revoke("workers", kind="role"), Refused, "the nodes would lose the cluster")
    old.run("migrate-access", migrate(old.environment, Silent(), final=True).steps)
    assert mode(old) == API
    entry = old.live.eks.describe_access_entry(clusterName=OLD, principalArn=workers)["accessEntry"]
    assert (entry["type"], entry["kubernetesGroups"]) == ("EC2_LINUX", ["system:nodes"])
    old.live.iam.delete_role(RoleName="workers")
    refused(lambda: old.grant(via="aws-auth"), UsageError, "this cluster does not read aws-auth")
    old.grant("tester")
    assert "entry" in {path for _, path in data(old)}
    old.revoke("github-ci")
    assert old.groups("github") is None
    refused(lambda: old.revoke("admin"), Refused, "this would take your own access")


def test_an_update_that_is_under_way_is_waited_for(old: World) -> None:
    old.live.eks.update_cluster_config(name=OLD, accessConfig={"authenticationMode": BOTH})
    identity, guard = guards(old.environment)
    old.run("migrate-access", [identity, guard, ChangeMode(guard, BOTH)])
    assert guard.cluster.mode == BOTH


def test_the_creator_gets_in_for_good(old: World) -> None:
    old.live.iam.attach_user_policy(UserName="developer", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    try:
        old.grant("developer", Grant("admin"))
        assert "in system:masters; " in old.grant("admin", Grant("view"))
        as_developer = World(old.live, dataclasses.replace(old.environment, profile="developer"))
        refused(lambda: as_developer.revoke("admin"), Failed, "it created the cluster, and in mode CONFIG_MAP")
    finally:
        old.live.iam.detach_user_policy(UserName="developer", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")


def test_what_the_guards_see(old: World) -> None:
    identity, guard = guards(old.environment)
    identity.check(Looking(Silent()))
    guard.check(Looking(Silent()))
    assert (guard.cluster.has_entries, guard.cluster.has_config_map) == (False, True)
    steps = revoke(old.environment, "user", "github-ci")
    assert "the cluster has none" in str(old.planned(steps, "revoke")["access-entry"])
    assert {ADMIN, DEVELOPER, GITHUB}.isdisjoint(row["arn"] for row in access(old.environment, Silent()).data["access"])


def test_another_cluster_behind_the_right_name(old: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its certificate is whole and its own; but no token for this name is any good there."""
    there = Eks(open_session(old.environment)).cluster(OLD)
    assert there is not None
    real = Eks.cluster

    def cluster(self: Eks, name: str) -> Cluster | None:
        found = real(self, name)
        assert found is not None
        return dataclasses.replace(found, endpoint=there.endpoint, certificate_authority=there.certificate_authority)

    monkeypatch.setattr(Eks, "cluster", cluster)
    world = World(old.live, old.live.environment)
    was, calls = old.live.entries, len(old.live.calls())
    for do in (lambda: world.grant(via="aws-auth"), world.revoke):
        refused(do, Failed, "the cluster does not know profile default (401)")
    assert (old.live.entries, old.live.writes(calls)) == (was, [])
