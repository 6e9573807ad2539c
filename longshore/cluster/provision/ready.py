"""The nodes of a group, as Kubernetes sees them: there, and Ready."""

from __future__ import annotations

from collections.abc import Callable

from longshore.aws import waiting
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard
from longshore.cluster.provision.nodegroups import LABEL, NodeGroups
from longshore.errors import Failed
from longshore.programs.kubernetes import KubernetesError, Object, Reason
from longshore.steps.step import Context, Done, Status, Step, ToDo
from longshore.words import counted

MINUTES = 30
"""A node that goes is drained first: EKS gives its pods a quarter of an hour."""


def is_ready(node: Object) -> bool:
    """By its condition Ready, which the kubelet renews."""
    conditions = (node.get("status") or {}).get("conditions") or []
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)


class NodesReady(Step):
    """As many nodes as wished for are Ready, and no others of the group are there. `wish` tells the group's name and their number."""

    name = "nodes"

    def __init__(self, guard: ClusterGuard, groups: NodeGroups, wish: Callable[[], tuple[str, int]]) -> None:
        self.title = f"Nodes of {guard.environment.eks_cluster}"
        self._guard = guard
        self._groups = groups
        self._wish = wish

    def check(self, run: Context) -> Status:
        name, count = self._wish()
        with asking(self._guard, doing="look at the nodes"):
            there, ready = self._count(run, name)
        if (there, ready) == (count, count):
            return Done(f"{count} Ready in {name}" if count else f"none in {name}")
        if not count:
            return ToDo(f"wait until the group {name} has no node any more (now {there})")
        wished = f"{counted(count, 'node')} of the group {name} {'is' if count == 1 else 'are'} Ready"
        return ToDo(f"wait until {wished} (now {ready} of {there})")

    def apply(self, run: Context) -> None:
        """Raises Failed where AWS can't bring them, or hasn't in time."""
        name, count = self._wish()

        def look() -> waiting.Look:
            try:
                there, ready = self._count(run, name)
            except KubernetesError as error:
                # A wait of minutes outlives a moment without the network.
                if error.reason is not Reason.UNREACHABLE:
                    raise
                return waiting.Look(False, "the API server doesn't answer")
            return waiting.Look((there, ready) == (count, count), f"{ready} of {count} Ready{self._complaint(name)}")

        with asking(self._guard, doing="look at the nodes"):
            waiting.wait(run, f"nodes of {name}", MINUTES, look)

    def _count(self, run: Context, name: str) -> tuple[int, int]:
        nodes = self._guard.kubectl(run).all("nodes", selector=f"{LABEL}={name}")
        return len(nodes), sum(map(is_ready, nodes))

    def _complaint(self, name: str) -> str:
        group = self._groups.find(name)
        if group is None:
            raise Failed("the node group is gone", on=name, why="it was deleted meanwhile")
        return f"; AWS says {group.issues[0]}" if group.issues else ""
