"""Looking at what is deployed, as the environment's identity: what all reading tasks begin with, and how a workload is chosen."""

from __future__ import annotations

from collections.abc import Sequence

from longshore.app.manifests import folder
from longshore.cluster import sight as cluster
from longshore.cluster.errors import asking
from longshore.environments.environment import Environment
from longshore.errors import UsageError, nearest
from longshore.kubernetes import workloads
from longshore.kubernetes.workloads import Workload
from longshore.steps.report import Reporter


class Sight(cluster.Sight):
    """Raises as the guards do, and UsageError where the environment names no namespace or application."""

    def __init__(self, environment: Environment, report: Reporter) -> None:
        folder(environment)
        super().__init__(environment, report)

    def workloads(self) -> list[Workload]:
        """Those of the application. Raises Failed where the API server doesn't tell them."""
        with asking(self.guard, doing=f"look at {self.environment.app}"):
            return workloads.of_app(self.kubectl, self.environment.app, self.environment.namespace)


def chosen(found: Sequence[Workload], name: str, environment: Environment) -> list[Workload]:
    """The workload of that name; all where none is named. Raises UsageError where there is none."""
    named = [one for one in found if not name or one.name == name]
    if named:
        return named
    env = environment.name
    if not found:
        raise UsageError(
            f"{environment.app} is not deployed", on=f"{env}, namespace {environment.namespace}",
            do=f"inv app.deploy --env {env}",
        )  # fmt: skip
    names = [one.name for one in found]
    raise UsageError(
        f"there is no workload {name}", on=env, why=f"there is {', '.join(names)}{nearest(name, names)}",
        do=f"inv app.status --env {env}",
    )  # fmt: skip
