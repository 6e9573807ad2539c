"""UpdateClusterConfig and the updates that it and others leave behind.

The authentication mode goes one way: CONFIG_MAP, API_AND_CONFIG_MAP, API.
https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from longshore.sandbox.cloud.calls import Call
from longshore.sandbox.cloud.eks import access_entries, errors
from longshore.sandbox.cloud.eks.records import CONFIG_MAP, MODES, Cluster, Update
from longshore.sandbox.cloud.eks.service import Eks, Operation, page
from longshore.sandbox.cloud.principals import Key


def add(cluster: Cluster, kind: str, params: Mapping[str, str], nodegroup: str = "") -> Update:
    """A new update, in progress."""
    made = Update(str(uuid4()), kind, dict(params), nodegroup=nodegroup)
    cluster.updates[made.id] = made
    return made


def check_free(cluster: Cluster) -> None:
    """Raises Refusal while the cluster isn't there yet, is going, or is being updated."""
    if cluster.status != "ACTIVE":
        raise errors.invalid_request(f"Cluster '{cluster.name}' is not in ACTIVE status")
    if any(update.status == "InProgress" and not update.nodegroup for update in cluster.updates.values()):
        raise errors.in_use(f"Cannot update because cluster {cluster.name} currently has an update in progress")


def update_config(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """The authentication mode, logging, public access or deletion protection: one of them in a call, as EKS wants it."""
    cluster = eks.find(call, "name")
    given = [name for name in _CHANGES if call.parameters.get(name) is not None]
    if len(given) > 1:
        raise errors.invalid_parameter("Only one type of update can be allowed.")
    if not given:
        raise errors.invalid_parameter("No changes needed for the cluster's configuration.")
    check_free(cluster)
    return {"update": _CHANGES[given[0]](eks, cluster, call).shown()}


def _mode(eks: Eks, cluster: Cluster, call: Call) -> Update:
    to = str(call.parameters["accessConfig"].get("authenticationMode") or "")
    if to not in MODES or MODES.index(to) != MODES.index(cluster.mode) + 1:
        raise errors.invalid_parameter(f"Unsupported authentication mode update from {cluster.mode} to {to}")
    update = add(cluster, "AccessConfigUpdate", {"AuthenticationMode": json.dumps(to)})

    def done(_: object) -> None:
        if cluster.mode == CONFIG_MAP:
            # Whom the ConfigMap never named isn't locked out by the change: the hidden administrator and the nodes get entries.
            access_entries.bootstrap(eks, cluster)
            for group in cluster.nodegroups.values():
                access_entries.for_nodes(eks, cluster, group.role)
        cluster.mode, update.status = to, "Successful"

    eks.background(cluster, lambda: None, done, lambda why: None)
    return update


def _simple(kind: str, change: str) -> Any:
    def apply(eks: Eks, cluster: Cluster, call: Call) -> Update:
        value = call.parameters[change]
        params = {"DeletionProtection": "DeletionProtection", "logging": "ClusterLogging"}
        update = add(cluster, kind, {params.get(change, change[:1].upper() + change[1:]): json.dumps(value)})

        def done(_: object) -> None:
            if change == "deletionProtection":
                cluster.protected = bool(value)
            elif isinstance(cluster.given.get(change), dict):
                cluster.given[change] = {**cluster.given[change], **value}
            update.status = "Successful"

        eks.background(cluster, lambda: None, done, lambda why: None)
        return update

    return apply


_CHANGES: dict[str, Any] = {
    "accessConfig": _mode,
    "logging": _simple("LoggingUpdate", "logging"),
    "resourcesVpcConfig": _simple("EndpointAccessUpdate", "resourcesVpcConfig"),
    "upgradePolicy": _simple("UpgradePolicyUpdate", "upgradePolicy"),
    "deletionProtection": _simple("DeletionProtectionUpdate", "deletionProtection"),
}


def describe(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """One, of the cluster or of the node group that is named."""
    cluster = eks.find(call, "name")
    update = cluster.updates.get(call.text("updateId"))
    if update is None or update.nodegroup != call.text("nodegroupName"):
        raise errors.not_found(f"No update found for ID: {call.text('updateId')}")
    return {"update": update.shown()}


def list_updates(eks: Eks, call: Call, key: Key) -> Mapping[str, Any]:
    """Their ids."""
    cluster, group = eks.find(call, "name"), call.text("nodegroupName")
    found, token = page([id for id, update in cluster.updates.items() if update.nodegroup == group], call)
    return {"updateIds": found, "nextToken": token}


OPERATIONS: dict[str, Operation] = {
    "UpdateClusterConfig": update_config,
    "DescribeUpdate": describe,
    "ListUpdates": list_updates,
}
