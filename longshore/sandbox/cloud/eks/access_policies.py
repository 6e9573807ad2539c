"""Access policies: which there are, and their association with access entries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from longshore.sandbox.cloud.calls import Call
from longshore.sandbox.cloud.eks import access_entries, errors
from longshore.sandbox.cloud.eks.access_policy_rules import RULES
from longshore.sandbox.cloud.eks.records import Association, now
from longshore.sandbox.cloud.eks.service import Eks, Operation, page
from longshore.sandbox.cloud.principals import PARTITION, Key

HEAD = f"arn:{PARTITION}:eks::aws:cluster-access-policy/"
_NAMESPACE = re.compile(r"[a-z0-9*?]([-a-z0-9*?]{0,61}[a-z0-9*?])?")


def associate(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """Add a policy to an entry, or give it another scope."""
    policy = call.text("policyArn")
    if not re.fullmatch(r"arn:[^:]+:eks::aws:cluster-access-policy/.+", policy):
        raise errors.invalid_parameter("The policyArn parameter format is not valid")
    kind, namespaces = _scope(call)
    cluster = eks.find(call)
    entry = access_entries.find(cluster, call)
    access_entries.check_standard(entry, "EC2")
    if not policy.startswith(HEAD) or policy.removeprefix(HEAD) not in RULES:
        raise errors.not_found(
            "The specified policyArn could not be found. You can view the available access policies with 'list-access-policies'."
        )
    there = entry.policies.get(policy)
    if there is None:
        there = entry.policies[policy] = Association(policy, kind, namespaces)
    else:
        there.kind, there.namespaces, there.modified = kind, namespaces, now()
    return {
        "clusterName": cluster.name,
        "principalArn": entry.holder.arn,
        "associatedAccessPolicy": there.shown(),
    }


def _scope(call: Call) -> tuple[str, tuple[str, ...]]:
    scope = call.parameters.get("accessScope") or {}
    kind = scope.get("type") or ""
    namespaces = tuple(str(name) for name in scope.get("namespaces") or [])
    if kind not in ("cluster", "namespace"):
        raise errors.invalid_parameter("accessScope type must be one of [cluster, namespace]")
    if kind == "cluster" and namespaces:
        raise errors.invalid_parameter("accessScope should not include namespaces if the type is not set as namespace")
    if kind == "namespace" and not namespaces:
        raise errors.invalid_parameter("At least 1 namespace must be provided if the type is set as namespace")
    for name in namespaces:
        if not _NAMESPACE.fullmatch(name):
            raise errors.invalid_parameter("The namespace provided is invalid.")
    return str(kind), namespaces


def disassociate(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """Take a policy from an entry."""
    entry = access_entries.find(eks.find(call), call)
    if entry.policies.pop(call.text("policyArn"), None) is None:
        raise errors.not_found("The specified policyArn is not associated with the access entry.")
    return {}


def list_associated(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """Those of one entry."""
    cluster = eks.find(call)
    entry = access_entries.find(cluster, call)
    found, token = page([association.shown() for association in entry.policies.values()], call)
    return {
        "clusterName": cluster.name,
        "principalArn": entry.holder.arn,
        "associatedAccessPolicies": found,
        "nextToken": token,
    }


def list_policies(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """What there is."""
    found, token = page([{"name": name, "arn": HEAD + name} for name in RULES], call)
    return {"accessPolicies": found, "nextToken": token}


OPERATIONS: dict[str, Operation] = {
    "AssociateAccessPolicy": associate,
    "DisassociateAccessPolicy": disassociate,
    "ListAssociatedAccessPolicies": list_associated,
    "ListAccessPolicies": list_policies,
}
