from __future__ import annotations

from typing import Any

import pytest

from longshore.errors import Failed
from longshore.sandbox.cloud.clusters import Node
from longshore.sandbox.cluster import nodes

NAME = "ip-10-0-1-7.eu-central-1.compute.internal"


def test_a_node_as_a_kubelet_on_eks_registers_it() -> None:
    taint = {"key": "gpu", "value": "true", "effect": "NoSchedule"}
    labels = {"topology.kubernetes.io/zone": "eu-central-1a", "kubernetes.io/arch": "arm64"}
    made = nodes.body(Node(NAME, labels, [taint], {"cpu": "4"}), "v1.36.3")
    assert made["metadata"] == {
        "name": NAME,
        "labels": {
            "kubernetes.io/hostname": NAME,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "arm64",
            "beta.kubernetes.io/os": "linux",
            "beta.kubernetes.io/arch": "arm64",
            "topology.kubernetes.io/zone": "eu-central-1a",
        },
    }
    assert made["spec"] == {"taints": [taint]}
    assert made["status"]["capacity"] == made["status"]["allocatable"] == {"cpu": "4"}
    assert made["status"]["addresses"] == [
        {"type": "InternalIP", "address": "10.0.1.7"},
        {"type": "Hostname", "address": NAME},
        {"type": "InternalDNS", "address": NAME},
    ]
    assert (made["status"]["nodeInfo"]["kubeletVersion"], made["status"]["nodeInfo"]["architecture"]) == (
        "v1.36.3",
        "arm64",
    )


def test_a_node_that_is_refused() -> None:
    def ask(method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        return 422, {"message": "Node is invalid: metadata.name"}

    with pytest.raises(Failed) as caught:
        nodes.join(ask, [Node("A b")], "v1.36.3")
    assert caught.value.lines() == [
        "error: a node can't join the cluster (A b)",
        "  why: Node is invalid: metadata.name",
    ]


def test_nodes_that_never_become_ready_are_given_up() -> None:
    def ask(method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        return 201, {"status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}}

    with pytest.raises(Failed, match="nodes did not become Ready"):
        nodes.join(ask, [Node(NAME)], "v1.36.3", given_up=lambda: True)
