"""The binding of the group that bridges the moment between an entry and its policies; it goes when the last administrator has moved."""

from __future__ import annotations

from collections.abc import Callable

from longshore.cluster.access.bound import EVERYTHING
from longshore.cluster.access.migration.moved import BRIDGE
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard
from longshore.programs.kubernetes import Object
from longshore.steps.step import Context, Done, Status, Step, ToDo

API = "rbac.authorization.k8s.io"
KIND = f"clusterrolebinding.{API}"
BINDING: Object = {
    "apiVersion": f"{API}/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": BRIDGE, "labels": {"app.kubernetes.io/managed-by": "longshore"}},
    "roleRef": {"apiGroup": API, "kind": "ClusterRole", "name": EVERYTHING},
    "subjects": [{"apiGroup": API, "kind": "Group", "name": BRIDGE}],
}


class _OnBridge(Step):
    def __init__(self, guard: ClusterGuard, needed: Callable[[Context], bool]) -> None:
        self._guard = guard
        self._needed = needed

    def _is_there(self, run: Context) -> bool:
        with asking(self._guard, doing="look at the bindings of the cluster"):
            return self._guard.kubectl(run).find(KIND, BRIDGE) is not None


class Bridge(_OnBridge):
    """The group is bound, where administrators are to move. `needed` says whether any are."""

    name = "bridge"
    title = f"Group {BRIDGE}"

    def check(self, run: Context) -> Status:
        if not self._needed(run):
            return Done("not needed")
        if self._is_there(run):
            return Done(f"bound to ClusterRole {EVERYTHING}")
        return ToDo(
            f"bind it to ClusterRole {EVERYTHING} while the administrators move: none of them has less for a moment"
        )

    def apply(self, run: Context) -> None:
        with asking(self._guard, doing="bind the group", on=BRIDGE):
            self._guard.kubectl(run).apply(BINDING)


class BridgeGone(_OnBridge):
    """The group isn't bound any more. `needed` says whether any administrator has yet to move."""

    name = "bridge-gone"
    title = f"Group {BRIDGE} is gone"

    def check(self, run: Context) -> Status:
        if self._is_there(run) or (run.planning and self._needed(run)):
            return ToDo("delete its binding")
        return Done("no binding")

    def apply(self, run: Context) -> None:
        with asking(self._guard, doing="delete the binding", on=BRIDGE):
            self._guard.kubectl(run).delete(KIND, BRIDGE)
