"""What RBAC's bindings give to groups and users by name, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from longshore.cluster.access.level import LEVELS, MASTERS, OURS, Grant
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import Object

KINDS = "clusterrolebindings.rbac.authorization.k8s.io,rolebindings.rbac.authorization.k8s.io"
EVERYTHING = "cluster-admin"
"""Kubernetes' ClusterRole of administrators."""


@dataclass(frozen=True)
class Right:
    """A role that is bound; `namespace` empty: in the whole cluster."""

    role: str
    namespace: str = ""
    is_cluster_role: bool = True

    @property
    def is_everything(self) -> bool:
        return self.is_cluster_role and self.role == EVERYTHING and not self.namespace

    def __str__(self) -> str:
        where = f" in {self.namespace}" if self.namespace else ""
        if self.is_everything:
            return "admin"
        kind = (
            "" if self.is_cluster_role and self.role in LEVELS else "ClusterRole " if self.is_cluster_role else "Role "
        )
        return f"{kind}{self.role}{where}"


@dataclass(frozen=True)
class Bound:
    """Rights by the name of a group, and of a user."""

    groups: Mapping[str, Sequence[Right]] = field(default_factory=dict)
    users: Mapping[str, Sequence[Right]] = field(default_factory=dict)

    def of(self, username: str, groups: Sequence[str]) -> list[Right]:
        """What one of this name in these groups has, without what everybody has."""
        rights = [Right(EVERYTHING)] if MASTERS in groups else []
        for subject in (self.users.get(username, ()), *(self.groups.get(group, ()) for group in groups)):
            rights += [right for right in subject if right not in rights]
        return rights


def read(kubectl: Kubectl) -> Bound:
    """Every binding of the cluster, by one call. Raises KubernetesError."""
    return of(kubectl.all(KINDS, None))


def of(bindings: Sequence[Object]) -> Bound:
    """Of the objects as the API has them."""
    found: dict[str, dict[str, list[Right]]] = {"Group": {}, "User": {}}
    for binding in bindings:
        role = binding["roleRef"]
        namespace = binding["metadata"].get("namespace", "") if binding["kind"] == "RoleBinding" else ""
        right = Right(role["name"], namespace, role["kind"] == "ClusterRole")
        for subject in binding.get("subjects") or []:
            if subject["kind"] in found:
                found[subject["kind"]].setdefault(subject["name"], []).append(right)
    return Bound(found["Group"], found["User"])


def level_of(group: str) -> Grant | None:
    """The grant that a group of ours stands for; None for another's."""
    if not group.startswith(OURS):
        return None
    namespace, _, level = group.removeprefix(OURS).rpartition(":")
    found = next((one for one in LEVELS if one == level), None)
    grant = Grant(found, namespace) if found else None
    return grant if grant is not None and grant.kubernetes_group == group else None


def is_whole(bound: Bound, grant: Grant) -> bool:
    """Whether a group of ours has what it stands for."""
    return Right(grant.level, grant.namespace) in bound.groups.get(grant.kubernetes_group, ())
