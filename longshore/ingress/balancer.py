"""The controller's load balancer: its host name, waited for; and why there is none where it stays away."""

from __future__ import annotations

import time

from longshore.charts.install import InstallChart
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard
from longshore.errors import Failed
from longshore.ingress.controllers import address_of
from longshore.kubernetes.rollout import by_object, when
from longshore.programs.kubernetes import Object
from longshore.steps.step import Context, Done, Status, Step, ToDo

SECONDS = 180.0
PATIENCE = 15.0
"""Seconds for which a warning may be over at the controller's next try."""
PAUSE = 1.0


class AwaitAddress(Step):
    """Each Service of type LoadBalancer of the chart has an address."""

    name = "load-balancer"
    title = "Load balancer"

    def __init__(self, guard: ClusterGuard, chart: InstallChart) -> None:
        self._guard = guard
        self._chart = chart

    def check(self, run: Context) -> Status:
        names, found = self._names(), self._services(run)
        if pending := [one for one in found if not address_of(one)]:
            return ToDo(f"wait for the host name of {', '.join(one['metadata']['name'] for one in pending)}")
        if len(found) < len(names) or self._chart.release is None:
            return ToDo("wait for its host name")
        if not found:
            # Its values want none.
            return Done("the chart has none")
        addresses = {one["metadata"]["name"]: address_of(one) for one in found}
        return Done("; ".join(f"{name}: {address}" for name, address in addresses.items()), {"addresses": addresses})

    def apply(self, run: Context) -> None:
        """Raises Failed with what the cluster says about it, where it takes too long."""
        begun = time.monotonic()
        while pending := [one for one in self._services(run) if not address_of(one)]:
            name = pending[0]["metadata"]["name"]
            said, waited = self._said(run, name), time.monotonic() - begun
            if waited > SECONDS or (said and waited > PATIENCE):
                raise Failed(
                    f"the load balancer of {name} gets no address",
                    on=f"namespace {self._chart.pinned.namespace}",
                    why=said or f"nobody has said anything about it for {SECONDS:g} s",
                    do=f"inv ingress.check --env {self._chart.environment.name}",
                )
            run.report.progress(f"waiting for the load balancer of {name}")
            run.sleep(PAUSE)

    def _names(self) -> list[tuple[str, str]]:
        return [
            ("service", one["metadata"]["name"])
            for one in self._chart.objects
            if one["kind"] == "Service" and one["spec"].get("type") == "LoadBalancer"
        ]

    def _services(self, run: Context) -> list[Object]:
        with asking(self._guard, doing="look at the load balancer"):
            return self._guard.kubectl(run).several(self._names(), self._chart.pinned.namespace)

    def _said(self, run: Context, name: str) -> str:
        """The newest warning about the Service."""
        with asking(self._guard, doing="look at the load balancer's events"):
            events = by_object(self._guard.kubectl(run).all("events", self._chart.pinned.namespace)).get(name, [])
        warnings = [
            one for one in events if one.get("type") == "Warning" and one["involvedObject"].get("kind") == "Service"
        ]
        return str(max(warnings, key=when).get("message", "")) if warnings else ""
