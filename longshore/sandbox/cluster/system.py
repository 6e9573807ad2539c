"""What EKS puts into kube-system of every cluster: CoreDNS, kube-proxy and the VPC's network plugin. Their pods are kwok's, as all pods are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from longshore.errors import Failed

NAMESPACE = "kube-system"
DNS_ADDRESS = "10.100.0.10"
REGISTRY = "602401143452.dkr.ecr.us-west-2.amazonaws.com/eks"
TOLERANT = [{"operator": "Exists"}]


def workloads() -> list[tuple[str, dict[str, Any]]]:
    """Each object, and the path of its kind."""
    apps = f"/apis/apps/v1/namespaces/{NAMESPACE}"
    return [
        (f"{apps}/deployments", _workload("Deployment", "coredns", {"k8s-app": "kube-dns"}, replicas=2)),
        (f"{apps}/daemonsets", _workload("DaemonSet", "kube-proxy", {"k8s-app": "kube-proxy"})),
        (f"{apps}/daemonsets", _workload("DaemonSet", "aws-node", {"k8s-app": "aws-node"})),
        (f"/api/v1/namespaces/{NAMESPACE}/services", _dns()),
    ]


def furnish(ask: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    """Make them. There already is fine. Raises Failed, OSError."""
    for path, body in workloads():
        status, answer = ask("POST", path, body)
        if status not in (201, 409):
            raise Failed(
                "kube-system can't be furnished", on=body["metadata"]["name"], why=str(answer.get("message", status))
            )


def _workload(kind: str, name: str, labels: dict[str, str], replicas: int | None = None) -> dict[str, Any]:
    pod = {
        "priorityClassName": "system-cluster-critical" if kind == "Deployment" else "system-node-critical",
        "tolerations": TOLERANT,
        "containers": [{"name": name, "image": f"{REGISTRY}/{name}"}],
    }
    spec: dict[str, Any] = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    if replicas is not None:
        spec["replicas"] = replicas
    metadata = {"name": name, "namespace": NAMESPACE, "labels": labels}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec}


def _dns() -> dict[str, Any]:
    ports = [
        {"name": f"dns{suffix}", "port": 53, "protocol": protocol}
        for suffix, protocol in (("", "UDP"), ("-tcp", "TCP"))
    ]
    labels = {"k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kube-dns", "namespace": NAMESPACE, "labels": labels},
        "spec": {"clusterIP": DNS_ADDRESS, "selector": {"k8s-app": "kube-dns"}, "ports": ports},
    }
