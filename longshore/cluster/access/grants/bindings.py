"""The groups of ours for edit and view, bound to Kubernetes' own ClusterRoles: what an access policy does, for those who come by aws-auth."""

from __future__ import annotations

from longshore.cluster.access.level import Grant
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard
from longshore.errors import UsageError, nearest
from longshore.programs.kubernetes import Object
from longshore.steps.step import Context, Done, Status, Step, ToDo

API = "rbac.authorization.k8s.io"


def binding(grant: Grant) -> Object:
    """A ClusterRoleBinding, or the RoleBinding of a namespace. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles"""
    metadata = {"name": f"longshore:{grant.level}", "labels": {"app.kubernetes.io/managed-by": "longshore"}}
    if grant.namespace:
        metadata["namespace"] = grant.namespace
    return {
        "apiVersion": f"{API}/v1",
        "kind": "RoleBinding" if grant.namespace else "ClusterRoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": API, "kind": "ClusterRole", "name": grant.level},
        "subjects": [{"apiGroup": API, "kind": "Group", "name": grant.kubernetes_group}],
    }


class Bind(Step):
    """The group of this grant is bound. A binding that somebody has changed is put right."""

    name = "binding"

    def __init__(self, guard: ClusterGuard, grant: Grant) -> None:
        self.title = f"Group {grant.kubernetes_group}"
        self._guard = guard
        self._grant = grant
        self._wanted = binding(grant)

    def check(self, run: Context) -> Status:
        """Raises UsageError where there is no such namespace."""
        with asking(self._guard, doing="look at the bindings of the cluster"):
            found = self._find(run)
        where = f" in {self._grant.namespace}" if self._grant.namespace else ""
        if found is None:
            return ToDo(f"bind it to Kubernetes' ClusterRole {self._grant.level}{where}")
        if found.get("roleRef") != self._wanted["roleRef"] or not _bound(found, self._grant.kubernetes_group):
            return ToDo(f"bind it to Kubernetes' ClusterRole {self._grant.level}{where} again: the binding was changed")
        return Done(f"bound to ClusterRole {self._grant.level}{where}")

    def apply(self, run: Context) -> None:
        with asking(self._guard, doing="bind the group", on=self._grant.kubernetes_group):
            kubectl, found = self._guard.kubectl(run), self._find(run)
            if found is not None and found.get("roleRef") != self._wanted["roleRef"]:
                # The API server refuses to change a roleRef: a binding to another role is another binding.
                kubectl.delete(self._kind, found["metadata"]["name"], self._grant.namespace)
            kubectl.apply(self._wanted)

    @property
    def _kind(self) -> str:
        return f"{self._wanted['kind'].lower()}.{API}"

    def _find(self, run: Context) -> Object | None:
        kubectl = self._guard.kubectl(run)
        found = kubectl.find(self._kind, self._wanted["metadata"]["name"], self._grant.namespace)
        if found is None and self._grant.namespace:
            require_namespace(self._guard, run, self._grant.namespace)
        return found


def _bound(found: Object, group: str) -> bool:
    return any(one.get("kind") == "Group" and one.get("name") == group for one in found.get("subjects") or [])


def require_namespace(guard: ClusterGuard, run: Context, namespace: str) -> None:
    """Raises UsageError for a namespace that isn't there: a binding in it could not be made, and an access policy for it would mean nothing."""
    names = [one["metadata"]["name"] for one in guard.kubectl(run).all("namespaces")]
    if namespace not in names:
        raise UsageError(
            f"there is no namespace {namespace}",
            on=f"--namespace {namespace}{nearest(namespace, names)}",
            why=f"the cluster has {', '.join(names)}",
            do=f"kubectl create namespace {namespace}",
        )
