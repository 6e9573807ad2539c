"""What EKS needs of whoever runs the control planes and their nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class ControlPlane:
    """Where a cluster's API server answers, and the certificate (PEM) that clients check it by: DescribeCluster's endpoint and certificateAuthority."""

    endpoint: str
    certificate_authority: str


@dataclass(frozen=True)
class Node:
    """A node of a node group: `name` is its private DNS name, as EKS calls its nodes."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[Mapping[str, str]] = ()
    capacity: Mapping[str, str] = field(default_factory=dict)
    """Such as {"cpu": "2", "memory": "8Gi", "pods": "29"}."""


class Clusters(Protocol):
    """Control planes by the name of their EKS cluster.

    Every method returns when it is done (the API server of `create` is ready; nodes of `join` are Ready) and raises whatever it likes when it
    failed. They are called from background threads, one at a time for a cluster; `ask` from any thread.
    """

    @property
    def version(self) -> str:
        """Kubernetes' minor version of every cluster: `1.36`."""

    def create(self, name: str) -> ControlPlane:
        """Start an empty cluster. Its API server asks this application's webhooks who somebody is and what he may do beside RBAC."""

    def delete(self, name: str) -> None:
        """End it and remove what it kept. Gone already is fine."""

    def join(self, name: str, nodes: Sequence[Node]) -> None:
        """Add nodes, and wait until they are Ready."""

    def leave(self, name: str, nodes: Sequence[str]) -> None:
        """Take nodes away by name. Gone already is fine."""

    def ask(
        self, name: str, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """A request to the API server as its hidden administrator (`GET`, `/api/v1/namespaces/kube-system/configmaps/aws-auth`): status and JSON.

        Raises OSError when the server doesn't answer.
        """
