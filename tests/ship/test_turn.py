"""The turn to ship, on the real API server: kept while it is held, given back at the end, and told where somebody takes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from longshore.cluster.guard import ClusterGuard, guards
from longshore.kubernetes import lease
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import KubernetesError, Reason
from longshore.ship import turn as turns
from longshore.ship.turn import TakeTurn
from longshore.steps.looking import look
from longshore.steps.report import Silent
from longshore.steps.run import Run
from longshore.steps.step import Context, Done, ToDo
from tests.command import until
from tests.live_cluster import NAMESPACE, LiveCluster
from tests.steps.world import TASK, Does, agree

pytestmark = pytest.mark.integration

LEASE = f"/api/v1/namespaces/{NAMESPACE}/configmaps/longshore-bank.ship"


class Warnings(Silent):
    def __init__(self) -> None:
        self.told: list[str] = []

    def warn(self, text: str) -> None:
        self.told.append(text)


class Away:
    """The guard of a cluster whose API server is away now and then."""

    def __init__(self, guard: ClusterGuard) -> None:
        self._guard = guard
        self.left = 0

    def kubectl(self, run: Context) -> Kubectl:
        if self.left:
            self.left -= 1
            raise KubernetesError("could not ask", Reason.UNREACHABLE, "connection refused")
        return self._guard.kubectl(run)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._guard, name)


@pytest.fixture
def guard(live_cluster: LiveCluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Away]:
    monkeypatch.setattr(turns, "RENEW", 0.05)
    monkeypatch.setattr(lease, "RENEW", 0.0)
    identity, cluster = guards(live_cluster.environment)
    look([identity, cluster], Silent())
    yield Away(cluster)
    live_cluster.ask_api("DELETE", LEASE)


def said(live: LiveCluster) -> dict[str, Any]:
    status, found = live.ask_api("GET", LEASE)
    return dict(found["data"]) if status == 200 else {}


def execute(guard: Away, state: Path, work: Callable[[Warnings], None]) -> list[str]:
    """A pipeline whose one other step does this; what was warned of."""
    report = Warnings()
    steps = [taking(guard), Does("work", lambda run: work(report))]
    Run(TASK, state, report).execute(steps, wait_for_lock=5, confirm=agree)
    return report.told


def taking(guard: Away) -> TakeTurn:
    environment = SimpleNamespace(app="bank", namespace=NAMESPACE)
    return TakeTurn(environment, guard)  # type: ignore[arg-type]  # what it asks of them


def test_it_is_kept_also_where_the_api_server_is_away_for_a_moment(
    live_cluster: LiveCluster, guard: Away, tmp_path: Path
) -> None:
    seen: list[str] = []

    def work(report: Warnings) -> None:
        first = said(live_cluster)
        seen.append(first["holder"])
        guard.left = 2
        until(lambda: not guard.left and said(live_cluster)["renewed"] != first["renewed"])

    assert execute(guard, tmp_path, work) == []
    assert " run " in seen[0]
    assert said(live_cluster)["holder"] == ""


def test_who_takes_it_is_told(live_cluster: LiveCluster, guard: Away, tmp_path: Path) -> None:
    def work(report: Warnings) -> None:
        body = {"data": {"holder": "bob@laptop run 1"}}
        until(lambda: live_cluster.ask_api("PATCH", LEASE, body)[0] == 200 and bool(report.told))

    told = execute(guard, tmp_path, work)
    assert told == ["somebody else ships here now (bob@laptop run 1): each part has its own lock and goes on"]
    # It is theirs: nobody takes it from them.
    assert said(live_cluster)["holder"] == "bob@laptop run 1"


def test_it_is_never_a_reason_to_act(live_cluster: LiveCluster, guard: Away, tmp_path: Path) -> None:
    turn = taking(guard)
    run = Run(TASK, tmp_path, Silent())
    run.planning = True
    assert turn.check(run) == Done("taken with the first change")
    run.planning = False
    assert turn.check(run) == ToDo("take it")
    assert said(live_cluster) == {}
