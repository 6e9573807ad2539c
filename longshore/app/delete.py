"""app.delete: what longshore applied for the application is gone: what has a load balancer first, so that none stays in AWS."""

from __future__ import annotations

from longshore.app import labelled
from longshore.app.manifests import folder
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard, guards
from longshore.environments.environment import Environment
from longshore.steps.step import Context, Done, Status, Step, ToDo


class DeleteApp(Step):
    """By the label that longshore puts on all that it applies, in the environment's namespace."""

    name = "app-deletion"

    def __init__(self, environment: Environment, guard: ClusterGuard) -> None:
        folder(environment)
        self.title = f"Everything of {environment.app} in {environment.namespace}"
        self._environment = environment
        self._guard = guard

    def check(self, run: Context) -> Status:
        with asking(self._guard, doing="look at what is deployed"):
            found = labelled.names(self._guard.kubectl(run), self._environment)
        return ToDo(*labelled.words(found)) if found else Done("gone")

    def apply(self, run: Context) -> None:
        """Raises Failed where something doesn't go: run it again."""
        with asking(self._guard, doing="delete the application"):
            labelled.delete(
                run,
                self._guard,
                self._environment.namespace,
                lambda kubectl, kinds: labelled.names(kubectl, self._environment, kinds),
            )


def delete(environment: Environment) -> list[Step]:
    """The steps."""
    identity, guard = guards(environment)
    return [identity, guard, DeleteApp(environment, guard)]
