from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from longshore.cluster.provision.nodegroups import NodeGroup
from longshore.cluster.provision.nodes import Node, answer, node_of
from longshore.errors import Failed


def a_node(ready: str = "True", **spec: Any) -> dict[str, Any]:
    labels = {
        "eks.amazonaws.com/nodegroup": "workers",
        "node.kubernetes.io/instance-type": "t3.medium",
        "topology.kubernetes.io/zone": "eu-west-1a",
    }
    return {
        "kind": "Node",
        "metadata": {"name": "ip-1", "labels": labels, "creationTimestamp": "2026-11-29T10:00:00Z"},
        "spec": spec,
        "status": {
            "nodeInfo": {"kubeletVersion": "v1.36.3"},
            "conditions": [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": ready}],
        },
    }


def test_a_node_is_read_into_its_fields() -> None:
    assert node_of(a_node(), 3) == Node(
        name="ip-1",
        group="workers",
        type="t3.medium",
        zone="eu-west-1a",
        version="v1.36.3",
        ready=True,
        cordoned=False,
        created=datetime(2026, 11, 29, 10, tzinfo=UTC),
        pods=3,
    )


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (a_node(), "Ready"),
        (a_node("False"), "NotReady"),
        (a_node("Unknown"), "NotReady"),
        (a_node(unschedulable=True), "Ready, cordoned"),
        ({"metadata": {"name": "new"}}, "NotReady"),
    ],
)
def test_its_state_in_words(found: dict[str, Any], state: str) -> None:
    assert node_of(found, 0).state == state


def test_the_answer() -> None:
    old = datetime.now(UTC) - timedelta(days=3, hours=1)
    nodes = [
        Node("ip-1", "workers", "t3.medium", "eu-west-1a", "v1.36.3", True, False, old, 3),
        Node("ip-2", "workers", "t3.medium", "eu-west-1b", "v1.36.3", False, False, old, 0),
        Node("own", "", "", "", "v1.35.1", True, False, datetime.now(UTC) - timedelta(minutes=5), 1),
    ]
    group = NodeGroup("workers", "DEGRADED", 2, 1, 4, ("t3.medium",), "", "1.36", issues=("A: b", "C: d"))
    told = answer("bank-prod", nodes, [group])
    assert told.ok
    assert told.tables[0].rows == [
        ("ip-1", "workers", "t3.medium", "eu-west-1a", "v1.36.3", "Ready", "3 d", "3"),
        ("ip-2", "workers", "t3.medium", "eu-west-1b", "v1.36.3", "NotReady", "3 d", "0"),
        ("own", "(none)", "", "", "v1.35.1", "Ready", "5 min", "1"),
    ]
    assert told.tables[1].rows == [("workers", "DEGRADED", "t3.medium", "1.36", "1", "2", "1", "4", "A: b; C: d")]
    assert [one["group"] for one in told.data["nodes"]] == ["workers", "workers", None]
    assert told.data["groups"][0]["ready"] == 1


def test_where_kubernetes_does_not_tell() -> None:
    refusal = Failed("could not list the nodes", why="RBAC refuses profile tester (403)")
    told = answer("bank-prod", [], [NodeGroup("workers", "ACTIVE", 2, 1, 4)], refusal)
    assert not told.ok
    assert told.data["nodes"] is None
    assert told.data["groups"][0]["ready"] is None
    assert [table.columns[0] for table in told.tables] == ["node group"]
    assert told.notes == ["error: could not list the nodes", "  why: RBAC refuses profile tester (403)"]
