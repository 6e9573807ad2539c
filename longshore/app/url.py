"""app.url: the address of the application's load balancer, waited for; and why there is none where it stays away."""

from __future__ import annotations

import time
from typing import Any

from longshore.answers import Answer, Table
from longshore.app.sight import Sight
from longshore.cluster.errors import asking
from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.kubernetes.marks import APP
from longshore.kubernetes.rollout import by_object, when
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import Object
from longshore.steps.report import Reporter

PAUSE = 1.0


def url(environment: Environment, report: Reporter, seconds: int) -> Answer:
    """Not ok where a load balancer has no address after so many seconds. Raises UsageError where nothing has one."""
    sight = Sight(environment, report)
    deadline = time.monotonic() + seconds
    with asking(sight.guard, doing="look for the address"):
        while True:
            found = exposed(sight.kubectl, environment)
            if not found:
                raise UsageError(
                    f"{environment.app} has no Service of type LoadBalancer", on=environment.namespace,
                    do=f"inv app.status --env {environment.name}",
                )  # fmt: skip
            pending = [one for one in found if not _address(one)]
            if not pending or time.monotonic() > deadline:
                break
            report.progress(f"waiting for the load balancer of {pending[0]['metadata']['name']}")
            sight.run.sleep(PAUSE)
        events = by_object(sight.kubectl.all("events", environment.namespace)) if pending else {}
    data = [_data(one) for one in found]
    rows = [(one["service"], url or "pending") for one in data for url in one["urls"] or [""]]
    notes = []
    for one in pending:
        name = one["metadata"]["name"]
        said = [event for event in events.get(name, []) if event["involvedObject"].get("kind") == "Service"]
        last = sorted(said, key=when)[-3:]
        notes += [f"{name}: {event.get('reason', '')}: {event.get('message', '')}" for event in last]
        if not last:
            notes.append(f"{name}: nobody has said anything about it: does a controller for load balancers run?")
    return Answer({"services": data, "why": notes}, [Table(("service", "url"), rows)], notes, ok=not pending)


def exposed(kubectl: Kubectl, environment: Environment) -> list[Object]:
    """The application's Services of type LoadBalancer."""
    found = kubectl.all("services", environment.namespace, selector=f"{APP}={environment.app}")
    return [one for one in found if one["spec"].get("type") == "LoadBalancer"]


def _address(service: Object) -> str:
    points = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or [{}]
    return str(points[0].get("hostname") or points[0].get("ip") or "")


def addresses(service: Object) -> list[str]:
    """The URL of each port; none while the load balancer has no address."""
    host = _address(service)
    return [_url(host, int(one["port"])) for one in service["spec"].get("ports") or []] if host else []


def _data(service: Object) -> dict[str, Any]:
    return {
        "service": service["metadata"]["name"],
        "host": _address(service) or None,
        "urls": addresses(service),
    }


def _url(host: str, port: int) -> str:
    if port in (80, 443):
        return f"http{'s' if port == 443 else ''}://{host}"
    return f"http://{host}:{port}"
