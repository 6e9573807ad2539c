"""cluster.access: both paths in one table, faults beside IAM and bindings, and as much as can be read."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from longshore.cluster.access.level import Grant
from longshore.cluster.access.listing.listing import access
from longshore.errors import LongshoreError
from longshore.steps.report import Silent
from tests.cluster.access.world import ADMIN, DEVELOPER, GITHUB, HEAD, TESTER, World
from tests.live_cluster import LiveCluster

pytestmark = pytest.mark.integration


def listed(world: World, **fields: Any) -> dict[str, Any]:
    return dict(access(dataclasses.replace(world.environment, **fields), Silent()).data)


def rows(found: dict[str, Any]) -> dict[tuple[str, str], list[str]]:
    return {(row["arn"].rpartition("/")[2], row["path"]): row["access"] for row in found["access"]}


def faults(found: dict[str, Any]) -> set[tuple[str, str]]:
    return {(fault["code"], (fault["arn"] or fault["where"]).rpartition("/")[2]) for fault in found["faults"]}


def test_at_first(bank_dev: LiveCluster) -> None:
    mark, calls = bank_dev.api_mark(), len(bank_dev.calls())
    found = json.loads(bank_dev.inv("cluster.access", "--json").check().stdout)
    assert (found["schema"], found["mode"], found["faults"], found["unread"]) == (1, "API_AND_CONFIG_MAP", [], [])
    assert [row["arn"] for row in found["access"] if row["access"] == ["admin"]] == [ADMIN]
    assert (bank_dev.api_writes(mark), bank_dev.writes(calls)) == ([], [])
    text = bank_dev.inv("cluster.access").check().stdout
    assert "user admin" in text
    assert "authentication mode API_AND_CONFIG_MAP, 3 rows" in text


def test_who_has_what(world: World) -> None:
    world.grant(wanted=Grant("edit", "bank"), via="aws-auth")
    world.grant(wanted=Grant(group="ops"))
    world.grant("developer", Grant("view"))
    world.grant("tester", Grant("admin", "bank"))
    found = listed(world)
    assert rows(found)["github-ci", "aws-auth"] == ["edit in bank"]
    assert rows(found)["developer", "entry"] == ["view"]
    assert rows(found)["tester", "entry"] == ["admin of namespaces in bank"]
    assert found["faults"] == []
    assert len(found["snapshots"]) == 4


def test_what_is_wrong(world: World) -> None:
    world.user("left")
    world.grant("left")
    world.grant("tester")
    world.forget("left")
    text = (
        f"- userarn: {GITHUB}\n  username: a\n  groups: [longshore:edit]\n"
        f"- userarn: {GITHUB.replace('github', 'GitHub')}\n  username: b\n  groups: [system:masters]\n"
        f"- userarn: {TESTER}\n  username: c\n  groups: [ops]\n"
        f"- userarn: {HEAD}:user/nobody\n  username: d\n  groups: [ops]\n"
    )
    roles = f"- rolearn: {HEAD}:role/ci/deployer\n  username: e\n  groups: [ops]\n"
    world.live.put_aws_auth({"mapUsers": text, "mapRoles": world.live.aws_auth["mapRoles"] + roles})
    assert {
        ("gone", "left"),
        ("gone", "nobody"),
        ("duplicate", "GitHub-ci"),
        ("beaten", "tester"),
        ("privileged", "GitHub-ci"),
        ("role-path", "deployer"),
        ("binding", "group longshore:edit"),
    } <= faults(listed(world))


def test_text_that_eks_can_t_read_is_told_with_its_place(world: World) -> None:
    world.live.put_aws_auth({**world.live.aws_auth, "mapUsers": "- userarn: x\n  username: [\n"})
    answer = access(world.environment, Silent())
    (fault,) = answer.data["faults"]
    assert fault["code"] == "unparseable"
    assert fault["where"] == "aws-auth mapUsers line 3 column 1"
    assert answer.ok


def test_nodes_whose_mapping_is_gone(world: World) -> None:
    arn = next(arn for arn, entry in world.live.entries.items() if entry["type"] == "EC2_LINUX")
    world.live.put_aws_auth({})
    assert listed(world)["faults"] == []  # their entry lets them in
    world.live.eks.delete_access_entry(clusterName=world.environment.eks_cluster, principalArn=arn)
    assert faults(listed(world)) == {("nodes", arn.rpartition("/")[2])}


def test_as_much_as_one_may_read(world: World) -> None:
    # The developer may look at EKS; Kubernetes doesn't know it, and IAM tells it nothing.
    found = listed(world, profile="developer")
    assert {one["what"]: one["why"][:40] for one in found["unread"]} == {
        "aws-auth": "the cluster does not know profile develo",
        "bindings": "the cluster does not know profile develo",
        "IAM": found["unread"][-1]["why"][:40],
    }
    assert rows(found)["admin", "entry"] == ["admin"]
    world.grant("developer", Grant("view"))
    found = listed(world, profile="developer")
    assert ("longshore-sandbox-node", "aws-auth") in rows(found)
    assert DEVELOPER in [row["arn"] for row in found["access"]]


def test_who_can_read_nothing(world: World) -> None:
    with pytest.raises(LongshoreError):
        listed(world, profile="nobody-of-that-name")
