"""Access entries and their policies, by typed calls.

https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html. An entry's ARN and type never change; one outlives its principal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from longshore.cluster.eks import Eks

STANDARD = "STANDARD"
TAGS = {"managed-by": "longshore"}


@dataclass(frozen=True)
class Association:
    """An access policy (by its name) and where it holds: `namespaces` empty means the whole cluster."""

    policy: str
    namespaces: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.policy + (f" in {', '.join(self.namespaces)}" if self.namespaces else "")


@dataclass(frozen=True)
class Entry:
    """An access entry. `username` is what Kubernetes calls its principal."""

    arn: str
    groups: tuple[str, ...] = ()
    policies: tuple[Association, ...] = ()
    username: str = ""
    type: str = STANDARD
    created: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


class Entries:
    """The entries of one cluster. Everything raises UsageError and Failed as `translated` does."""

    def __init__(self, eks: Eks, cluster: str) -> None:
        self._eks = eks
        self._cluster = cluster

    @property
    def _client(self) -> Any:
        return self._eks.client

    def find(self, arn: str) -> Entry | None:
        """The entry of a principal, with its policies; None where there is none."""
        with self._eks.calling("look at the access entry", arn):
            try:
                found = self._client.describe_access_entry(clusterName=self._cluster, principalArn=arn)["accessEntry"]
                return _entry(found, self._associations(arn))
            except self._client.exceptions.ResourceNotFoundException:
                return None

    def all(self) -> list[Entry]:
        """Every entry; several are asked for at once."""
        with self._eks.calling("list the access entries", self._cluster):
            pages = self._client.get_paginator("list_access_entries").paginate(clusterName=self._cluster)
            arns = [arn for page in pages for arn in page["accessEntries"]]
        with ThreadPoolExecutor(max_workers=8) as pool:
            found = list(pool.map(self.find, arns))
        return [entry for entry in found if entry is not None]

    def create(self, entry: Entry) -> None:
        """Make it, then its policies. One that is there is brought to the same groups."""
        settings: dict[str, Any] = {"tags": {**TAGS, **entry.tags}}
        if entry.type == STANDARD:
            # Those of nodes have names and groups of EKS's own.
            settings["kubernetesGroups"] = list(entry.groups)
            settings |= {"username": entry.username} if entry.username else {}
        with self._eks.calling("create the access entry", entry.arn, acting=True):
            try:
                self._client.create_access_entry(
                    clusterName=self._cluster, principalArn=entry.arn, type=entry.type, **settings
                )
            except self._client.exceptions.ResourceInUseException:
                if entry.type == STANDARD:
                    self.update(entry.arn, entry.groups, entry.username)
        for association in entry.policies:
            self.associate(entry.arn, association)

    def update(self, arn: str, groups: Sequence[str], username: str = "") -> None:
        """Its Kubernetes groups, whole, and its name in Kubernetes where one is given."""
        named = {"username": username} if username else {}
        with self._eks.calling("change the access entry", arn, acting=True):
            self._client.update_access_entry(
                clusterName=self._cluster, principalArn=arn, kubernetesGroups=list(groups), **named
            )

    def associate(self, arn: str, association: Association) -> None:
        """Give it a policy, or give one that it has this scope."""
        scope: dict[str, Any] = {"type": "namespace", "namespaces": list(association.namespaces)}
        with self._eks.calling("associate the access policy", f"{association.policy}, {arn}", acting=True):
            self._client.associate_access_policy(
                clusterName=self._cluster,
                principalArn=arn,
                policyArn=_policy_arn(arn, association.policy),
                accessScope=scope if association.namespaces else {"type": "cluster"},
            )

    def disassociate(self, arn: str, policy: str) -> None:
        """Take a policy away. Gone already is fine."""
        with self._eks.calling("take the access policy away", f"{policy}, {arn}", acting=True):
            try:
                self._client.disassociate_access_policy(
                    clusterName=self._cluster, principalArn=arn, policyArn=_policy_arn(arn, policy)
                )
            except self._client.exceptions.ResourceNotFoundException:
                return

    def delete(self, arn: str) -> None:
        """Delete it with its policies. Gone already is fine."""
        with self._eks.calling("delete the access entry", arn, acting=True):
            try:
                self._client.delete_access_entry(clusterName=self._cluster, principalArn=arn)
            except self._client.exceptions.ResourceNotFoundException:
                return

    def _associations(self, arn: str) -> tuple[Association, ...]:
        pages = self._client.get_paginator("list_associated_access_policies").paginate(
            clusterName=self._cluster, principalArn=arn
        )
        return tuple(_association(found) for page in pages for found in page["associatedAccessPolicies"])


def _policy_arn(principal: str, policy: str) -> str:
    partition = principal.split(":")[1]
    return f"arn:{partition}:eks::aws:cluster-access-policy/{policy}"


def _association(found: Mapping[str, Any]) -> Association:
    scope = found.get("accessScope") or {}
    namespaces = tuple(scope.get("namespaces") or ()) if scope.get("type") == "namespace" else ()
    return Association(found["policyArn"].rpartition("/")[2], namespaces)


def _entry(found: Mapping[str, Any], policies: tuple[Association, ...]) -> Entry:
    return Entry(
        arn=found["principalArn"],
        groups=tuple(found.get("kubernetesGroups") or ()),
        policies=policies,
        username=found.get("username") or "",
        type=found.get("type") or STANDARD,
        created=found.get("createdAt"),
        tags=found.get("tags") or {},
    )
