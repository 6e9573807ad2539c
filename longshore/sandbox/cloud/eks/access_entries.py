"""Access entries: IAM users and roles that a cluster knows by EKS's own API.

https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html and creating-access-entries.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from longshore.sandbox.cloud.calls import Call
from longshore.sandbox.cloud.eks import errors
from longshore.sandbox.cloud.eks.records import CONFIG_MAP, Association, Cluster, Entry, Holder, now
from longshore.sandbox.cloud.eks.service import Eks, Operation, page
from longshore.sandbox.cloud.errors import Refusal
from longshore.sandbox.cloud.principals import PARTITION, Key

CLUSTER_ADMIN = f"arn:{PARTITION}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

_PRINCIPAL = re.compile(r"arn:(aws|aws-cn|aws-us-gov):iam::(\d{12}):(user|role)/(.+)")
_NODE = "system:node:{{EC2PrivateDNSName}}"
# The types beside STANDARD, which are for roles of nodes: the username and groups that EKS gives them.
_NODES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "EC2_LINUX": (_NODE, ("system:nodes",)),
    "EC2_WINDOWS": (_NODE, ("system:nodes", "eks:kube-proxy-windows")),
    "EC2": (_NODE, ("system:nodes",)),
    "FARGATE_LINUX": ("system:node:{{SessionName}}", ("system:nodes",)),
    "HYBRID_LINUX": ("system:node:{{SessionName}}", ("system:nodes",)),
    "HYPERPOD_LINUX": ("system:node:{{SessionName}}", ("system:nodes",)),
}
STANDARD = "STANDARD"
_RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")


def holder(eks: Eks, arn: str) -> Holder:
    """The IAM user or role of this ARN, as it is now. Those of other accounts are taken as they are: EKS can't look them up.

    Raises Refusal: a session, a group, a wildcard, nobody.
    """
    match = _principal(arn)
    if match[2] != eks.account_id:
        return Holder(arn, "")
    iam = eks.directory.iam
    everyone: Sequence[Any] = list(iam.users.values()) if match[3] == "user" else list(iam.roles.values())
    found = next((one for one in everyone if one.arn == arn), None)
    if found is None:
        raise errors.invalid_principal()
    return Holder(arn, str(found.id))


def _principal(arn: str) -> re.Match[str]:
    match = _PRINCIPAL.fullmatch(arn)
    if match is None or "*" in arn:
        raise errors.invalid_principal()
    if match[4].startswith("aws-service-role/"):
        raise errors.invalid_parameter(
            "The caller is not allowed to modify access entries with a principalArn value of a Service Linked Role"
        )
    return match


def find(cluster: Cluster, call: Call) -> Entry:
    """The entry that a call names.

    Raises Refusal.
    """
    check_mode(cluster)
    entry = cluster.entries.get(call.text("principalArn"))
    if entry is None:
        raise errors.no_entry()
    return entry


def check_mode(cluster: Cluster) -> None:
    """Raises Refusal where the ConfigMap alone decides."""
    if cluster.mode == CONFIG_MAP:
        raise errors.no_entries_in_this_mode()


def new(eks: Eks, cluster: Cluster, who: Holder, kind: str = STANDARD, **more: Any) -> Entry:
    """Make an entry, with the username and groups that its type has."""
    resource = who.arn.split(":", 5)[5]
    identity, _, path = resource.partition("/")
    account, name = who.arn.split(":")[4], path.rpartition("/")[2]
    arn = f"arn:{PARTITION}:eks:{cluster.region}:{eks.account_id}:access-entry/{cluster.name}/{identity}/{account}/{name or identity}/{uuid4()}"
    username, groups = _NODES.get(kind, ("", ()))
    if not username:
        session = f"arn:{who.arn.split(':')[1]}:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}"
        username = session if identity == "role" else who.arn
    entry = Entry(
        cluster.name, who, arn, kind, more.pop("username", "") or username, more.pop("groups", ()) or groups, **more
    )
    cluster.entries[who.arn] = entry
    return entry


def bootstrap(eks: Eks, cluster: Cluster) -> None:
    """Give the cluster's creator an entry as administrator, where there is none. One who is no more gets none."""
    who = cluster.creator
    if not who.arn.endswith(":root"):
        try:
            who = holder(eks, who.arn)
        except Refusal:
            return
    if who.arn not in cluster.entries:
        entry = new(eks, cluster, who)
        entry.policies[CLUSTER_ADMIN] = Association(CLUSTER_ADMIN, "cluster", ())


def for_nodes(eks: Eks, cluster: Cluster, role: str) -> None:
    """Let the nodes of a managed node group in, where their role has no entry."""
    if role not in cluster.entries:
        new(eks, cluster, holder(eks, role), "EC2_LINUX")


def create(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """One for a principal that has none."""
    kind, arn = call.text("type") or STANDARD, call.text("principalArn")
    groups, username = _groups(call), call.text("username")
    # What can be told from the request alone comes first, even before there must be such a cluster.
    _check_groups(groups)
    _check_username(username, arn)
    _check_kind(eks, kind, arn, username, groups)
    _principal(arn)
    cluster = eks.find(call)
    check_mode(cluster)
    who = holder(eks, arn)
    token = call.text("clientRequestToken")
    there = cluster.entries.get(who.arn)
    if there is not None:
        if token and there.token == token:
            return {"accessEntry": there.shown()}
        raise errors.in_use("The specified access entry resource is already in use on this cluster.")
    tags = dict(call.parameters.get("tags") or {})
    entry = new(eks, cluster, who, kind, username=username, groups=groups, tags=tags, token=token)
    return {"accessEntry": entry.shown()}


def _check_kind(eks: Eks, kind: str, arn: str, username: str, groups: Sequence[str]) -> None:
    if kind == STANDARD:
        return
    if kind not in _NODES:
        raise errors.invalid_parameter(f"AccessEntry type must be one of [{', '.join([*_NODES, STANDARD])}]")
    nodes = "AccessEntry principalArn must be {} when using types [EC2_LINUX, EC2_WINDOWS, FARGATE_LINUX, HYBRID_LINUX, EC2]"
    if ":role/" not in arn:
        raise errors.invalid_parameter(nodes.format("IAM role"))
    if arn.split(":")[4] != eks.account_id:
        raise errors.invalid_parameter(nodes.format("from the same account as the cluster"))
    for name, given in (("username", username), ("kubernetesGroups", groups)):
        if given:
            raise errors.invalid_parameter(
                f'The specified {name} is invalid: setting {name} is not allowed when the type is "{kind}"'
            )


def check_standard(entry: Entry, *kinds: str) -> None:
    """Raises Refusal for an entry that is of nodes."""
    if entry.kind not in (STANDARD, *kinds):
        raise errors.invalid_parameter(
            'This operation can only be performed on Access Entries with a type of "STANDARD".'
        )


def _groups(call: Call) -> tuple[str, ...]:
    return tuple(dict.fromkeys(call.texts("kubernetesGroups")))


def _check_groups(groups: Sequence[str]) -> None:
    for group in groups:
        for prefix in _RESERVED:
            if group.startswith(prefix):
                raise errors.invalid_parameter(
                    f"The kubernetes group name {group} is invalid, it cannot start with {prefix}"
                )
        if not group.strip():
            raise errors.invalid_parameter("The kubernetes group name can not be empty.")


def _check_username(username: str, arn: str) -> None:
    for prefix in _RESERVED:
        if username.startswith(prefix):
            raise errors.invalid_parameter(f"The username must not begin with {prefix}")
    for variable in ("{{SessionName}}", "{{SessionNameRaw}}"):
        before, found, _ = username.partition(variable)
        if found and ":role/" not in arn:
            raise errors.invalid_parameter(f"The username can contain {variable} for IAM roles only.")
        if found and ":" not in before:
            raise errors.invalid_parameter(f"The username must have a colon before {variable}.")


def describe(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """One."""
    return {"accessEntry": find(eks.find(call), call).shown()}


def update(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """Its groups and username; what isn't given stays."""
    entry = find(eks.find(call), call)
    check_standard(entry)
    if call.parameters.get("kubernetesGroups") is not None:
        groups = _groups(call)
        _check_groups(groups)
        entry.groups = groups
    if call.text("username"):
        _check_username(call.text("username"), entry.holder.arn)
        entry.username = call.text("username")
    entry.modified = now()
    return {"accessEntry": entry.shown()}


def delete(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """Whose it was is locked out at once, unless the ConfigMap names him too."""
    cluster = eks.find(call)
    del cluster.entries[find(cluster, call).holder.arn]
    return {}


def list_entries(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """The principals' ARNs; with `associatedPolicyArn` of those that have this policy."""
    cluster = eks.find(call)
    check_mode(cluster)
    policy = call.text("associatedPolicyArn")
    arns = sorted(arn for arn, entry in cluster.entries.items() if not policy or policy in entry.policies)
    found, token = page(arns, call)
    return {"accessEntries": found, "nextToken": token}


OPERATIONS: dict[str, Operation] = {
    "CreateAccessEntry": create,
    "DescribeAccessEntry": describe,
    "UpdateAccessEntry": update,
    "DeleteAccessEntry": delete,
    "ListAccessEntries": list_entries,
}
