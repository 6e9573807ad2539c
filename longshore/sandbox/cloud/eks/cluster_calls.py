"""CreateCluster, DescribeCluster, ListClusters, DeleteCluster, and the tags of what EKS has.

https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from longshore.sandbox.cloud.calls import Call
from longshore.sandbox.cloud.clusters import ControlPlane
from longshore.sandbox.cloud.eks import access_entries, errors, network
from longshore.sandbox.cloud.eks.records import CONFIG_MAP, MODES, Cluster, Holder
from longshore.sandbox.cloud.eks.service import Eks, Operation, page
from longshore.sandbox.cloud.principals import PARTITION, Directory, Key

_NAME = re.compile(r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}")
_LOGS = ["api", "audit", "authenticator", "controllerManager", "scheduler"]


def create(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """Answers at once; the cluster is ACTIVE when its API server answers, FAILED with the reason in `health` when it won't."""
    clusters, name, region = eks.clusters, call.text("name"), call.region
    check_name("name", name)
    there = eks.of_region(region).get(name)
    token = call.text("clientRequestToken")
    if there is not None:
        if token and there.token == token:
            return {"cluster": there.shown()}
        raise errors.in_use(f"Cluster already exists with name: {name}")
    version = call.text("version") or clusters.version
    if version != clusters.version:
        raise errors.invalid_parameter(f"unsupported Kubernetes version {version}")
    mode, bootstrap = _access(call)
    check_role(eks.directory, call.text("roleArn"), "eks.amazonaws.com")
    vpc = network.of(eks.account_id, region, call.parameters.get("resourcesVpcConfig") or {})
    cluster = Cluster(
        name,
        eks.server(region, name),
        region,
        f"arn:{PARTITION}:eks:{region}:{eks.account_id}:cluster/{name}",
        call.text("roleArn"),
        version,
        mode,
        Holder(key.principal.source, key.principal.id.partition(":")[0]),
        bootstrap,
        {
            "resourcesVpcConfig": vpc,
            "kubernetesNetworkConfig": {
                "serviceIpv4Cidr": "10.100.0.0/16",
                "ipFamily": "ipv4",
                "elasticLoadBalancing": {"enabled": False},
                **(call.parameters.get("kubernetesNetworkConfig") or {}),
            },
            "encryptionConfig": call.parameters.get("encryptionConfig") or [],
            "logging": call.parameters.get("logging") or {"clusterLogging": [{"types": _LOGS, "enabled": False}]},
            "upgradePolicy": call.parameters.get("upgradePolicy") or {"supportType": "EXTENDED"},
        },
        f"https://oidc.eks.{region}.amazonaws.com/id/{secrets.token_hex(16).upper()}",
        tags=dict(call.parameters.get("tags") or {}),
        token=token,
        protected=bool(call.parameters.get("deletionProtection")),
    )
    eks.of_region(region)[name] = cluster
    if bootstrap and mode != CONFIG_MAP:
        access_entries.bootstrap(eks, cluster)

    def done(plane: ControlPlane) -> None:
        cluster.plane, cluster.status = plane, "ACTIVE"

    def failed(why: str) -> None:
        cluster.status = "FAILED"
        cluster.issues = [{"code": "InternalFailure", "message": why, "resourceIds": [name]}]

    eks.background(cluster, lambda: clusters.create(cluster.server), done, failed)
    shown = cluster.shown()
    shown["accessConfig"] = {"bootstrapClusterCreatorAdminPermissions": bootstrap, "authenticationMode": mode}
    return {"cluster": shown}


def check_name(parameter: str, name: str) -> None:
    """Raises Refusal for a name that a cluster or node group can't have."""
    if not _NAME.fullmatch(name):
        raise errors.invalid_parameter(
            f'The parameter {parameter} contains invalid characters. It should conform to the regular expression "^[0-9A-Za-z][A-Za-z0-9-_]*"'
            "In other words, it should start with a number or letter, and can contain numbers, letters, dashes, and underscores."
        )


def check_role(directory: Directory, arn: str, service: str) -> None:
    """Raises Refusal unless there is such a role and the service may assume it."""
    from longshore.sandbox.cloud.policy import Decision, Wish, decide, parse

    if arn.split(":")[4:5] != [directory.account_id]:
        raise errors.invalid_parameter("Cross-account pass role is not allowed.")
    role = directory.role(arn)
    trusts = Decision.SILENT
    if role is not None:
        trusts = decide([parse(role.assume_role_policy_document)], Wish("sts:AssumeRole", arn, {}), [service])
    if trusts is not Decision.ALLOWED:
        raise errors.invalid_parameter(
            f"Role with arn: {arn}, could not be assumed because it does not exist or the trusted entity is not correct"
        )


def _access(call: Call) -> tuple[str, bool]:
    config = call.parameters.get("accessConfig") or {}
    mode = str(config.get("authenticationMode") or CONFIG_MAP)
    if mode not in MODES:
        raise errors.invalid_parameter(f"Invalid authentication mode: {mode}")
    bootstrap = config.get("bootstrapClusterCreatorAdminPermissions")
    if bootstrap is False and mode == CONFIG_MAP:
        raise errors.invalid_parameter(
            "bootstrapClusterCreatorAdminPermissions must be true if cluster authentication mode is set to CONFIG_MAP"
        )
    return mode, bootstrap is not False


def describe(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """One cluster."""
    return {"cluster": eks.find(call, "name").shown()}


def list_clusters(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """Their names."""
    names, token = page(sorted(eks.of_region(call.region)), call)
    return {"clusters": names, "nextToken": token}


def delete(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """Answers at once; the cluster is gone when its control plane is."""
    cluster = eks.find(call, "name")
    if cluster.status == "DELETING":
        raise errors.in_use(f"Cluster already deleting with name: {cluster.name}")
    if cluster.nodegroups:
        raise errors.in_use("Cluster has nodegroups attached")
    if cluster.status not in ("ACTIVE", "FAILED") or any(
        update.status == "InProgress" for update in cluster.updates.values()
    ):
        raise errors.in_use(f"Cannot delete because cluster {cluster.name} currently has an update in progress")
    if cluster.protected:
        raise errors.invalid_request(
            f"Cluster {cluster.name} can't be deleted: deletion protection is enabled. Disable it by UpdateClusterConfig first."
        )
    cluster.status = "DELETING"
    clusters = eks.clusters

    def failed(why: str) -> None:
        cluster.status = "FAILED"
        cluster.issues = [{"code": "InternalFailure", "message": why, "resourceIds": [cluster.name]}]

    def done(_: object) -> None:
        eks.forget(cluster)

    eks.background(cluster, lambda: clusters.delete(cluster.server), done, failed)
    return {"cluster": cluster.shown()}


def _tags(eks: Eks, call: Call) -> dict[str, str]:
    arn = call.text("resourceArn")
    for cluster in eks.of_region(call.region).values():
        tagged = {thing.arn: thing.tags for thing in cluster.nodegroups.values()}
        tagged |= {thing.arn: thing.tags for thing in cluster.entries.values()} | {cluster.arn: cluster.tags}
        if arn in tagged:
            return tagged[arn]
    raise errors.not_found(f"The specified resource could not be found: {arn}")


def tag(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """Of a cluster, a node group or an access entry."""
    _tags(eks, call).update(call.parameters.get("tags") or {})
    return {}


def untag(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """One that isn't there is fine."""
    tags = _tags(eks, call)
    for name in call.texts("tagKeys"):
        tags.pop(name, None)
    return {}


def list_tags(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """All of them."""
    return {"tags": _tags(eks, call)}


def _none(answer: str) -> Operation:
    def nothing(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
        eks.find(call)
        return {answer: []}

    return nothing


OPERATIONS: dict[str, Operation] = {
    "CreateCluster": create,
    "DescribeCluster": describe,
    "ListClusters": list_clusters,
    "DeleteCluster": delete,
    "TagResource": tag,
    "UntagResource": untag,
    "ListTagsForResource": list_tags,
    # What a cluster of the sandbox never has.
    "ListFargateProfiles": _none("fargateProfileNames"),
    "ListAddons": _none("addons"),
    "ListIdentityProviderConfigs": _none("identityProviderConfigs"),
    "ListPodIdentityAssociations": _none("associations"),
}
