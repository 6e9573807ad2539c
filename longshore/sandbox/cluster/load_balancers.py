"""What EKS's controller for load balancers does as far as it can be seen from Kubernetes: a Service of type LoadBalancer gets a host name.

Nothing listens there: the pods run nothing either. A Service with the label longshore/chaos=pending never gets one, and an event says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

CHAOS, PENDING = "longshore/chaos", "pending"
EVERY = 1.0
"""Seconds between two looks."""

Ask = Callable[..., tuple[int, dict[str, Any]]]


def give(ask: Ask, region: str) -> None:
    """Look once. Raises OSError."""
    status, found = ask("GET", "/api/v1/services?fieldSelector=spec.type%3DLoadBalancer")
    if status != 200:
        return
    for service in found.get("items", []):
        metadata = service["metadata"]
        if (service.get("status") or {}).get("loadBalancer", {}).get("ingress") or metadata.get("deletionTimestamp"):
            continue
        if (metadata.get("labels") or {}).get(CHAOS) == PENDING:
            _complain(ask, metadata)
            continue
        point = {"hostname": hostname(metadata, region)}
        path = f"/api/v1/namespaces/{metadata['namespace']}/services/{metadata['name']}/status"
        ask("PATCH", path, {"status": {"loadBalancer": {"ingress": [point]}}})


def hostname(metadata: Mapping[str, Any], region: str) -> str:
    """As the AWS Load Balancer Controller names a Network Load Balancer."""
    digest = hashlib.sha256(metadata["uid"].encode()).hexdigest()
    return f"k8s-{metadata['namespace'][:8]}-{metadata['name'][:8]}-{digest[:10]}-{digest[10:26]}.elb.{region}.amazonaws.com"


def _complain(ask: Ask, metadata: Mapping[str, Any]) -> None:
    # One event for each Service: its name says which.
    about = {
        "apiVersion": "v1",
        "kind": "Service",
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "uid": metadata["uid"],
    }
    event = {
        "apiVersion": "v1", "kind": "Event", "type": "Warning", "reason": "FailedBuildModel",
        "metadata": {"name": f"{metadata['name']}.{metadata['uid'][:8]}", "namespace": metadata["namespace"]},
        "message": "Failed build model due to unable to resolve at least one subnet (0 match VPC and tags)",
        "involvedObject": about, "source": {"component": "service"}, "count": 1,
    }  # fmt: skip
    ask("POST", f"/api/v1/namespaces/{metadata['namespace']}/events", event)
