"""What access policies allow beside RBAC: EKS's own authorizer, which says yes or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from longshore.sandbox.cloud.conditions import like
from longshore.sandbox.cloud.eks.access_policies import HEAD
from longshore.sandbox.cloud.eks.access_policy_rules import RULES, Rule
from longshore.sandbox.cloud.eks.records import CONFIG_MAP, Association, Cluster, Entry
from longshore.sandbox.cloud.eks.service import Eks


@dataclass(frozen=True)
class Wish:
    """What a SubjectAccessReview asks."""

    verb: str
    group: str = ""
    resource: str = ""
    namespace: str = ""
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
        verb, group, namespace = (str(what.get(name, "")) for name in ("verb", "group", "namespace"))
        return cls(verb, group, resource, namespace)


def review(eks: Eks, server: str, spec: Mapping[str, Any]) -> str:
    """Which access policy of the cluster's allows what the spec asks; empty when none does."""
    wish = Wish.of(spec)
    with eks.lock:
        cluster = eks.by_server(server)
        entry = _entry(cluster, spec) if cluster is not None else None
        policies = list(entry.policies.values()) if entry is not None else []
    for association in policies:
        rules = RULES[association.policy.removeprefix(HEAD)]
        if _in_scope(association, wish) and any(_covers(rule, wish) for rule in rules):
            return association.policy
    return ""


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
    if not _has(rule.verbs, wish.verb):
        return False
    if wish.path:
        return _has(rule.urls, wish.path)
    return _has((rule.group,), wish.group) and _has(rule.resources, wish.resource)


def _has(values: tuple[str, ...], value: str) -> bool:
    return "*" in values or value in values
