"""Looking at the environment's namespace of its cluster, as its identity: what reading tasks begin with."""

from __future__ import annotations

from longshore.cluster.guard import guards
from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.programs.kubectl import Kubectl
from longshore.steps.looking import Looking, look
from longshore.steps.report import Reporter


class Sight:
    """Raises as the guards do, and UsageError where the environment names no namespace."""

    def __init__(self, environment: Environment, report: Reporter) -> None:
        require_namespace(environment)
        self.environment = environment
        self.run = Looking(report)
        self.identity, self.guard = guards(environment)
        look([self.identity, self.guard], report)

    @property
    def kubectl(self) -> Kubectl:
        return self.guard.kubectl(self.run)


def require_namespace(environment: Environment) -> None:
    """Raises UsageError where the environment names no namespace."""
    if not environment.namespace:
        raise UsageError(f"{environment.name} names no namespace", on="K8S_NAMESPACE", do="add it to env/base.env")
