"""What each access policy allows: EKS's own tables, as AWS documents them, and not Kubernetes' roles `view`, `edit` and `admin`.

https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html (as of its change of 2025-11-06)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """A row of a table: verbs on resources of a group, or on `urls`, the paths that are no resources. `*` is all."""

    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    urls: tuple[str, ...] = ()


_ALL = ("*",)
_READ = ("get", "list", "watch")
_WRITE = ("create", "delete", "deletecollection", "patch", "update")

# In the words and the order of the tables' rows.
_VIEW = (
    Rule("apps", (
        "controllerrevisions", "daemonsets", "daemonsets/status", "deployments", "deployments/scale", "deployments/status", "replicasets",
        "replicasets/scale", "replicasets/status", "statefulsets", "statefulsets/scale", "statefulsets/status",
    ), _READ),
    Rule("autoscaling", ("horizontalpodautoscalers", "horizontalpodautoscalers/status"), _READ),
    Rule("batch", ("cronjobs", "cronjobs/status", "jobs", "jobs/status"), _READ),
    Rule("discovery.k8s.io", ("endpointslices",), _READ),
    Rule("extensions", (
        "daemonsets", "daemonsets/status", "deployments", "deployments/scale", "deployments/status", "ingresses", "ingresses/status",
        "networkpolicies", "replicasets", "replicasets/scale", "replicasets/status", "replicationcontrollers/scale",
    ), _READ),
    Rule("networking.k8s.io", ("ingresses", "ingresses/status", "networkpolicies"), _READ),
    Rule("policy", ("poddisruptionbudgets", "poddisruptionbudgets/status"), _READ),
    Rule("", (
        "configmaps", "endpoints", "persistentvolumeclaims", "persistentvolumeclaims/status", "pods", "replicationcontrollers",
        "replicationcontrollers/scale", "serviceaccounts", "services", "services/status",
    ), _READ),
    Rule("", (
        "bindings", "events", "limitranges", "namespaces/status", "pods/log", "pods/status", "replicationcontrollers/status",
        "resourcequotas", "resourcequotas/status",
    ), _READ),
    Rule("", ("namespaces",), _READ),
)  # fmt: skip

# Edit repeats View, and Admin Edit, row by row.
_EDIT = (
    *_VIEW,
    Rule("apps", (
        "daemonsets", "deployments", "deployments/rollback", "deployments/scale", "replicasets", "replicasets/scale", "statefulsets",
        "statefulsets/scale",
    ), _WRITE),
    Rule("autoscaling", ("horizontalpodautoscalers",), _WRITE),
    Rule("batch", ("cronjobs", "jobs"), _WRITE),
    Rule("extensions", (
        "daemonsets", "deployments", "deployments/rollback", "deployments/scale", "ingresses", "networkpolicies", "replicasets",
        "replicasets/scale", "replicationcontrollers/scale",
    ), _WRITE),
    Rule("networking.k8s.io", ("ingresses", "networkpolicies"), _WRITE),
    Rule("policy", ("poddisruptionbudgets",), _WRITE),
    Rule("", ("pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"), _READ),
    Rule("", ("serviceaccounts",), ("impersonate",)),
    Rule("", ("pods", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy"), _WRITE),
    Rule("", (
        "configmaps", "events", "persistentvolumeclaims", "replicationcontrollers", "replicationcontrollers/scale", "secrets",
        "serviceaccounts", "services", "services/proxy",
    ), _WRITE),
)  # fmt: skip

RULES: Mapping[str, tuple[Rule, ...]] = {
    "AmazonEKSAdminPolicy": (
        *_EDIT,
        Rule("authorization.k8s.io", ("localsubjectaccessreviews",), ("create",)),
        Rule("rbac.authorization.k8s.io", ("rolebindings", "roles"), _READ + _WRITE),
    ),
    "AmazonEKSAdminViewPolicy": (Rule("*", _ALL, _READ),),
    "AmazonEKSClusterAdminPolicy": (Rule("*", _ALL, _ALL), Rule("", (), _ALL, urls=_ALL)),
    "AmazonEKSEditPolicy": _EDIT,
    "AmazonEKSSecretReaderPolicy": (Rule("", ("secrets",), _READ),),
    "AmazonEKSViewPolicy": _VIEW,
}
"""Those for people. EKS has more, for the roles of its own nodes, add-ons and other services."""
