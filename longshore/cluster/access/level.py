"""What is granted: a level (admin, edit, view) in a namespace or everywhere, or membership of a Kubernetes group of the team's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from longshore.errors import UsageError
from longshore.programs.kubernetes import Asked

Level = Literal["admin", "edit", "view"]
LEVELS: tuple[Level, ...] = ("admin", "edit", "view")

MASTERS = "system:masters"
"""The group that may do everything; RBAC isn't even asked."""
OURS = "longshore:"
"""Groups that longshore binds begin so."""

_POLICIES = {"admin": "AmazonEKSClusterAdminPolicy", "edit": "AmazonEKSEditPolicy", "view": "AmazonEKSViewPolicy"}
_POLICY_OF_NAMESPACE = {**_POLICIES, "admin": "AmazonEKSAdminPolicy"}
LEVEL_POLICIES = frozenset(_POLICIES.values()) | frozenset(_POLICY_OF_NAMESPACE.values())
"""The access policies that stand for a level. https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html"""

# What each level may do, and what the next higher one may and it may not.
_MAY: dict[Level, tuple[Asked, ...]] = {
    "view": (Asked("list", "pods"), Asked("get", "services")),
    "edit": (Asked("list", "pods"), Asked("create", "deployments.apps"), Asked("delete", "pods")),
    "admin": (Asked("create", "deployments.apps"), Asked("create", "rolebindings.rbac.authorization.k8s.io")),
}
_MAY_NOT: dict[Level, tuple[Asked, ...]] = {
    "view": (Asked("create", "deployments.apps"), Asked("get", "secrets")),
    "edit": (Asked("create", "rolebindings.rbac.authorization.k8s.io"),),
    "admin": (),
}
_WHOLE_CLUSTER = Asked("delete", "nodes")
"""What only an administrator of the whole cluster may."""


@dataclass(frozen=True)
class Grant:
    """`namespace` empty: the whole cluster. `group` set: no level, but membership of that group."""

    level: Level = "view"
    namespace: str = ""
    group: str = ""

    @property
    def kubernetes_group(self) -> str:
        """The group that stands for it in aws-auth."""
        if self.group:
            return self.group
        if self.namespace:
            return f"{OURS}{self.namespace}:{self.level}"
        return MASTERS if self.level == "admin" else f"{OURS}{self.level}"

    @property
    def is_admin(self) -> bool:
        """Whether it is everything in the whole cluster."""
        return self.kubernetes_group == MASTERS

    @property
    def policy(self) -> str:
        """The name of the access policy that stands for it in an access entry; empty for a group."""
        if self.group:
            return ""
        return (_POLICY_OF_NAMESPACE if self.namespace else _POLICIES)[self.level]

    def replaces(self, group: str) -> bool:
        """Whether a group is another level of ours in the same scope, which this grant takes the place of."""
        if self.group or group == self.kubernetes_group:
            return False
        others = [Grant(level, self.namespace).kubernetes_group for level in LEVELS]
        return group in others

    @property
    def may(self) -> tuple[Asked, ...]:
        """What must be allowed afterwards."""
        if self.group:
            return ()
        return tuple(Asked(one.verb, one.resource, self.namespace) for one in _MAY[self.level]) + (
            (_WHOLE_CLUSTER,) if self.is_admin else ()
        )

    @property
    def may_not(self) -> tuple[Asked, ...]:
        """What this grant alone doesn't allow."""
        if self.group:
            return ()
        here = tuple(Asked(one.verb, one.resource, self.namespace) for one in _MAY_NOT[self.level])
        # A kubectl of a namespace may well see another one's pods by another grant; nodes are nobody's but an administrator's.
        return here + (() if self.is_admin else (_WHOLE_CLUSTER,))

    def __str__(self) -> str:
        where = f"in namespace {self.namespace}" if self.namespace else "in the whole cluster"
        return f"group {self.group}" if self.group else f"{self.level} {where}"


def grant(access: Level | None, namespace: str, group: str) -> Grant:
    """From the flags of cluster.grant.

    Raises UsageError where they don't fit together.
    """
    if not group:
        return Grant(access or "view", namespace)
    if access or namespace:
        other = "--access" if access else "--namespace"
        raise UsageError(
            f"--group and {other} don't go together",
            on=f"--group {group}",
            why="a level is a group of longshore's; what another group may do, and where, its own bindings say",
            do="inv cluster.grant --help",
        )
    if group == MASTERS:
        raise UsageError(
            f"{MASTERS} is everything in the whole cluster",
            on=f"--group {group}",
            why="it takes --access admin to say so",
            do="inv cluster.grant ... --access admin",
        )
    if group.startswith(("system:", OURS)) or any(sign.isspace() or sign in ",{}" for sign in group):
        raise UsageError(
            f"--group can't be {group!r}",
            why=f"{group.partition(':')[0]}: groups are Kubernetes' or longshore's own"
            if ":" in group
            else "a group's name has no spaces, commas or braces",
            do="inv cluster.grant ... --access edit, or a group of your own",
        )
    return Grant(group=group)
