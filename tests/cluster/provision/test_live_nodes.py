from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from longshore.cluster.provision.add_nodes import add_nodes
from longshore.cluster.provision.scale_nodes import scale_nodes
from longshore.errors import UsageError
from longshore.steps.step import ToDo
from tests.cluster.provision.own_cluster import eks, groups, killed, perform, planned
from tests.live_cluster import LiveCluster
from tests.running import told

pytestmark = pytest.mark.integration

SEEDED = "nodes"


@pytest.fixture
def there(live_cluster: LiveCluster) -> Iterator[LiveCluster]:
    """The sandbox's cluster with its one group of two nodes, before and after."""
    yield live_cluster
    environment = live_cluster.environment
    client, name = eks(environment), environment.eks_cluster
    for group in groups(environment):
        if group != SEEDED:
            client.delete_nodegroup(clusterName=name, nodegroupName=group)
    client.update_nodegroup_config(
        clusterName=name, nodegroupName=SEEDED, scalingConfig={"minSize": 0, "maxSize": 10, "desiredSize": 2}
    )
    perform(environment, scale_nodes(environment, 2, SEEDED), "scale-nodes")


def listed(live: LiveCluster) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(live.inv("cluster.nodes", "--json").check().stdout)
    return found


def of_group(live: LiveCluster, group: str) -> list[dict[str, Any]]:
    return [node for node in listed(live)["nodes"] if node["group"] == group]


def test_nodes_and_groups_are_shown(there: LiveCluster) -> None:
    found = listed(there)
    assert (found["schema"], found["cluster"]) == (1, "bank-dev")
    assert len(found["nodes"]) == 2
    for node in found["nodes"]:
        assert (node["group"], node["type"], node["ready"], node["cordoned"]) == (SEEDED, "t3.medium", True, False)
        assert node["version"].startswith("v1.")
        assert node["zone"].startswith("eu-central-1")
        # kube-proxy and aws-node at least.
        assert node["pods"] >= 2
    (group,) = found["groups"]
    assert (group["group"], group["status"], group["desired"], group["ready"]) == (SEEDED, "ACTIVE", 2, 2)
    text = there.inv("cluster.nodes").check().stdout
    assert [line.split()[0] for line in text.splitlines()] == [
        "node",
        *(n["node"] for n in found["nodes"]),
        "node",
        SEEDED,
    ]


def test_a_node_that_does_not_answer_is_not_ready(there: LiveCluster) -> None:
    there.kubectl("default", "cordon", listed(there)["nodes"][0]["node"]).check()
    try:
        assert [node["cordoned"] for node in listed(there)["nodes"]] == [True, False]
    finally:
        there.kubectl("default", "uncordon", listed(there)["nodes"][0]["node"]).check()


def test_who_is_not_let_in_sees_the_groups(there: LiveCluster) -> None:
    there.reset_access()
    ended = there.inv("cluster.nodes", "--profile", "tester", "--json").check(1)
    found = json.loads(ended.stdout)
    assert found["nodes"] is None
    assert [group["group"] for group in found["groups"]] == [SEEDED]
    said = there.inv("cluster.nodes", "--profile", "tester").check(1).stdout
    assert "the cluster does not know profile tester (401)" in said


def test_scaling_is_absolute(there: LiveCluster) -> None:
    there.inv("cluster.scale-nodes", "--count", "4").check()
    assert len(of_group(there, SEEDED)) == 4
    before = len(there.calls())
    again = there.inv("cluster.scale-nodes", "--count", "4").check()
    assert "nothing to do" in again.stderr
    assert there.writes(before) == []
    there.inv("cluster.scale-nodes", "--count", "1").check()
    assert len(of_group(there, SEEDED)) == 1
    # The bounds were wide enough, and stay.
    scaling = groups(there.environment)[SEEDED]["scalingConfig"]
    assert scaling == {"minSize": 0, "maxSize": 10, "desiredSize": 1}


def test_bounds_are_widened(there: LiveCluster) -> None:
    environment = there.environment
    found = planned(environment, scale_nodes(environment, 12), "scale-nodes")
    assert found["scale"] == ToDo("nodes: 2 (of 0 to 10) becomes 12 (of 0 to 12)")
    assert found["nodes"] == ToDo("wait until 12 nodes of the group nodes are Ready (now 2 of 2)")
    perform(environment, scale_nodes(environment, 12), "scale-nodes")
    assert groups(environment)[SEEDED]["scalingConfig"] == {"minSize": 0, "maxSize": 12, "desiredSize": 12}


def test_no_node_at_all_is_asked_for(there: LiveCluster) -> None:
    lines = told(there.inv("cluster.scale-nodes", "--count", "0"), 3, "not confirmed", "--confirm sandbox")
    assert "with 0 nodes nothing of the group's runs any more" in lines[1]
    assert len(of_group(there, SEEDED)) == 2
    there.inv("cluster.scale-nodes", "--count", "0", "--confirm", "sandbox").check()
    assert of_group(there, SEEDED) == []


def test_which_group(there: LiveCluster) -> None:
    told(there.inv("cluster.scale-nodes", "--count", "3", "--group", "node"), 2, "did you mean nodes?", "cluster.nodes")
    there.inv("cluster.add-nodes", "--count", "1", "--group", "more").check()
    there.inv("cluster.scale-nodes", "--count", "3").check(2)
    there.inv("cluster.scale-nodes", "--count", "2", "--group", "more").check()
    assert len(of_group(there, "more")) == 2
    assert len(of_group(there, SEEDED)) == 2


def test_a_killed_scaling_is_gone_on_with(there: LiveCluster) -> None:
    environment = there.environment
    killed(environment, "scale-nodes", "wait 2")
    perform(environment, scale_nodes(environment, 3), "scale-nodes")
    assert len(of_group(there, SEEDED)) == 3


def test_a_group_is_added_and_bears_what_it_should(there: LiveCluster) -> None:
    there.inv("cluster.add-nodes", "--count", "2", "--type", "t4g.small", "--group", "arm").check()
    found = groups(there.environment)["arm"]
    assert (found["status"], found["amiType"], found["instanceTypes"]) == (
        "ACTIVE",
        "AL2023_ARM_64_STANDARD",
        ["t4g.small"],
    )
    assert found["scalingConfig"] == {"minSize": 2, "maxSize": 2, "desiredSize": 2}
    assert found["nodeRole"] == "arn:aws:iam::111122223333:role/bank-dev-node"
    assert found["tags"]["managed-by"] == "longshore"
    assert [node["ready"] for node in of_group(there, "arm")] == [True, True]


def test_the_same_name_again_is_done_or_refused(there: LiveCluster) -> None:
    there.inv("cluster.add-nodes", "--count", "1", "--group", "one").check()
    before = len(there.calls())
    assert "nothing to do" in there.inv("cluster.add-nodes", "--count", "1", "--group", "one").check().stderr
    told(
        there.inv("cluster.add-nodes", "--count", "3", "--group", "one"), 2,
        "the node group is there with another number of nodes", "cluster.scale-nodes --env sandbox --group one --count 3",
    )  # fmt: skip
    told(
        there.inv("cluster.add-nodes", "--count", "1", "--group", "one", "--type", "t3.large"), 2,
        "there is another node group of that name", "another --group",
    )  # fmt: skip
    assert there.writes(before) == []


def test_without_a_name_a_killed_run_makes_one_group(there: LiveCluster) -> None:
    environment = there.environment
    killed(environment, "add-nodes", "wait 1")
    perform(environment, add_nodes(environment, 2), "add-nodes")
    (name,) = set(groups(environment)) - {SEEDED}
    assert name.startswith("t3-medium-2")
    assert len(of_group(there, name)) == 2


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"count": 0}, "--count can't be 0"),
        ({"count": 451}, "--count can't be 451"),
        ({"count": 1, "type": "large"}, "--type can't be 'large'"),
        ({"count": 1, "group": "-x"}, "--group can't be '-x'"),
        ({"count": 1, "type": "t9.huge"}, "EC2 has no such instance type in eu-central-1"),
    ],
)
def test_what_cannot_be(there: LiveCluster, arguments: dict[str, Any], text: str) -> None:
    before = len(there.calls())
    with pytest.raises(UsageError) as caught:
        planned(there.environment, add_nodes(there.environment, **arguments), "add-nodes")
    assert text in str(caught.value)
    assert there.writes(before) == []
