"""app.status and app.diff: what runs, which revision of which image, by whom; and what a deployment would change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from longshore.answers import Answer, Table
from longshore.app import revisions
from longshore.app.deploy import deploy
from longshore.app.revisions import Revision, shown
from longshore.app.sight import Sight, chosen
from longshore.cluster.errors import asking
from longshore.environments.environment import Environment
from longshore.kubernetes import trouble
from longshore.kubernetes.marks import BY, COMMIT, RUN
from longshore.kubernetes.rollout import by_object, when
from longshore.kubernetes.trouble import is_ready
from longshore.kubernetes.workloads import Workload
from longshore.programs.kubernetes import Object
from longshore.steps.looking import Looking, look
from longshore.steps.report import Reporter
from longshore.steps.step import ToDo, Unknown

EVENTS = 10


def status(environment: Environment, report: Reporter, workload: str = "") -> Answer:
    """Not ok where a workload isn't ready. Raises UsageError where nothing is deployed."""
    sight = Sight(environment, report)
    found = chosen(sight.workloads(), workload, environment)
    with asking(sight.guard, doing=f"look at {environment.app}"):
        kubectl = sight.kubectl
        events = by_object(kubectl.all("events", environment.namespace))
        pods = {one.name: kubectl.all("pods", one.namespace, selector=one.selector) for one in found}
        known = {one.name: revisions.of(kubectl, one) for one in found if one.kind == "Deployment"}
    data = [_workload(one, pods[one.name], known.get(one.name, []), events) for one in found]
    told = _events(found, pods, events)
    tables = [
        Table(
            ("workload", "revision", "image", "ready", "by", "run", "commit"),
            [
                (
                    str(one), str(one.revision or ""), ", ".join(shown(image) for image in one.images), f"{one.ready}/{one.wanted}",
                    one.about.get(BY, ""), one.about.get(RUN, ""), one.about.get(COMMIT, ""),
                )
                for one in found
            ],
        ),
        Table(
            ("pod", "ready", "state", "restarts", "node"),
            [
                (pod["pod"], "yes" if pod["ready"] else "no", pod["state"], str(pod["restarts"]), pod["node"] or "")
                for one in data
                for pod in one["pods"]
            ],
            title="Pods",
        ),
        Table(
            ("revision", "image", "since"),
            [
                (str(one.number), ", ".join(shown(image) for image in one.images), one.created)
                for name in known
                for one in known[name]
            ],
            title="Revisions",
        ),
    ]  # fmt: skip
    if told:
        tables.append(Table(("", "what", "said"), told, title="Warnings"))
    ready = all(one.is_complete for one in found)
    return Answer(
        {"app": environment.app, "namespace": environment.namespace, "ready": ready, "workloads": data},
        tables,
        ok=ready,
    )


def diff(environment: Environment, report: Reporter, image: str = "") -> Answer:
    """What app.deploy would change. Raises as it does."""
    run = Looking(report)
    found = deploy(environment, image)
    at = found.steps.index(found.deploy)
    look(found.steps[:at], report)
    would = found.deploy.check(run)
    lines: Sequence[str] = ()
    if isinstance(would, ToDo):
        lines = [line for line in would.changes if not line.startswith(("and wait", "wait until"))]
    elif isinstance(would, Unknown):
        raise AssertionError("an image that is named is known")
    table = Table(("",), [(line,) for line in lines], empty="nothing differs")
    return Answer({"image": found.image.reference or None, "changes": list(lines)}, [table])


def _workload(one: Workload, pods: Sequence[Object], known: Sequence[Revision], events: Any) -> dict[str, Any]:
    return {
        "kind": one.kind, "name": one.name, "revision": one.revision or None, "images": one.images,
        "ready": one.ready, "wanted": one.wanted, "complete": one.is_complete,
        "by": one.about.get(BY), "run": one.about.get(RUN), "commit": one.about.get(COMMIT),
        "pods": [_pod(pod, events) for pod in pods],
        "revisions": [{"revision": each.number, "images": list(each.images), "since": each.created} for each in known],
    }  # fmt: skip


def _pod(pod: Object, events: Any) -> dict[str, Any]:
    found = pod.get("status") or {}
    what = trouble.of_pod(pod, events.get(pod["metadata"]["name"], []))
    containers = found.get("containerStatuses") or []
    return {
        "pod": pod["metadata"]["name"],
        "ready": is_ready(pod),
        "state": "Terminating" if pod["metadata"].get("deletionTimestamp") else str(what or found.get("phase", "")),
        "restarts": sum(int(one.get("restartCount") or 0) for one in containers),
        "node": pod["spec"].get("nodeName"),
    }


def _events(found: Sequence[Workload], pods: Any, events: Any) -> list[tuple[str, str, str]]:
    names = [one.name for one in found] + [pod["metadata"]["name"] for some in pods.values() for pod in some]
    warnings = [event for name in names for event in events.get(name, []) if event.get("type") == "Warning"]
    return [
        (when(event), f"{event['involvedObject']['name']}: {event.get('reason', '')}", event.get("message", ""))
        for event in sorted(warnings, key=when)[-EVENTS:]
    ]
