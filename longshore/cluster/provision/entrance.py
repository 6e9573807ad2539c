"""The last step of cluster.create: the API server answers, and the one who acts is its administrator."""

from __future__ import annotations

from collections.abc import Callable

from longshore.aws import waiting
from longshore.cluster.errors import asking
from longshore.cluster.guard import READY, ClusterGuard
from longshore.programs.kubernetes import Asked, KubernetesError, Reason, Seen
from longshore.steps.step import Context, Done, Look, Status, Unknown

MINUTES = 5
"""Its name isn't known to every resolver at once."""
NOT_YET = (Reason.UNREACHABLE, Reason.UNAUTHORIZED)
EVERYTHING = Asked("*", "*")


class Entrance(Look):
    """Asks the API server who one is. `fresh` is whether this run had the cluster made: then it may take its time, and must let one in."""

    name = "entrance"

    def __init__(self, guard: ClusterGuard, fresh: Callable[[], bool]) -> None:
        self.title = f"Entrance to {guard.environment.eks_cluster}"
        self._guard = guard
        self._fresh = fresh

    def check(self, run: Context) -> Status:
        """Raises Failed where a fresh cluster doesn't let its maker in, or where the API server can't be reached."""
        guard = self._guard
        found = guard.eks.cluster(guard.environment.eks_cluster)
        if found is None or found.status not in READY:
            return Unknown("known after the cluster is made")
        guard.check(run)
        seen: list[Seen] = []

        def look() -> waiting.Look:
            try:
                seen.append(guard.kubectl(run).seen(EVERYTHING))
            except KubernetesError as error:
                if not (self._fresh() and error.reason in NOT_YET):
                    raise
                return waiting.Look(False, error.said)
            return waiting.Look(True, "")

        who = guard.identity.session.who
        with asking(guard, doing="enter the cluster"):
            try:
                waiting.wait(run, "API server", MINUTES, look)
            except KubernetesError as error:
                # One that others made may well not know who looks at it now.
                if error.reason is not Reason.UNAUTHORIZED:
                    raise
                return Done(f"it doesn't know {who}: inv cluster.access --env {guard.environment.name}")
        if not seen[0].allowed[0]:
            return Done(f"{who} is {seen[0].username}, and not its administrator")
        return Done(f"{who} is {seen[0].username}, and may do everything")
