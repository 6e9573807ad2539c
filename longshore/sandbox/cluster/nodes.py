"""Nodes of a cluster: objects as a kubelet on EKS registers them; kwok keeps them Ready."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from longshore.errors import Failed
from longshore.sandbox.cloud.clusters import Node

Ask = Callable[..., tuple[int, dict[str, Any]]]

READY_LIMIT = 30.0
POLL = 0.05
NODES = "/api/v1/nodes"
ADDRESS = re.compile(r"ip-(\d+)-(\d+)-(\d+)-(\d+)\.")
CAPACITY = {"cpu": "2", "memory": "8Gi", "pods": "29"}
"""Of an m5.large, where nothing else is said."""


def body(node: Node, version: str) -> dict[str, Any]:
    """The object. `version` is the kubelet's, such as `v1.36.3`."""
    architecture = node.labels.get("kubernetes.io/arch", "amd64")
    labels = {
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": architecture,
        "beta.kubernetes.io/os": "linux",
        "beta.kubernetes.io/arch": architecture,
        **node.labels,
    }
    capacity = dict(node.capacity) or CAPACITY
    addresses = [{"type": "Hostname", "address": node.name}, {"type": "InternalDNS", "address": node.name}]
    if found := ADDRESS.match(node.name):
        addresses.insert(0, {"type": "InternalIP", "address": ".".join(found.groups())})
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": node.name, "labels": labels},
        "spec": {"taints": [dict(taint) for taint in node.taints]},
        "status": {
            "capacity": capacity,
            "allocatable": capacity,
            "addresses": addresses,
            "nodeInfo": {
                "kubeletVersion": version,
                "kubeProxyVersion": version,
                "operatingSystem": "linux",
                "architecture": architecture,
                "osImage": "longshore sandbox",
                "kernelVersion": "",
                "containerRuntimeVersion": "",
                "machineID": "",
                "systemUUID": "",
                "bootID": "",
            },
        },
    }


def join(ask: Ask, nodes: Sequence[Node], version: str, given_up: Callable[[], bool] = lambda: False) -> None:
    """Add them and wait until they are Ready. There already is fine. Raises Failed, OSError."""
    for node in nodes:
        status, answer = ask("POST", NODES, body(node, version))
        if status not in (201, 409):
            raise Failed("a node can't join the cluster", on=node.name, why=str(answer.get("message", status)))
    deadline = time.monotonic() + READY_LIMIT
    waiting = [node.name for node in nodes]
    while waiting:
        waiting = [name for name in waiting if not is_ready(ask("GET", f"{NODES}/{quote(name)}")[1])]
        if waiting and (given_up() or time.monotonic() > deadline):
            raise Failed("nodes did not become Ready", on=", ".join(waiting), why="kwok did not see to them")
        if waiting:
            time.sleep(POLL)


def is_ready(node: Mapping[str, Any]) -> bool:
    """Whether the object says so."""
    conditions = node.get("status", {}).get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def leave(ask: Ask, names: Sequence[str]) -> None:
    """Take them away, and their pods with them. Gone already is fine. Raises OSError."""
    for name in names:
        # The node first: as long as it is there, a DaemonSet puts its pod on it again.
        ask("DELETE", f"{NODES}/{quote(name)}")
        _, found = ask("GET", f"/api/v1/pods?fieldSelector=spec.nodeName={quote(name)}")
        for pod in found.get("items", []):
            place = pod["metadata"]
            ask("DELETE", f"/api/v1/namespaces/{place['namespace']}/pods/{place['name']}", {"gracePeriodSeconds": 0})
