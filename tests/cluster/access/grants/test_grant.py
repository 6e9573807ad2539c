"""cluster.grant on the real API server: by both paths, every level, proven as the grantee."""

from __future__ import annotations

import json

import pytest

from longshore.cluster.access.level import Grant
from longshore.errors import Refused, UsageError
from longshore.programs.kubernetes import Asked
from longshore.steps.step import Done
from tests.cluster.access.world import ADMIN, GITHUB, HEAD, World, refused
from tests.live_cluster import LiveCluster

pytestmark = pytest.mark.integration

PODS, SECRETS = Asked("list", "pods"), Asked("get", "secrets")
DEPLOY = Asked("create", "deployments.apps")


def test_the_command_from_refused_to_refused(bank_dev: LiveCluster) -> None:
    """With the real kubectl, whose token the real aws CLI makes: nothing of ours on the client's side."""
    assert "You must be logged in" in bank_dev.kubectl("github", "get", "pods").stderr
    mark, calls = bank_dev.api_mark(), len(bank_dev.calls())
    assert "create an access entry" in bank_dev.inv("cluster.grant", "--user", "github-ci", "--plan").check().stdout
    assert (bank_dev.api_writes(mark), bank_dev.writes(calls)) == ([], [])
    granted = bank_dev.inv("cluster.grant", "--user", "github-ci").check()
    assert "may list pods, get services; may not create deployments.apps, get secrets, delete nodes" in granted.stderr
    assert granted.stderr.splitlines()[-1].startswith("granted view in the whole cluster; --access admin, edit are the")
    bank_dev.kubectl("github", "get", "pods", "--all-namespaces").check()
    assert "Forbidden" in bank_dev.kubectl("github", "get", "secrets").stderr
    again = json.loads(bank_dev.inv("cluster.grant", "--user", "github-ci", "--json").check().stdout)
    assert (again["acted"], again["to_do"]) == ([], False)
    bank_dev.inv("cluster.revoke", "--user", "github-ci").check()
    assert "You must be logged in" in bank_dev.kubectl("github", "get", "pods").stderr


@pytest.mark.parametrize("via", ["aws-auth", "entry"])
def test_levels_one_after_the_other(world: World, via: str) -> None:
    path = "aws-auth" if via == "aws-auth" else "entry"
    proof = world.grant(wanted=Grant("view"), via=path)  # type: ignore[arg-type]
    assert proof.startswith("as profile github it is ")
    assert world.may("github", PODS, SECRETS, DEPLOY) == [True, False, False]
    world.grant(wanted=Grant("edit"))
    assert world.may("github", PODS, SECRETS, DEPLOY) == [True, True, True]
    world.grant(wanted=Grant("admin"))
    assert world.may("github", Asked("*", "*")) == [True]
    # A lower level takes the place of the higher one.
    world.grant(wanted=Grant("view"))
    assert world.may("github", PODS, SECRETS, DEPLOY) == [True, False, False]
    world.revoke()
    assert world.groups("github") is None


@pytest.mark.parametrize("via", ["aws-auth", "entry"])
def test_in_a_namespace(world: World, via: str) -> None:
    path = "aws-auth" if via == "aws-auth" else "entry"
    world.grant(wanted=Grant("edit", "bank"), via=path)  # type: ignore[arg-type]
    here, there = Asked("create", "deployments.apps", "bank"), Asked("list", "pods", "default")
    assert world.may("github", here, there, PODS) == [True, False, False]
    world.grant(wanted=Grant("view"))
    assert world.may("github", here, there, PODS) == [True, True, True]
    world.revoke(namespace="bank")
    assert world.may("github", here, there, PODS) == [False, True, True]


def test_a_namespace_that_is_not_there(world: World) -> None:
    for via in ("aws-auth", "entry"):
        mark, calls = world.live.api_mark(), len(world.live.calls())
        refused(
            lambda via=via: world.grant(wanted=Grant("view", "bnak"), via=via),  # type: ignore[misc]
            UsageError,
            "there is no namespace bnak (--namespace bnak; did you mean bank?)",
        )
        assert (world.live.api_writes(mark), world.live.writes(calls)) == ([], [])


@pytest.mark.parametrize("via", ["aws-auth", "entry"])
def test_a_group_of_the_team_s_own(world: World, via: str) -> None:
    path = "aws-auth" if via == "aws-auth" else "entry"
    proof = world.grant(wanted=Grant(group="ops"), via=path)  # type: ignore[arg-type]
    assert "in ops" in proof
    world.grant(wanted=Grant(group="on-call"))
    assert world.groups("github") == {"ops", "on-call"}


def test_a_group_that_is_not_bound_as_it_should_be_is_bound_again(world: World) -> None:
    world.grant(via="aws-auth")
    place = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/longshore:view"
    world.live.ask_api("DELETE", place)
    assert world.may("github", PODS) == [False]
    world.grant()
    assert world.may("github", PODS) == [True]
    _, made = world.live.ask_api("GET", place)
    world.live.ask_api("DELETE", place)
    other = {**made, "metadata": {"name": "longshore:view"}, "roleRef": {**made["roleRef"], "name": "cluster-admin"}}
    assert world.live.ask_api("POST", place.rpartition("/")[0], other)[0] == 201
    world.grant()
    assert world.may("github", PODS, Asked("delete", "nodes")) == [True, False]


def test_an_entry_that_exists_already_keeps_what_it_has(world: World) -> None:
    about = {"clusterName": world.environment.eks_cluster, "principalArn": GITHUB}
    world.live.eks.create_access_entry(**about, kubernetesGroups=["by-hand"], username="ci")
    world.grant(wanted=Grant("edit"))
    assert world.live.entries[GITHUB]["username"] == "ci"
    assert world.groups("github") == {"by-hand"}
    assert world.policies(GITHUB) == {"EditPolicy": []}


def test_each_path_where_the_other_would_beat_it_or_lose(world: World) -> None:
    world.grant(via="aws-auth")
    refused(lambda: world.grant(via="entry"), UsageError, "is in aws-auth, which an entry would beat")
    # Without --via it goes where the principal is.
    world.grant(wanted=Grant("edit"))
    assert GITHUB not in world.live.entries
    world.revoke()
    world.grant(via="entry")
    refused(lambda: world.grant(via="aws-auth"), UsageError, "has an access entry, which beats aws-auth")


def test_a_user_and_a_role_with_a_path(world: World) -> None:
    user, role = world.user("pat", "/team/a/"), world.role("deployer", "/ci/")
    try:
        for path in ("aws-auth", "entry"):
            world.grant("pat", via=path)  # type: ignore[arg-type]
            world.grant("ci/deployer", via=path, kind="role")  # type: ignore[arg-type]
            if path == "aws-auth":
                assert f"userarn: {user}\n" in world.live.aws_auth["mapUsers"]
                assert f"rolearn: {HEAD}:role/deployer\n" in world.live.aws_auth["mapRoles"]
            else:
                assert {user, role} <= set(world.live.entries)
            world.revoke("pat")
            world.revoke("deployer", kind="role")
            assert not {user, role} & set(world.live.entries)
            assert "deployer" not in str(world.live.aws_auth)
        refused(lambda: world.grant("other/deployer", kind="role"), UsageError, "there is no IAM role other/deployer")
    finally:
        world.forget("pat")
        world.live.iam.delete_role(RoleName="deployer")


def test_a_role_of_another_account(world: World) -> None:
    arn = "arn:aws:iam::999988887777:role/ci/guest"
    assert world.grant(arn, kind="role") == "not proven: no profile of this machine is role guest"
    assert arn in world.live.entries
    world.revoke(arn, kind="role")
    world.grant(arn, kind="role", via="aws-auth")
    assert "rolearn: arn:aws:iam::999988887777:role/guest\n" in world.live.aws_auth["mapRoles"]
    world.revoke(arn, kind="role")
    assert "guest" not in world.live.aws_auth["mapRoles"]


def test_nobody_of_that_name(world: World) -> None:
    calls = len(world.live.calls())
    refused(lambda: world.grant("gihub-ci"), UsageError, "there is no IAM user gihub-ci (account 111122223333; did you")
    refused(lambda: world.grant("GitHub-CI"), UsageError, "did you mean github-ci?")
    refused(lambda: world.grant(f"{HEAD}:role/x"), UsageError, f"--user can't be {HEAD}:role/x")
    assert world.live.writes(calls) == []


def test_the_role_of_the_nodes_is_granted_nothing(world: World) -> None:
    node = "longshore-sandbox-node"
    refused(lambda: world.grant(node, kind="role"), Refused, "this is the entry by which nodes join the cluster")
    refused(lambda: world.revoke(node, kind="role"), Refused, "the nodes would lose the cluster")


def test_an_identity_center_role_by_the_name_of_its_permission_set(world: World) -> None:
    name = "AWSReservedSSO_Deploy_0123456789abcdef"
    arn = world.role(name, "/aws-reserved/sso.amazonaws.com/eu-central-1/")
    try:
        world.grant("Deploy", kind="role", via="aws-auth")
        assert f"rolearn: {HEAD}:role/{name}\n" in world.live.aws_auth["mapRoles"]
        world.revoke("Deploy", kind="role")
        world.grant("Deploy", kind="role", via="entry")
        assert arn in world.live.entries
    finally:
        world.live.iam.delete_role(RoleName=name)


def test_an_entry_that_outlived_its_user(world: World) -> None:
    arn = world.user("sam")
    try:
        world.grant("sam", Grant("admin"))
        world.user("sam")  # another one, of the same name
        steps = world.planned_grant("sam", Grant("view"))
        assert "delete the access entry that was made for an earlier user sam" in str(steps["grant"])
        world.grant("sam", Grant("view"))
        # What the earlier one had is not the new one's.
        assert world.policies(arn) == {"ViewPolicy": []}
        assert isinstance(world.planned_grant("sam", Grant("view"))["grant"], Done)
    finally:
        world.forget("sam")


def test_my_own_level_and_the_proof_as_myself(world: World) -> None:
    refused(lambda: world.grant("admin", Grant("view")), Refused, "this would make you no administrator any more")
    assert world.policies(ADMIN) == {"ClusterAdminPolicy": []}
    assert "as profile default it is" in world.grant("admin", Grant(group="ops"))
