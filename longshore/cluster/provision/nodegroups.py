"""Managed node groups of EKS, by typed calls. https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from longshore.aws.errors import code_of
from longshore.cluster.eks import Eks
from longshore.errors import Failed, LongshoreError

LABEL = "eks.amazonaws.com/nodegroup"
"""What the nodes of a group bear in Kubernetes."""
SETTLED = ("ACTIVE", "DEGRADED")
"""States in which a group can be changed. DEGRADED: something is wrong with it, and AWS goes on trying."""
GONE_WRONG = ("CREATE_FAILED", "DELETE_FAILED")


@dataclass(frozen=True)
class NodeGroup:
    """A node group, as DescribeNodegroup has it. `desired` is between `least` and `most`; an autoscaler moves it there."""

    name: str
    status: str
    desired: int
    least: int
    most: int
    types: tuple[str, ...] = ()
    """Instance types; empty where a launch template names them."""
    ami: str = ""
    version: str = ""
    role: str = ""
    issues: tuple[str, ...] = ()
    """What AWS's own health check complains of."""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def size(self) -> str:
        """How many nodes are wished for, in words."""
        return f"{self.desired} (of {self.least} to {self.most})"

    def json(self) -> dict[str, Any]:
        """For a program."""
        return {
            "group": self.name,
            "status": self.status,
            "types": list(self.types),
            "ami": self.ami,
            "version": self.version,
            "desired": self.desired,
            "min": self.least,
            "max": self.most,
            "issues": list(self.issues),
        }


class NodeGroups:
    """The groups of one cluster. Everything raises UsageError and Failed as `translated` does."""

    def __init__(self, eks: Eks, cluster: str) -> None:
        self._eks = eks
        self._cluster = cluster

    def names(self) -> list[str]:
        """All of them; none where there is no cluster."""
        client = self._eks.client
        with self._eks.calling("list the node groups", self._cluster):
            try:
                pages = client.get_paginator("list_nodegroups").paginate(clusterName=self._cluster)
                return sorted(name for page in pages for name in page["nodegroups"])
            except client.exceptions.ResourceNotFoundException:
                return []

    def all(self) -> list[NodeGroup]:
        """Each group by a call of its own; one that has gone meanwhile is left out."""
        return [group for name in self.names() if (group := self.find(name)) is not None]

    def find(self, name: str) -> NodeGroup | None:
        """The group of that name, or None."""
        client = self._eks.client
        with self._eks.calling("look at the node group", name):
            try:
                found = client.describe_nodegroup(clusterName=self._cluster, nodegroupName=name)["nodegroup"]
            except client.exceptions.ResourceNotFoundException:
                return None
        return _group(found)

    def create(self, name: str, settings: Mapping[str, Any]) -> None:
        """Have one made; `settings` are the call's own parameters. One of that name is fine: somebody was faster."""
        client = self._eks.client
        with self._eks.calling("create the node group", name, acting=True):
            try:
                client.create_nodegroup(clusterName=self._cluster, nodegroupName=name, **settings)
            except client.exceptions.ResourceInUseException:
                if self.find(name) is None:
                    raise

    def scale(self, name: str, desired: int, least: int, most: int) -> str:
        """Begin to give it that many nodes; returns the update's id, which `update` tells the state of."""
        scaling = {"desiredSize": desired, "minSize": least, "maxSize": most}
        with self._eks.calling("scale the node group", name, acting=True):
            answer = self._eks.client.update_nodegroup_config(
                clusterName=self._cluster, nodegroupName=name, scalingConfig=scaling
            )
        return str(answer["update"]["id"])

    def update(self, name: str, id: str) -> tuple[str, str]:
        """As `Eks.update`."""
        return self._eks.update(self._cluster, id, name)

    def delete(self, name: str) -> None:
        """Have it deleted, with its nodes. Gone already, or going, is fine."""
        client = self._eks.client
        with self._eks.calling("delete the node group", name, acting=True):
            try:
                client.delete_nodegroup(clusterName=self._cluster, nodegroupName=name)
            except client.exceptions.ResourceNotFoundException:
                return


def is_busy(error: LongshoreError) -> bool:
    """Whether EKS only wanted to end something else first. `error` is one that a call of these raised."""
    return error.__cause__ is not None and code_of(error.__cause__) == "ResourceInUseException"


def fault(group: NodeGroup) -> Failed | None:
    """Why waiting for this group would be in vain; None while it works or is on its way."""
    if group.status not in GONE_WRONG:
        return None
    why = "; ".join(group.issues) or "AWS doesn't say why"
    act = "make" if group.status == "CREATE_FAILED" else "delete"
    return Failed(f"EKS could not {act} the node group", on=group.name, why=why, do=_next(group))


def _next(group: NodeGroup) -> tuple[str, ...]:
    """What to do about the issue codes that people meet. https://docs.aws.amazon.com/eks/latest/APIReference/API_Issue.html"""
    codes = {issue.partition(":")[0] for issue in group.issues}
    if "Ec2SubnetInvalidConfiguration" in codes:
        return ("let the subnets give public addresses, or set SUBNETS to private ones with a NAT gateway",)
    if codes & {"AsgInstanceLaunchFailures", "InstanceLimitExceeded", "LimitExceeded"}:
        return ("another --type, or ask AWS for more (Service Quotas, EC2)",)
    if "NodeCreationFailure" in codes:
        return ("let the nodes reach the API server, and have the node role as iam.roles makes it",)
    if "PodEvictionFailure" in codes:
        return ("a PodDisruptionBudget keeps its pods: kubectl get pdb --all-namespaces", "then run it again")
    return ("mend what it says, then run it again",)


def _group(found: Mapping[str, Any]) -> NodeGroup:
    scaling = found.get("scalingConfig") or {}
    issues = (found.get("health") or {}).get("issues") or []
    return NodeGroup(
        name=found["nodegroupName"],
        status=found.get("status", ""),
        desired=int(scaling.get("desiredSize", 0)),
        least=int(scaling.get("minSize", 0)),
        most=int(scaling.get("maxSize", 0)),
        types=tuple(found.get("instanceTypes") or ()),
        ami=found.get("amiType") or "",
        version=found.get("version") or "",
        role=found.get("nodeRole") or "",
        issues=tuple(f"{issue.get('code')}: {issue.get('message')}" for issue in issues),
        tags=found.get("tags") or {},
    )
