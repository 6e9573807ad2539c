"""The nodes of a group: their names, and what they bring into the cluster."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping

from longshore.sandbox.cloud.clusters import Node
from longshore.sandbox.cloud.eks import instances
from longshore.sandbox.cloud.eks.records import Cluster, Member, NodeGroup

_EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}


def members(cluster: Cluster, zones: list[str], numbers: Iterable[int]) -> list[Member]:
    """New ones, in turn in each zone. Their addresses are the default VPC's, none of them twice."""
    region, found = cluster.region, list[Member]()
    domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    taken = {member.name for group in cluster.nodegroups.values() for member in group.members}
    for number in numbers:
        name = ""
        while not name or name in taken:
            name = f"ip-172-31-{secrets.randbelow(256)}-{secrets.randbelow(254) + 1}.{domain}"
        taken.add(name)
        found.append(Member(f"i-{secrets.token_hex(9)[:17]}", name, zones[number % len(zones)]))
    return found


def node(group: NodeGroup, member: Member, region: str) -> Node:
    """As it joins the cluster, with the labels that EKS and kubelet give it."""
    kind = group.given["instanceTypes"][0]
    labels = {
        **group.labels,
        "kubernetes.io/arch": instances.architecture(kind),
        "kubernetes.io/os": "linux",
        "kubernetes.io/hostname": member.name,
        "node.kubernetes.io/instance-type": kind,
        "beta.kubernetes.io/instance-type": kind,
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": member.zone,
        "eks.amazonaws.com/capacityType": group.given["capacityType"],
        "eks.amazonaws.com/nodegroup": group.name,
    }
    return Node(member.name, labels, [_taint(taint) for taint in group.taints], instances.capacity(kind))


def _taint(taint: Mapping[str, str]) -> dict[str, str]:
    return {
        "key": taint["key"],
        "value": taint.get("value", ""),
        "effect": _EFFECTS.get(taint["effect"], taint["effect"]),
    }
