"""What access policies allow beside RBAC: EKS's own authorizer, which says yes or nothing.

The rules of the policies are those of Kubernetes' user-facing roles, as AWS documents them, asked from the cluster itself.
https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from longshore.sandbox.cloud.conditions import like
from longshore.sandbox.cloud.eks.access_policies import HEAD
from longshore.sandbox.cloud.eks.records import CONFIG_MAP, Association, Cluster, Entry
from longshore.sandbox.cloud.eks.service import Eks

Rule = Mapping[str, Sequence[str]]

ALL: Rule = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "nonResourceURLs": ["*"]}
READ: Rule = {"verbs": ["get", "list", "watch"], "apiGroups": ["*"], "resources": ["*"]}
KEPT = 5.0
"""Seconds for which a role's rules are remembered: nobody changes those that begin with `system:`, but a cluster of the same name may be another one."""

# What Kubernetes itself puts into view, edit and admin: rules that somebody aggregates into them are no part of EKS's policies.
_ROLES = {
    "AmazonEKSViewPolicy": ("view",),
    "AmazonEKSEditPolicy": ("view", "edit"),
    "AmazonEKSAdminPolicy": ("view", "edit", "admin"),
}


@dataclass(frozen=True)
class Wish:
    """What a SubjectAccessReview asks."""

    verb: str
    group: str = ""
    resource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> Wish:
        """From the spec of a review."""
        url, what = spec.get("nonResourceAttributes"), spec.get("resourceAttributes") or {}
        if url:
            return cls(str(url.get("verb", "")), path=str(url.get("path", "")))
        resource = str(what.get("resource", ""))
        if what.get("subresource"):
            resource += f"/{what['subresource']}"
        words = (str(what.get(name, "")) for name in ("verb", "group", "namespace", "name"))
        verb, group, namespace, name = words
        return cls(verb, group, resource, namespace, name)


class Authorizer:
    """The authorizer of all clusters."""

    def __init__(self, eks: Eks) -> None:
        self._eks = eks
        self._rules: dict[tuple[str, str], tuple[float, list[Rule]]] = {}
        self._lock = threading.Lock()

    def review(self, server: str, spec: Mapping[str, Any]) -> str:
        """Which access policy allows what the spec asks; empty when none does.

        Raises OSError where the cluster's roles can't be read.
        """
        wish = Wish.of(spec)
        with self._eks.lock:
            cluster = self._eks.by_server(server)
            entry = _entry(cluster, spec) if cluster is not None else None
            policies = list(entry.policies.values()) if entry is not None else []
        for association in policies:
            if _in_scope(association, wish) and any(
                _covers(rule, wish) for rule in self._of(server, association.policy.removeprefix(HEAD))
            ):
                return association.policy
        return ""

    def _of(self, server: str, policy: str) -> Iterable[Rule]:
        if policy == "AmazonEKSClusterAdminPolicy":
            return [ALL]
        if policy == "AmazonEKSAdminViewPolicy":
            return [READ]
        return [rule for name in _ROLES.get(policy, ()) for rule in self._role(server, f"system:aggregate-to-{name}")]

    def _role(self, server: str, name: str) -> list[Rule]:
        with self._lock:
            at, rules = self._rules.get((server, name), (0.0, []))
        if rules and time.monotonic() - at < KEPT:
            return rules
        status, found = self._eks.clusters.ask(
            server, "GET", f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}", None
        )
        if status != 200:
            raise OSError(f"the API server answered {status} when it was asked for the ClusterRole {name}")
        rules = list(found.get("rules") or [])
        with self._lock:
            self._rules[server, name] = (time.monotonic(), rules)
        return rules


def _entry(cluster: Cluster, spec: Mapping[str, Any]) -> Entry | None:
    # By who AWS said it was when the token was checked; somebody who impersonates brings no such extra.
    if cluster.mode == CONFIG_MAP:
        return None
    extra = {str(name).lower(): value for name, value in (spec.get("extra") or {}).items()}
    arn, id = (next(iter(extra.get(name) or []), "") for name in ("arn", "principalid"))
    for entry in cluster.entries.values():
        if entry.holder.arn == arn or (":assumed-role/" in arn and _assumes(arn, entry.holder.arn)):
            return entry if entry.holder.id in ("", id) else None
    return None


def _assumes(session: str, role: str) -> bool:
    account, _, names = session.split(":", 4)[4].partition(":")
    head, _, path = role.partition(":role/")
    return head.endswith(f":{account}") and path.rpartition("/")[2] == names.split("/")[1]


def _in_scope(association: Association, wish: Wish) -> bool:
    if association.kind == "cluster":
        return True
    return bool(wish.namespace) and any(like(pattern, wish.namespace) for pattern in association.namespaces)


def _covers(rule: Rule, wish: Wish) -> bool:
    # As RBAC compares them (k8s.io/component-helpers/auth/rbac/validation).
    if not _has(rule.get("verbs"), wish.verb):
        return False
    if wish.path:
        urls = rule.get("nonResourceURLs") or []
        return any(url == wish.path or (url.endswith("*") and wish.path.startswith(url[:-1])) for url in urls)
    resources = rule.get("resources") or []
    subresource = wish.resource.partition("/")[2]
    return (
        _has(rule.get("apiGroups"), wish.group)
        and (_has(resources, wish.resource) or (bool(subresource) and f"*/{subresource}" in resources))
        and (not rule.get("resourceNames") or wish.name in rule["resourceNames"])
    )


def _has(values: Sequence[str] | None, value: str) -> bool:
    return values is not None and ("*" in values or value in values)
