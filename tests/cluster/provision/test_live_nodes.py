from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from longshore.cluster.provision.add_nodes import add_nodes
from longshore.cluster.provision.nodes import nodes
from longshore.cluster.provision.scale_nodes import scale_nodes
from longshore.errors import UsageError
from longshore.steps.report import Silent
from longshore.steps.run import Outcome
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
    return dict(nodes(live.environment, Silent()).data)


def of_group(live: LiveCluster, group: str) -> list[dict[str, Any]]:
    return [node for node in listed(live)["nodes"] if node["group"] == group]


def add(live: LiveCluster, count: int, **more: str) -> Outcome:
    return perform(live.environment, add_nodes(live.environment, count, **more), "add-nodes")


def scale(live: LiveCluster, count: int, group: str = "") -> Outcome:
    return perform(live.environment, scale_nodes(live.environment, count, group), "scale-nodes")


def test_nodes_and_groups_are_shown(there: LiveCluster) -> None:
    found = json.loads(there.inv("cluster.nodes", "--json").check().stdout)
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
    heads = [line.split()[0] for line in text.splitlines()]
    assert heads == ["node", *(node["node"] for node in found["nodes"]), "node", SEEDED]


def test_a_cordoned_node_is_told(there: LiveCluster) -> None:
    path = f"/api/v1/nodes/{listed(there)['nodes'][0]['node']}"
    there.ask_api("PATCH", path, {"spec": {"unschedulable": True}})
    try:
        assert [node["cordoned"] for node in listed(there)["nodes"]] == [True, False]
    finally:
        there.ask_api("PATCH", path, {"spec": {"unschedulable": None}})


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
    assert scale(there, 4).acted == ()
    assert there.writes(before) == []
    scale(there, 1)
    assert len(of_group(there, SEEDED)) == 1
    # The bounds were wide enough, and stay.
    scaling = groups(there.environment)[SEEDED]["scalingConfig"]
    assert scaling == {"minSize": 0, "maxSize": 10, "desiredSize": 1}


def test_bounds_are_widened(there: LiveCluster) -> None:
    environment = there.environment
    found = planned(environment, scale_nodes(environment, 12), "scale-nodes")
    assert found["scale"] == ToDo("nodes: 2 (of 0 to 10) becomes 12 (of 0 to 12)")
    assert found["nodes"] == ToDo("wait until 12 nodes of the group nodes are Ready (now 2 of 2)")
    scale(there, 12)
    assert groups(environment)[SEEDED]["scalingConfig"] == {"minSize": 0, "maxSize": 12, "desiredSize": 12}


def test_no_node_at_all_is_asked_for(there: LiveCluster) -> None:
    lines = told(there.inv("cluster.scale-nodes", "--count", "0"), 3, "not confirmed", "--confirm sandbox")
    assert "with 0 nodes nothing of the group's runs any more" in lines[1]
    assert len(of_group(there, SEEDED)) == 2
    there.inv("cluster.scale-nodes", "--count", "0", "--confirm", "sandbox").check()
    assert of_group(there, SEEDED) == []


def test_which_group(there: LiveCluster) -> None:
    told(there.inv("cluster.scale-nodes", "--count", "3", "--group", "node"), 2, "did you mean nodes?", "cluster.nodes")
    add(there, 1, group="more")
    with pytest.raises(UsageError) as caught:
        scale(there, 3)
    assert str(caught.value) == "error: --group is missing (bank-dev)\n  why: it is one of more, nodes"
    scale(there, 2, "more")
    assert len(of_group(there, "more")) == 2
    assert len(of_group(there, SEEDED)) == 2


def test_a_killed_scaling_is_gone_on_with(there: LiveCluster) -> None:
    environment = there.environment
    killed(environment, "scale-nodes", "wait 2")
    scale(there, 3)
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
    add(there, 1, group="one")
    before = len(there.calls())
    assert add(there, 1, group="one").acted == ()
    with pytest.raises(UsageError) as caught:
        add(there, 3, group="one")
    assert str(caught.value) == (
        "error: the node group is there with another number of nodes (one, 1 (of 1 to 1) x t3.medium)\n"
        "  next: inv cluster.scale-nodes --env sandbox --group one --count 3"
    )
    with pytest.raises(UsageError) as caught:
        add(there, 1, group="one", type="t3.large")
    assert str(caught.value) == (
        "error: there is another node group of that name (one, 1 (of 1 to 1) x t3.medium)\n  next: another --group"
    )
    assert there.writes(before) == []


def test_without_a_name_a_killed_run_makes_one_group(there: LiveCluster) -> None:
    environment = there.environment
    killed(environment, "add-nodes", "wait 1")
    add(there, 2)
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
