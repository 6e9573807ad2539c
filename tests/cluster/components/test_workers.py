"""Nodes and EKS's own pods, from their objects."""

from __future__ import annotations

from typing import Any

from longshore.cluster.components.component import ABSENT, FAULT, OK
from longshore.cluster.components.workers import addons, nodes, version_of

IMAGE = "602401143452.dkr.ecr.eu-central-1.amazonaws.com/eks/kube-proxy:v1.36.0-minimal-eksbuild.1"


def node(name: str, kubelet: str = "v1.36.3", **conditions: str) -> dict[str, Any]:
    told = [{"type": kind, "status": status, "message": f"says {kind}"} for kind, status in conditions.items()]
    return {
        "kind": "Node",
        "metadata": {"name": name},
        "status": {"nodeInfo": {"kubeletVersion": kubelet}, "conditions": told},
    }


def proxy(on: str, image: str = IMAGE, ready: str = "True") -> dict[str, Any]:
    return {
        "metadata": {"name": f"kube-proxy-{on}", "labels": {"k8s-app": "kube-proxy"}},
        "spec": {"nodeName": on, "containers": [{"image": image}]},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }


def test_a_node_that_is_well() -> None:
    [found] = nodes([node("a", Ready="True", DiskPressure="False")], [proxy("a")], "v1.36.3")
    assert (found.kubelet, found.kube_proxy, found.faults) == ("v1.36.3", "v1.36.0-minimal-eksbuild.1", ())


def test_nodes_that_are_not() -> None:
    found = nodes(
        [node("d", "v1.37.0", Ready="True"), node("a", Ready="Unknown"), node("b", Ready="True", DiskPressure="True"), node("c")],
        [proxy("b", ready="False"), proxy("d", "x/kube-proxy:v1.30.0")],
        "v1.36.3",
    )  # fmt: skip
    assert {one.name: one.faults for one in found} == {
        "a": ("not ready: says Ready",),
        "b": ("DiskPressure: says DiskPressure", "kube-proxy is not ready"),
        "c": ("not ready: the kubelet has never said so",),
        "d": (
            "kubelet 1.37.0 is newer than the API server (1.36.3)",
            "kube-proxy 1.30.0 is 6 minor versions older than the API server (1.36.3); 3 are allowed",
            "kube-proxy 1.30.0 and kubelet 1.37.0 are more than 3 minor versions apart",
        ),
    }
    assert [one.kube_proxy for one in found] == ["", "v1.36.0-minimal-eksbuild.1", "", "v1.30.0"]


def test_addons() -> None:
    daemons = {
        "kind": "DaemonSet",
        "metadata": {"name": "kube-proxy"},
        "spec": {"template": {"spec": {"containers": [{"image": IMAGE}]}}},
    }
    ill = daemons | {"status": {"desiredNumberScheduled": 3, "numberReady": 2}}
    assert [(one.state, one.detail) for one in addons([ill])] == [(FAULT, "DaemonSet, 2 of 3 ready")]
    well = daemons | {"status": {"desiredNumberScheduled": 3, "numberReady": 3}}
    dns = {
        "kind": "Deployment",
        "metadata": {"name": "coredns"},
        "spec": {"replicas": 2},
        "status": {"readyReplicas": 2},
    }
    assert [(one.name, one.state) for one in addons([dns, well])] == [("kube-proxy", OK), ("coredns", OK)]
    assert [(one.name, one.state) for one in addons([])] == [("kube-proxy", ABSENT)]


def test_the_version_of_an_image() -> None:
    assert version_of(IMAGE) == "v1.36.0-minimal-eksbuild.1"
    assert [version_of(text) for text in ("eks/kube-proxy", "localhost:5000/a/b", "a:latest", "a:v1.2@sha256:0")] == [
        "",
        "",
        "",
        "v1.2",
    ]
