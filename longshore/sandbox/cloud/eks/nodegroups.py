"""Managed node groups: as many nodes as are desired, Ready, and their role let into the cluster.

https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from longshore.sandbox.cloud.calls import Call
from longshore.sandbox.cloud.eks import access_entries, config_map, errors, instances, network, updates
from longshore.sandbox.cloud.eks.cluster_calls import check_name, check_role
from longshore.sandbox.cloud.eks.nodes import members, node
from longshore.sandbox.cloud.eks.records import API, CONFIG_MAP, Cluster, NodeGroup, now
from longshore.sandbox.cloud.eks.service import Eks, Operation, page
from longshore.sandbox.cloud.principals import PARTITION, Key


def create(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """Answers at once; the group is ACTIVE when all its nodes are Ready."""
    cluster, name = eks.find(call), call.text("nodegroupName")
    check_name("nodegroupName", name)
    if len(name) > 63:
        raise errors.invalid_parameter("nodeGroupName can't be longer than 63 characters!")
    token, role = call.text("clientRequestToken"), call.text("nodeRole")
    there = cluster.nodegroups.get(name)
    if there is not None:
        if token and there.token == token:
            return {"nodegroup": there.shown()}
        raise errors.in_use(f"NodeGroup already exists with name {name} and cluster name {cluster.name}")
    if cluster.status != "ACTIVE":
        raise errors.invalid_request(f"Cluster '{cluster.name}' is not in ACTIVE status")
    version = call.text("version") or cluster.version
    if version != cluster.version:
        raise errors.invalid_parameter(
            f"Cluster Kubernetes version {cluster.version} supports the following Nodegroup Kubernetes versions: [{cluster.version}]"
        )
    check_role(eks.directory, role, "ec2.amazonaws.com")
    subnets = call.texts("subnets")
    if not subnets:
        raise errors.invalid_parameter("Subnets must be specified for the node group.")
    vpc = cluster.given["resourcesVpcConfig"]["vpcId"]
    _, zones = network.places(eks.account_id, call.region, subnets, vpc)
    types = call.texts("instanceTypes") or ["t3.medium"]
    instances.check(types)
    group = NodeGroup(
        name,
        cluster.name,
        f"arn:{PARTITION}:eks:{call.region}:{eks.account_id}:nodegroup/{cluster.name}/{name}/{uuid4()}",
        role,
        version,
        _scaling(call.parameters.get("scalingConfig"), {"minSize": 1, "maxSize": 2, "desiredSize": 2}),
        dict(call.parameters.get("labels") or {}),
        [dict(taint) for taint in call.parameters.get("taints") or []],
        dict(call.parameters.get("tags") or {}),
        {
            "capacityType": call.text("capacityType") or "ON_DEMAND",
            "instanceTypes": types,
            "subnets": subnets,
            "amiType": call.text("amiType") or "AL2023_x86_64_STANDARD",
            "diskSize": call.parameters.get("diskSize") or 20,
            "updateConfig": call.parameters.get("updateConfig") or {"maxUnavailable": 1},
        },
        token=token,
    )
    cluster.nodegroups[name] = group
    if cluster.mode != CONFIG_MAP:
        access_entries.for_nodes(eks, cluster, role)
    made = members(cluster, zones, range(group.scaling["desiredSize"]))
    clusters, mode = eks.clusters, cluster.mode

    def work() -> None:
        if mode != API:
            config_map.add_nodes(lambda *words: clusters.ask(cluster.server, *words), role)
        clusters.join(cluster.server, [node(group, member, cluster.region) for member in made])

    def done(_: object) -> None:
        group.members, group.status = made, "ACTIVE"

    eks.background(cluster, work, done, _failing(group, "CREATE_FAILED"))
    return {"nodegroup": group.shown()}


def _failing(group: NodeGroup, status: str) -> Callable[[str], None]:
    def failed(why: str) -> None:
        group.status = status
        group.issues = [{"code": "NodeCreationFailure", "message": why, "resourceIds": [group.name]}]

    return failed


def _scaling(given: Any, there: Mapping[str, int]) -> dict[str, int]:
    config = {name: int((given or {}).get(name, value)) for name, value in there.items()}
    if config["minSize"] < 0 or config["maxSize"] < 1:
        raise errors.invalid_parameter("minSize can't be below 0, and maxSize not below 1")
    if config["minSize"] > config["desiredSize"]:
        raise errors.invalid_parameter("minSize can't be greater than desiredSize")
    if config["desiredSize"] > config["maxSize"]:
        raise errors.invalid_parameter("desiredSize can't be greater than maxSize")
    return config


def describe(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """One."""
    return {"nodegroup": eks.nodegroup(call)[1].shown()}


def list_nodegroups(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """Their names."""
    names, token = page(sorted(eks.find(call).nodegroups), call)
    return {"nodegroups": names, "nextToken": token}


def update_config(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """Another size brings or takes nodes; labels and taints are for nodes that come later, as with EKS's own instances that are replaced."""
    cluster, group = eks.nodegroup(call)
    _check_free(cluster, group)
    params: dict[str, str] = {}
    scaling = group.scaling
    if call.parameters.get("scalingConfig") is not None:
        scaling = _scaling(call.parameters["scalingConfig"], group.scaling)
        params |= {name[:1].upper() + name[1:]: str(value) for name, value in scaling.items()}
    params |= _relabel(group, call.parameters.get("labels") or {})
    params |= _retaint(group, call.parameters.get("taints") or {})
    if call.parameters.get("updateConfig") is not None:
        group.given["updateConfig"] = dict(call.parameters["updateConfig"])
        params["MaxUnavailable"] = str(group.given["updateConfig"].get("maxUnavailable", ""))
    if not params:
        raise errors.invalid_parameter("No changes needed for the node group's configuration.")
    update = updates.add(cluster, "ConfigUpdate", params, group.name)
    group.scaling, group.status, group.modified = scaling, "UPDATING", now()
    zones = network.places(eks.account_id, call.region, group.given["subnets"])[1]
    wanted, there, clusters = scaling["desiredSize"], list(group.members), eks.clusters
    kept, gone = there[:wanted], there[wanted:]
    more = members(cluster, zones, range(len(there), wanted))
    nodes = [node(group, member, cluster.region) for member in more]

    def work() -> None:
        if gone:
            clusters.leave(cluster.server, [member.name for member in gone])
        if nodes:
            clusters.join(cluster.server, nodes)

    def done(_: object) -> None:
        group.members, group.status, update.status = kept + more, "ACTIVE", "Successful"

    def failed(why: str) -> None:
        group.status, update.status = "ACTIVE", "Failed"
        update.errors = [{"errorCode": "NodeCreationFailure", "errorMessage": why, "resourceIds": [group.name]}]

    eks.background(cluster, work, done, failed)
    return {"update": update.shown()}


def _relabel(group: NodeGroup, change: Mapping[str, Any]) -> dict[str, str]:
    added, removed = change.get("addOrUpdateLabels") or {}, change.get("removeLabels") or []
    group.labels = {**{name: value for name, value in group.labels.items() if name not in removed}, **added}
    told = {"LabelsToAdd": json.dumps(added) if added else "", "LabelsToRemove": json.dumps(removed) if removed else ""}
    return {name: value for name, value in told.items() if value}


def _retaint(group: NodeGroup, change: Mapping[str, Any]) -> dict[str, str]:
    added, removed = change.get("addOrUpdateTaints") or [], change.get("removeTaints") or []
    replaced = {(taint.get("key"), taint.get("effect")) for taint in [*added, *removed]}
    group.taints = [taint for taint in group.taints if (taint.get("key"), taint.get("effect")) not in replaced]
    group.taints += [dict(taint) for taint in added]
    told = {"TaintsToAdd": json.dumps(added) if added else "", "TaintsToRemove": json.dumps(removed) if removed else ""}
    return {name: value for name, value in told.items() if value}


def _check_free(cluster: Cluster, group: NodeGroup) -> None:
    if group.status not in ("ACTIVE", "CREATE_FAILED", "DEGRADED"):
        raise errors.in_use(f"Nodegroup {group.name} of cluster {cluster.name} is in status {group.status}")


def delete(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """Its nodes go, and with the last group of a role its access entry and its mapping in aws-auth.

    https://docs.aws.amazon.com/eks/latest/userguide/delete-managed-node-group.html
    """
    cluster, group = eks.nodegroup(call)
    if group.status == "DELETING":
        raise errors.in_use(f"Nodegroup {group.name} of cluster {cluster.name} is in status DELETING")
    group.status = "DELETING"
    clusters, names = eks.clusters, [member.name for member in group.members]
    last = all(other.role != group.role for other in cluster.nodegroups.values() if other is not group)

    def work() -> None:
        clusters.leave(cluster.server, names)
        if last and cluster.mode != API:
            config_map.remove_nodes(lambda *words: clusters.ask(cluster.server, *words), group.role)

    def done(_: object) -> None:
        cluster.nodegroups.pop(group.name, None)
        entry = cluster.entries.get(group.role)
        if entry is not None and entry.kind == "EC2_LINUX" and last:
            del cluster.entries[group.role]

    eks.background(cluster, work, done, _failing(group, "DELETE_FAILED"))
    return {"nodegroup": group.shown()}


OPERATIONS: dict[str, Operation] = {
    "CreateNodegroup": create,
    "DescribeNodegroup": describe,
    "ListNodegroups": list_nodegroups,
    "UpdateNodegroupConfig": update_config,
    "DeleteNodegroup": delete,
}
