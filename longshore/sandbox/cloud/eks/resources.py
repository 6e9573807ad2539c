"""The ARNs that an operation of EKS touches, and the condition keys that go with them.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelastickubernetesservice.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from longshore.sandbox.cloud.calls import Call
from longshore.sandbox.cloud.eks.records import Entry
from longshore.sandbox.cloud.eks.service import Eks
from longshore.sandbox.cloud.resources import ANY, PARTITION, Resource

Context = dict[str, tuple[str, ...]]

_ON_ENTRIES = frozenset(
    {
        "DescribeAccessEntry", "UpdateAccessEntry", "DeleteAccessEntry", "AssociateAccessPolicy", "DisassociateAccessPolicy",
        "ListAssociatedAccessPolicies",
    }
)  # fmt: skip
# CreateCluster, DescribeCluster and their like call the cluster `name`; everything that is in one calls it `clusterName`.
_BY_NAME = ("Cluster", "ClusterConfig", "ClusterVersion", "Update", "Updates")


def of(eks: Eks, call: Call) -> Iterator[tuple[str, Resource]]:
    """The actions that the call needs, each with what it touches."""
    yield call.action, _touched(eks, call)
    if call.operation == "UpdateClusterConfig" and call.parameters.get("accessConfig"):
        # The mode's change makes entries, in the caller's name.
        yield "eks:CreateAccessEntry", _cluster(eks, call, call.text("name"))
    if call.operation.startswith("Create") and call.parameters.get("tags"):
        yield "eks:TagResource", _made(eks, call)
    for parameter in ("roleArn", "nodeRole", "podExecutionRoleArn"):
        if call.text(parameter):
            yield "iam:PassRole", Resource(call.text(parameter), {"iam:passedtoservice": ("eks.amazonaws.com",)})


def _head(eks: Eks, call: Call) -> str:
    return f"arn:{PARTITION}:eks:{call.region}:{eks.account_id}"


def _touched(eks: Eks, call: Call) -> Resource:
    if call.text("resourceArn"):
        return Resource(call.text("resourceArn"), _tags(_all_tags(eks, call).get(call.text("resourceArn"), {})))
    name = call.text("clusterName") or (call.text("name") if call.operation.endswith(_BY_NAME) else "")
    if not name:
        return ANY
    if call.operation in _ON_ENTRIES:
        return _entry(eks, call, name)
    group = call.text("nodegroupName")
    if group and call.operation not in ("CreateNodegroup", "DescribeUpdate", "ListUpdates"):
        there = eks.of_region(call.region).get(name)
        found = there.nodegroups.get(group) if there is not None else None
        arn = found.arn if found is not None else f"{_head(eks, call)}:nodegroup/{name}/{group}/*"
        return Resource(arn, _tags(found.tags if found is not None else {}))
    return _cluster(eks, call, name)


def _cluster(eks: Eks, call: Call, name: str) -> Resource:
    there = eks.of_region(call.region).get(name)
    context = _tags(there.tags if there is not None else {}) | _asked(call)
    return Resource(f"{_head(eks, call)}:cluster/{name}", context)


def _entry(eks: Eks, call: Call, cluster: str) -> Resource:
    there = eks.of_region(call.region).get(cluster)
    entry = there.entries.get(call.text("principalArn")) if there is not None else None
    arn = entry.arn if entry is not None else _entry_arn(eks, call, cluster)
    return Resource(arn, (_of_entry(entry) if entry is not None else {}) | _asked(call))


def _entry_arn(eks: Eks, call: Call, cluster: str) -> str:
    principal = call.text("principalArn").split(":", 5)
    account, resource = (principal[4], principal[5]) if len(principal) == 6 else ("*", "*")
    return f"{_head(eks, call)}:access-entry/{cluster}/{resource.partition('/')[0]}/{account}/{resource.rpartition('/')[2]}/*"


def _made(eks: Eks, call: Call) -> Resource:
    cluster = call.text("clusterName") or call.text("name")
    match call.operation:
        case "CreateAccessEntry":
            return Resource(_entry_arn(eks, call, cluster))
        case "CreateNodegroup":
            return Resource(f"{_head(eks, call)}:nodegroup/{cluster}/{call.text('nodegroupName')}/*")
    return Resource(f"{_head(eks, call)}:cluster/{cluster}")


def _of_entry(entry: Entry) -> Context:
    return _tags(entry.tags) | {
        "eks:accessentrytype": (entry.kind,),
        "eks:clustername": (entry.cluster,),
        "eks:kubernetesgroups": entry.groups,
        "eks:principalarn": (entry.holder.arn,),
        "eks:username": (entry.username,),
    }


def _tags(tags: Mapping[str, str]) -> Context:
    return {f"aws:resourcetag/{name}".lower(): (value,) for name, value in tags.items()}


def _all_tags(eks: Eks, call: Call) -> dict[str, Mapping[str, str]]:
    found: dict[str, Mapping[str, str]] = {}
    for cluster in eks.of_region(call.region).values():
        found[cluster.arn] = cluster.tags
        found |= {thing.arn: thing.tags for thing in cluster.nodegroups.values()}
        found |= {thing.arn: thing.tags for thing in cluster.entries.values()}
    return found


def _asked(call: Call) -> Context:
    # What the request itself says, as far as it says it.
    given, context = call.parameters, Context()

    def put(name: str, value: Any) -> None:
        if value is None:
            return
        values = value if isinstance(value, list) else [value]
        context[f"eks:{name}".lower()] = tuple(
            str(one).lower() if isinstance(one, bool) else str(one) for one in values
        )

    if call.operation in ("CreateAccessEntry", "UpdateAccessEntry"):
        put("kubernetesGroups", given.get("kubernetesGroups"))
        put("username", given.get("username"))
    if call.operation == "CreateAccessEntry":
        put("accessEntryType", given.get("type") or "STANDARD")
        put("principalArn", given.get("principalArn"))
        put("clusterName", given.get("clusterName"))
    put("policyArn", given.get("policyArn"))
    scope = given.get("accessScope") or {}
    put("accessScope", scope.get("type"))
    put("namespaces", scope.get("namespaces"))
    access, network = given.get("accessConfig") or {}, given.get("resourcesVpcConfig") or {}
    put("authenticationMode", access.get("authenticationMode"))
    put("bootstrapClusterCreatorAdminPermissions", access.get("bootstrapClusterCreatorAdminPermissions"))
    put("endpointPublicAccess", network.get("endpointPublicAccess"))
    put("endpointPrivateAccess", network.get("endpointPrivateAccess"))
    put("supportType", (given.get("upgradePolicy") or {}).get("supportType"))
    put("deletionProtection", given.get("deletionProtection"))
    if call.operation in ("CreateCluster", "UpdateClusterVersion"):
        put("kubernetesVersion", given.get("version"))
    for setup in (given.get("logging") or {}).get("clusterLogging") or []:
        for kind in setup.get("types") or []:
            put(f"loggingType/{kind}", bool(setup.get("enabled")))
    return context
