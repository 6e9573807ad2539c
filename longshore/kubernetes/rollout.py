"""Watching a rollout until every pod is ready, or until something is the matter that won't go away by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from longshore.errors import Failed, LongshoreError
from longshore.kubernetes import trouble, workloads
from longshore.kubernetes.trouble import Trouble
from longshore.kubernetes.workloads import Workload
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import KubernetesError, Object, Reason
from longshore.steps.step import Context
from longshore.words import counted

PAUSE, LONGEST_PAUSE, PART = 0.25, 1.0, 1 / 40
"""Seconds between two looks at the workloads: a part of what the rollout has taken so far, within these bounds."""
PODS_FROM, PODS_EVERY = 1.0, 1.0
"""When their pods are looked at for the first time, and how often: a rollout that goes well is over before, mostly."""
TIMES = 5
"""Hundreds of pods take long to be listed: the next look comes after so many times what the last one took."""
AWAY = 30.0
"""Seconds for which the API server may not answer."""
LAST_LINES = 8
EVENTS = 5

Names = Sequence[tuple[str, str]]
"""Kind and name of each workload."""


class RolloutFailed(Failed):
    """The newest revision doesn't become ready; `trouble` says why."""

    def __init__(self, workload: Workload, found: Trouble, env: str) -> None:
        on = f"pod {found.pod}" + (f", container {found.container}" if found.container else "") if found.pod else ""
        advice = trouble.ADVICE.get(found.reason, "")
        super().__init__(
            f"{workload} does not become ready", on=on, why=str(found),
            do=[*([advice] if advice else []), f"inv app.status --env {env}"],
        )  # fmt: skip
        self.workload = workload
        self.trouble = found


class Watch:
    """The rollout of some workloads of one namespace. `kubectl` gives one with a token that is good."""

    def __init__(self, run: Context, kubectl: Callable[[], Kubectl], namespace: str, env: str) -> None:
        self._run = run
        self._kubectl = kubectl
        self._namespace = namespace
        self._env = env
        self._since: dict[tuple[str, str], float] = {}

    def until_ready(self, names: Names, minutes: float, meanwhile: Callable[[], None] = lambda: None) -> None:
        """`meanwhile` is called between two looks. Raises RolloutFailed, also after so many minutes; KubernetesError."""
        begun = time.monotonic()
        pods_at, answered = begun + PODS_FROM, begun
        while True:
            now = time.monotonic()
            try:
                found = self._look(names)
                open_ = [one for one in found if not one.is_complete]
                if not open_:
                    return
                self._tell(found)
                for one in open_:
                    if (what := trouble.of_workload(one)) is not None and self._lasts(str(one), what):
                        raise self._failed(one, what, [])
                if now >= pods_at:
                    looking = time.monotonic()
                    for one in open_:
                        self._judge(one)
                    pods_at = time.monotonic() + max(PODS_EVERY, TIMES * (time.monotonic() - looking))
                if now - begun > minutes * 60:
                    raise RolloutFailed(open_[0], Trouble("Timeout", f"not ready after {minutes:g} min"), self._env)
                meanwhile()
                answered = now
            except KubernetesError as error:
                if error.reason is not Reason.UNREACHABLE or now - answered > AWAY:
                    raise
                self._run.report.progress("the API server doesn't answer")
            self._run.sleep(min(max(PAUSE, PART * (now - begun)), LONGEST_PAUSE))

    def _look(self, names: Names) -> list[Workload]:
        # One call, whatever their number.
        objects = self._kubectl().several(names, self._namespace)
        if len(objects) < len(names):
            there = {one["metadata"]["name"] for one in objects}
            raise Failed(
                "somebody has deleted what is deployed here",
                on=", ".join(name for _, name in names if name not in there),
                do=f"inv app.deploy --env {self._env}",
            )
        return [Workload(one) for one in objects]

    def _tell(self, found: Sequence[Workload]) -> None:
        ready, wanted = sum(one.ready for one in found), sum(one.wanted for one in found)
        names = ", ".join(one.name for one in found if not one.is_complete)
        self._run.report.progress(f"{names}: {ready} of {counted(wanted, 'pod')} ready", ready, max(wanted, 1))

    def _judge(self, workload: Workload) -> None:
        kubectl = self._kubectl()
        newest = workloads.newest_pods(kubectl, workload)
        unready = [pod for pod in newest if not trouble.is_ready(pod)]
        if not unready:
            return
        events = by_object(kubectl.all("events", workload.namespace))
        for pod in unready:
            about = events.get(pod["metadata"]["name"], [])
            found = trouble.of_pod(pod, about)
            if found is None:
                continue
            if self._lasts(found.pod, found):
                raise self._failed(workload, found, about)

    def _lasts(self, where: str, found: Trouble) -> bool:
        since = self._since.setdefault((where, found.reason), time.monotonic())
        return time.monotonic() - since >= found.patience

    def _failed(self, workload: Workload, found: Trouble, events: Sequence[Object]) -> RolloutFailed:
        """Tells what explains it: the pod's events, and the last lines of its container."""
        told: dict[str, None] = {}
        for event in sorted(events, key=when)[-EVENTS:]:
            told[f"{event.get('type', '')} {event.get('reason', '')}: {event.get('message', '')}"] = None
        for line in told:
            self._run.report.line(f"event of {found.pod}: {line}")
        if found.log:
            for line in self._log(found):
                self._run.report.line(f"{found.pod} {found.container}: {line}")
        return RolloutFailed(workload, found, self._env)

    def _log(self, found: Trouble) -> list[str]:
        # The one that ended; where it hasn't been started again, there is only this one.
        for previous in (True, False):
            try:
                said = self._kubectl().last_lines(
                    found.pod, self._namespace, found.container, previous=previous, most=LAST_LINES
                )
            except LongshoreError:
                continue
            if said.strip():
                return said.splitlines()[-LAST_LINES:]
        return []


def by_object(events: Sequence[Object]) -> Mapping[str, list[Object]]:
    """Events by the name of what they are about."""
    found: dict[str, list[Object]] = {}
    for event in events:
        about = event.get("involvedObject") or event.get("regarding") or {}
        found.setdefault(about.get("name", ""), []).append(event)
    return found


def when(event: Object) -> str:
    """For the order of events."""
    series = event.get("series") or {}
    times = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    return next((str(one) for one in times if one), "")
