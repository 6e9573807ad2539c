"""cluster.scale-nodes: an absolute number of nodes for a group."""

from __future__ import annotations

from longshore.aws import waiting
from longshore.cluster.guard import ClusterGuard, guards
from longshore.cluster.provision.add_nodes import MOST
from longshore.cluster.provision.nodegroups import SETTLED, NodeGroup, NodeGroups, fault
from longshore.cluster.provision.ready import NodesReady
from longshore.environments.environment import Environment
from longshore.errors import Failed, UsageError, nearest
from longshore.steps.step import Context, Done, Status, Step, ToDo

MINUTES = 40


def scale_nodes(environment: Environment, count: int, group: str = "") -> list[Step]:
    """The steps. Without a name it is the cluster's only group.

    Raises UsageError for a number that can't be.
    """
    if not 0 <= count <= MOST:
        raise UsageError(f"--count can't be {count}", why=f"a node group has 0 to {MOST} nodes")
    identity, guard = guards(environment)
    groups = NodeGroups(guard.eks, environment.eks_cluster)
    step = ScaleStep(guard, groups, count, group)
    return [identity, guard, step, NodesReady(guard, groups, lambda: (step.group, count))]


def question(count: int) -> str:
    """Why it asks in every environment, where it does."""
    return "with 0 nodes nothing of the group's runs any more" if count == 0 else ""


class ScaleStep(Step):
    """The group's desired number. Its bounds (min, max) are widened where it is outside of them, and never narrowed. `group` is its name."""

    name = "scale"

    def __init__(self, guard: ClusterGuard, groups: NodeGroups, count: int, group: str) -> None:
        self.title = f"Size of the node group{f' {group}' if group else ''} of {guard.environment.eks_cluster}"
        self.group = group
        self._guard = guard
        self._groups = groups
        self._count = count

    def check(self, run: Context) -> Status:
        """Raises UsageError where it isn't clear which group is meant, Failed for one that can't be changed."""
        found = self._found()
        if found.status not in SETTLED:
            return ToDo(f"wait until {found.name} can be changed: it is {found.status}", *self._changes(found))
        changes = self._changes(found)
        return ToDo(*changes) if changes else Done(f"{found.name}: {found.size}")

    def apply(self, run: Context) -> None:
        """Raises Failed when EKS can't, or hasn't in time."""

        def settled() -> waiting.Look:
            found = self._found()
            return waiting.Look(found.status in SETTLED, found.status)

        waiting.wait(run, f"node group {self.group}", MINUTES, settled)
        found = self._found()
        if not self._changes(found):
            return
        id = self._groups.scale(found.name, self._count, *self._bounds(found))

        def look() -> waiting.Look:
            status, said = self._groups.update(found.name, id)
            if status in ("Failed", "Cancelled"):
                raise Failed("EKS could not scale the node group", on=found.name, why=said or status)
            return waiting.Look(status == "Successful", status)

        waiting.wait(run, f"node group {found.name}", MINUTES, look)
        waiting.wait(run, f"node group {found.name}", MINUTES, settled)

    def _found(self) -> NodeGroup:
        self.group = self.group or self._only()
        found = self._groups.find(self.group)
        if found is None:
            names = self._groups.names()
            raise UsageError(
                f"there is no node group {self.group}{nearest(self.group, names)}",
                on=self._guard.environment.eks_cluster,
                why=f"there is {', '.join(names)}" if names else "there is none",
                do=f"inv cluster.nodes --env {self._guard.environment.name}",
            )
        if failure := fault(found):
            raise failure
        if found.status == "DELETING":
            raise UsageError("the node group is being deleted", on=found.name)
        return found

    def _only(self) -> str:
        names = self._groups.names()
        if len(names) == 1:
            return names[0]
        raise UsageError(
            "--group is missing" if names else "there is no node group to scale",
            on=self._guard.environment.eks_cluster,
            why=f"it is one of {', '.join(names)}" if names else "",
            do=""
            if names
            else f"inv cluster.add-nodes --env {self._guard.environment.name} --count {max(1, self._count)}",
        )

    def _bounds(self, found: NodeGroup) -> tuple[int, int]:
        # EKS takes no max of 0.
        return min(found.least, self._count), max(found.most, self._count, 1)

    def _changes(self, found: NodeGroup) -> tuple[str, ...]:
        if found.desired == self._count:
            return ()
        least, most = self._bounds(found)
        going = (
            f"; {found.desired - self._count} of its nodes are drained and ended" if self._count < found.desired else ""
        )
        return (f"{found.name}: {found.size} becomes {self._count} (of {least} to {most}){going}",)
