"""cluster.delete: first what has a load balancer, then the nodes, then the cluster with its access entries; and what is left is told."""

from __future__ import annotations

from longshore.aws import waiting
from longshore.cluster.guard import guards
from longshore.cluster.provision.doomed import Doomed
from longshore.cluster.provision.left import Left
from longshore.cluster.provision.load_balancers import LoadBalancers
from longshore.cluster.provision.nodegroups import NodeGroups, fault, is_busy
from longshore.environments.environment import Environment
from longshore.errors import Failed, LongshoreError
from longshore.steps.step import Context, Done, Status, Step, ToDo
from longshore.words import counted

MINUTES = 40


def delete(environment: Environment) -> list[Step]:
    """The steps."""
    identity, guard = guards(environment)
    doomed = Doomed(guard)
    groups = NodeGroups(guard.eks, environment.eks_cluster)
    left = Left(doomed)
    return [
        identity,
        doomed,
        left.before,
        LoadBalancers(doomed),
        GroupsDeletion(doomed, groups),
        Deletion(doomed),
        left,
    ]


class GroupsDeletion(Step):
    """The managed node groups are gone, and their nodes with them."""

    name = "node-groups"

    def __init__(self, doomed: Doomed, groups: NodeGroups) -> None:
        self.title = f"Node groups of {doomed.name_of_cluster}"
        self._groups = groups

    def check(self, run: Context) -> Status:
        found = self._groups.all()
        if not found:
            return Done("none")
        return ToDo(
            *(
                f"wait until {group.name} is gone: it is being deleted"
                if group.status == "DELETING"
                else f"delete {group.name} with its {counted(group.desired, 'node')}"
                for group in found
            )
        )

    def apply(self, run: Context) -> None:
        """Raises Failed where AWS can't: the cluster is left as it is."""
        begun: set[str] = set()

        def look() -> waiting.Look:
            left = self._groups.all()
            for group in left:
                # One whose deletion failed before this run is tried again, once.
                if group.name in begun or group.status == "DELETING":
                    if group.status == "DELETE_FAILED" and (failure := fault(group)):
                        raise failure
                    continue
                if self._begin(group.name):
                    begun.add(group.name)
            names = ", ".join(group.name for group in left)
            return waiting.Look(not left, f"waiting for the end of {names}")

        waiting.wait(run, "node groups", MINUTES, look)

    def _begin(self, name: str) -> bool:
        """Whether its deletion has begun: not while it is being made or changed."""
        try:
            self._groups.delete(name)
        except LongshoreError as error:
            if not is_busy(error):
                raise
            return False
        return True


class Deletion(Step):
    """The cluster is gone, with its access entries and everything that was in it."""

    name = "deletion"

    def __init__(self, doomed: Doomed) -> None:
        self.title = f"EKS cluster {doomed.name_of_cluster}"
        self._doomed = doomed

    def check(self, run: Context) -> Status:
        found = self._doomed.look()
        if found is None:
            return Done("gone")
        if found.status == "DELETING":
            return ToDo("wait until it is gone: it is being deleted")
        return ToDo("delete it with everything that is in it, and its access entries")

    def apply(self, run: Context) -> None:
        """Raises Failed where AWS can't, or hasn't in time."""
        name, eks = self._doomed.name_of_cluster, self._doomed.guard.eks
        deleting = False

        def look() -> waiting.Look:
            nonlocal deleting
            found = eks.cluster(name)
            if found is None:
                return waiting.Look(True, "gone")
            if found.status == "DELETING":
                deleting = True
            elif deleting:
                why = "; ".join(found.issues) or f"it is {found.status} again"
                raise Failed("EKS gave the deletion up", on=name, why=why, do="mend what it says, then run it again")
            else:
                self._begin(name)
                return waiting.Look(False, "its deletion is requested")
            return waiting.Look(False, found.status)

        waiting.wait(run, f"cluster {name}", MINUTES, look)

    def _begin(self, name: str) -> None:
        """While it is being changed it is only tried again at the next look."""
        try:
            self._doomed.guard.eks.delete_cluster(name)
        except LongshoreError as error:
            # "Cluster has nodegroups attached": somebody has added something meanwhile.
            if not is_busy(error) or "attached" in error.why:
                raise
