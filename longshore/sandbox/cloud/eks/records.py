"""What EKS remembers of a cluster: the cluster, its node groups, updates and access entries, each with the form that the API shows."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from longshore.sandbox.cloud.clusters import ControlPlane

Shown = dict[str, Any]

CONFIG_MAP, BOTH, API = MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
"""The authentication modes, in the one order in which a cluster can go through them."""


def now() -> datetime:
    """With milliseconds, as EKS tells time."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


@dataclass(frozen=True)
class Holder:
    """An IAM user or role as it was when EKS first heard of it: `id` is the unique one, which a re-created principal hasn't got."""

    arn: str
    id: str


@dataclass
class Association:
    """An access policy of an entry; no `namespaces` where it holds for the whole cluster."""

    policy: str
    kind: str
    namespaces: tuple[str, ...]
    associated: datetime = field(default_factory=now)
    modified: datetime = field(default_factory=now)

    def shown(self) -> Shown:
        """An AssociatedAccessPolicy."""
        return {
            "policyArn": self.policy,
            "accessScope": {"type": self.kind, "namespaces": list(self.namespaces)},
            "associatedAt": self.associated,
            "modifiedAt": self.modified,
        }


@dataclass
class Entry:
    """An access entry."""

    cluster: str
    holder: Holder
    arn: str
    kind: str
    username: str
    groups: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    token: str = ""
    policies: dict[str, Association] = field(default_factory=dict)
    created: datetime = field(default_factory=now)
    modified: datetime = field(default_factory=now)

    def shown(self) -> Shown:
        """An AccessEntry."""
        return {
            "clusterName": self.cluster,
            "principalArn": self.holder.arn,
            "kubernetesGroups": list(self.groups),
            "accessEntryArn": self.arn,
            "createdAt": self.created,
            "modifiedAt": self.modified,
            "tags": self.tags,
            "username": self.username,
            "type": self.kind,
        }


@dataclass
class Update:
    """Something that was changed; `status` is InProgress, Successful or Failed."""

    id: str
    kind: str
    params: Mapping[str, str]
    status: str = "InProgress"
    errors: list[Shown] = field(default_factory=list)
    nodegroup: str = ""
    created: datetime = field(default_factory=now)

    def shown(self) -> Shown:
        """An Update."""
        return {
            "id": self.id,
            "status": self.status,
            "type": self.kind,
            "params": [{"type": name, "value": value} for name, value in self.params.items()],
            "createdAt": self.created,
            "errors": self.errors,
        }


@dataclass(frozen=True)
class Member:
    """A node of a group: the instance that it would be, and its name in Kubernetes."""

    instance: str
    name: str
    zone: str


@dataclass
class NodeGroup:
    """A managed node group. `given` is what the caller asked for and the API shows unchanged."""

    name: str
    cluster: str
    arn: str
    role: str
    version: str
    scaling: dict[str, int]
    labels: dict[str, str]
    taints: list[dict[str, str]]
    tags: dict[str, str]
    given: Shown
    token: str = ""
    status: str = "CREATING"
    issues: list[Shown] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    created: datetime = field(default_factory=now)
    modified: datetime = field(default_factory=now)

    def shown(self) -> Shown:
        """A Nodegroup."""
        return {
            "nodegroupName": self.name,
            "nodegroupArn": self.arn,
            "clusterName": self.cluster,
            "version": self.version,
            "releaseVersion": f"{self.version}.3-20261101",
            "createdAt": self.created,
            "modifiedAt": self.modified,
            "status": self.status,
            "scalingConfig": self.scaling,
            "nodeRole": self.role,
            "labels": self.labels,
            "taints": self.taints,
            "resources": {"autoScalingGroups": [{"name": f"eks-{self.name}-{self.arn.rpartition('/')[2]}"}]},
            "health": {"issues": self.issues},
            "tags": self.tags,
            **self.given,
        }


@dataclass
class Cluster:
    """A cluster. `server` is the name by which its control plane is known to whoever runs it; `given` what the API shows as it was asked for."""

    name: str
    server: str
    region: str
    arn: str
    role: str
    version: str
    mode: str
    creator: Holder
    """Who made it: a hidden administrator while only the ConfigMap decides."""
    bootstrapped: bool
    given: Shown
    issuer: str
    tags: dict[str, str] = field(default_factory=dict)
    token: str = ""
    status: str = "CREATING"
    plane: ControlPlane | None = None
    protected: bool = False
    issues: list[Shown] = field(default_factory=list)
    nodegroups: dict[str, NodeGroup] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    """By principal ARN, in the order of creation."""
    updates: dict[str, Update] = field(default_factory=dict)
    created: datetime = field(default_factory=now)

    def shown(self) -> Shown:
        """A Cluster. The endpoint and the certificate come when its API server answers."""
        shown = {
            "name": self.name,
            "arn": self.arn,
            "createdAt": self.created,
            "version": self.version,
            "roleArn": self.role,
            "identity": {"oidc": {"issuer": self.issuer}},
            "status": self.status,
            "certificateAuthority": {},
            "platformVersion": "eks.1",
            "tags": self.tags,
            "health": {"issues": self.issues},
            "accessConfig": {"authenticationMode": self.mode},
            "deletionProtection": self.protected,
            **self.given,
        }
        if self.plane is not None:
            shown["endpoint"] = self.plane.endpoint
            shown["certificateAuthority"] = {
                "data": base64.b64encode(self.plane.certificate_authority.encode()).decode()
            }
        return shown
