"""The step that makes the namespace where there is none."""

from __future__ import annotations

from collections.abc import Mapping

from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard
from longshore.environments.environment import Environment
from longshore.programs.kubernetes import KubernetesError, Reason
from longshore.steps.step import Context, Done, Status, Step, ToDo


class MakeNamespace(Step):
    """`is_there` is known once it has looked."""

    name = "namespace"

    def __init__(self, environment: Environment, guard: ClusterGuard) -> None:
        self.title = f"Namespace {environment.namespace}"
        self._name = environment.namespace
        self._guard = guard
        self.is_there = False

    def check(self, run: Context) -> Status:
        if self.is_there:
            return Done("there")
        with asking(self._guard, doing="look at the namespace", on=self._name):
            try:
                self.is_there = self._guard.kubectl(run).find("namespace", self._name) is not None
            except KubernetesError as error:
                if error.reason is not Reason.FORBIDDEN:
                    raise
                # Who may work in one namespace often may not look at it: what comes next tells whether it is there.
                self.is_there = True
                return Done("taken for there: this identity may not look")
        return Done("there") if self.is_there else ToDo(f"create the namespace {self._name}")

    def facts(self) -> Mapping[str, str]:
        return {"namespace": self._name}

    def apply(self, run: Context) -> None:
        wished = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self._name}}
        with asking(self._guard, doing="make the namespace", on=self._name):
            try:
                self._guard.kubectl(run).create(wished)
            except KubernetesError as error:
                if error.reason is not Reason.EXISTS:
                    raise
