"""Two ships at once, and parts of the world that go away in the middle."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from longshore.sandbox import processes
from tests.app.conftest import LEASES
from tests.command import until
from tests.gate import AT_THE_GATE, closed
from tests.live import told
from tests.live_cluster import CLUSTER
from tests.ship.conftest import INTEREST, SHIP, Shipyard
from tests.ship.test_ship import holder

pytestmark = pytest.mark.integration

LEASE = LEASES[1]
SLOW = {**INTEREST, "000006_interest.up.sql": AT_THE_GATE + INTEREST["000006_interest.up.sql"]}


def test_who_ships_elsewhere_is_waited_for_and_named(shipyard: Shipyard) -> None:
    shipyard.built()
    shipyard.bank.hold(LEASE, "ana@laptop run 1", seconds=60)
    mark = shipyard.mark()
    lines = told(shipyard.ship("--wait", "1"), 3, "somebody else ships here, nothing was applied")
    assert "ana@laptop run 1" in lines[0]
    shipyard.untouched(mark)
    waiting = shipyard.begin(*SHIP)
    waiting.says("waits for ana@laptop run 1, who ships here")
    lines = told(shipyard.ship("--wait", "0"), 3, "another run works on sandbox-ship")
    assert f"(process {waiting.pid}, " in lines[0]
    assert shipyard.live.version is None
    assert shipyard.bank.let_go(LEASE) == 200
    waiting.end().check()
    assert holder(shipyard) == ""


@pytest.mark.exhaustive
def test_two_at_once_from_two_checkouts(shipyard: Shipyard, tmp_path: Path) -> None:
    shipyard.built()
    clone = shipyard.clone(tmp_path / "clone")
    both = [shipyard.begin(*SHIP), shipyard.begin(*SHIP, checkout=clone)]
    assert [one.end().code for one in both] == [0, 0], [one.said for one in both]
    assert shipyard.live.version == (5, False)
    assert sorted(shipyard.live.history) == [(number, "up") for number in range(1, 6)]
    assert shipyard.bank.one("Deployment")["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"
    assert holder(shipyard) == ""


@pytest.mark.exhaustive
def test_an_interruption_gives_the_turn_back_and_the_same_again_comes_to_the_end(shipyard: Shipyard) -> None:
    shipyard.migration(SLOW)
    shipyard.commit()
    shipyard.built()
    with closed(shipyard.live) as gate:
        running = shipyard.begin(*SHIP)
        gate.reached(running)
        running.interrupt()
        gate.open()
        told(running.end(), 130, then="inv runs.resume")
    assert holder(shipyard) == ""
    assert shipyard.bank.all("Deployment") == []
    shipyard.ship().check()
    assert shipyard.live.version == (6, False)


@pytest.mark.exhaustive
def test_the_api_server_goes_away_while_the_database_is_migrated(shipyard: Shipyard) -> None:
    shipyard.migration(SLOW)
    shipyard.commit()
    shipyard.built()
    with closed(shipyard.live) as gate:
        running = shipyard.begin(*SHIP)
        gate.reached(running)
        pid = pid_of(shipyard, f"eks-{CLUSTER}.apiserver")
        # It stands still until the migration is through: what is asked for next finds nobody, or the one that comes in its place.
        os.kill(pid, signal.SIGSTOP)
        gate.open()
        running.says("✓ Migrate the database")
        os.kill(pid, signal.SIGKILL)
        ended = running.end()
    until(lambda: shipyard.live.ask_api("GET", "/readyz")[0] == 200)
    assert pid_of(shipyard, f"eks-{CLUSTER}.apiserver") != pid
    if ended.code:
        told(ended, 1, "the API server does not answer", "inv runs.resume")
        shipyard.ship().check()
    assert shipyard.live.version == (6, False)
    assert shipyard.bank.one("Deployment")["status"]["availableReplicas"] == 2


@pytest.mark.exhaustive
def test_the_database_goes_away_while_it_is_migrated(shipyard: Shipyard) -> None:
    shipyard.migration(SLOW)
    shipyard.commit()
    shipyard.built()
    with closed(shipyard.live) as gate:
        running = shipyard.begin(*SHIP)
        backend = gate.reached(running)
        os.kill(backend, signal.SIGKILL)
        told(running.end(), 1, then="inv db.")
    until(lambda: shipyard.live.answers)
    assert shipyard.bank.all("Deployment") == []
    told(shipyard.ship(), 3, "the database is dirty at version 6", "inv db.repair --env sandbox")
    shipyard.live.inv("db.repair", "--confirm", "sandbox").check()
    (shipyard.live.migrations / "000006_interest.up.sql").write_text(INTEREST["000006_interest.up.sql"])
    shipyard.commit()
    shipyard.built()
    shipyard.ship().check()
    assert shipyard.live.version == (6, False)


@pytest.mark.exhaustive
def test_the_registry_goes_away_before_the_push(shipyard: Shipyard) -> None:
    pid = pid_of(shipyard, "registry")
    # It stands still: the supervisor doesn't bring another one.
    os.kill(pid, signal.SIGSTOP)
    try:
        running = shipyard.begin(*SHIP)
        running.says("> Push bank")
        os.kill(pid, signal.SIGKILL)
        ended = running.end()
    finally:
        until(
            lambda: any(one.name == "registry" and one.pid != pid for one in processes.recorded(shipyard.live.layout))
        )
    if ended.code:
        told(ended, 1, then="inv runs.resume")
        assert shipyard.live.version is None
        shipyard.ship().check()
    assert len(shipyard.images()) == 1


def pid_of(yard: Shipyard, name: str) -> int:
    """Of a part of the sandbox; 0 while it is away."""
    return next((one.pid for one in processes.recorded(yard.live.layout) if one.name == name), 0)
