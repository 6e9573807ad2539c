"""Nodes with their kubelet and kube-proxy, and what EKS runs on them in kube-system."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from longshore.cluster.components import skew
from longshore.cluster.components.component import ABSENT, FAULT, OK, Component, Node
from longshore.programs.kubernetes import Object

KUBE_PROXY = "kube-proxy"
ADDONS = {"kube-proxy": "DaemonSet", "aws-node": "DaemonSet", "coredns": "Deployment"}
"""What an EKS cluster has in kube-system where nobody chose otherwise."""
PROBLEMS = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")


def nodes(found: Sequence[Object], pods: Sequence[Object], server: str) -> list[Node]:
    """Each node; `pods` are those of kube-system, `server` is the API server's version."""
    proxies = {
        (pod.get("spec") or {}).get("nodeName", ""): pod
        for pod in pods
        if (pod["metadata"].get("labels") or {}).get("k8s-app") == KUBE_PROXY
    }
    return sorted((_node(one, proxies, server) for one in found), key=lambda node: node.name)


def _node(found: Object, proxies: Mapping[str, Object], server: str) -> Node:
    name, status = found["metadata"]["name"], found.get("status") or {}
    kubelet = (status.get("nodeInfo") or {}).get("kubeletVersion", "")
    faults = list(_of_conditions(status.get("conditions") or []))
    pod = proxies.get(name)
    proxy = ""
    if pod is not None:
        image = next((one["image"] for one in (pod.get("spec") or {}).get("containers") or []), "")
        ready = _is_ready(pod)
        proxy = version_of(image) or ("ready" if ready else "not ready")
        if not ready:
            faults.append("kube-proxy is not ready")
    problems = (
        skew.of_node_program("kubelet", kubelet, server),
        skew.of_node_program(KUBE_PROXY, proxy, server),
        skew.of_pair(proxy, kubelet),
    )
    faults += [problem for problem in problems if problem]
    return Node(name, kubelet, proxy, bool((found.get("spec") or {}).get("unschedulable")), tuple(faults))


def _of_conditions(conditions: Sequence[Object]) -> list[str]:
    states = {one.get("type", ""): one for one in conditions}
    ready = states.get("Ready", {})
    faults = []
    if ready.get("status") != "True":
        why = ready.get("message") or ready.get("reason") or "the kubelet has never said so"
        faults.append(f"not ready: {why}")
    faults += [
        f"{name}: {states[name].get('message') or 'yes'}"
        for name in PROBLEMS
        if states.get(name, {}).get("status") == "True"
    ]
    return faults


def addons(found: Sequence[Object]) -> list[Component]:
    """kube-proxy, and what else of EKS's own is there."""
    by_name = {one["metadata"]["name"]: one for one in found if one["kind"] == ADDONS.get(one["metadata"]["name"])}
    parts = [_addon(name, by_name[name]) for name in ADDONS if name in by_name]
    if KUBE_PROXY not in by_name:
        parts.insert(0, Component(KUBE_PROXY, ABSENT, detail="no DaemonSet of that name in kube-system"))
    return parts


def _addon(name: str, found: Object) -> Component:
    status, spec = found.get("status") or {}, found.get("spec") or {}
    if found["kind"] == "DaemonSet":
        wanted, ready = status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
    else:
        wanted, ready = spec.get("replicas", 1), status.get("readyReplicas", 0)
    containers = ((spec.get("template") or {}).get("spec") or {}).get("containers") or []
    version = version_of(containers[0]["image"]) if containers else ""
    return Component(name, OK if ready >= wanted else FAULT, version, f"{found['kind']}, {ready} of {wanted} ready")


def version_of(image: str) -> str:
    """The tag of an image where it is a version: `.../eks/kube-proxy:v1.36.0-minimal-eksbuild.1`."""
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    return tag if re.match(r"v?\d+\.\d+", tag) else ""


def _is_ready(pod: Object) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)
