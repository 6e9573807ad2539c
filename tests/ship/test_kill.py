"""kill -9 of ship at each record of its journal: the same command again, or a resume, comes to the same end; nothing is done twice."""

from __future__ import annotations

import signal

import pytest

from tests.faults.test_kill import TRIGGER, mark
from tests.live import told
from tests.ship.conftest import SHIP, Shipyard

pytestmark = pytest.mark.integration

RECORDS = 35
"""Of an uninterrupted run, its image built on the way (`test_how_many_records_there_are`)."""

ALWAYS = {("before", 19), ("before", 26), ("before", 32)}
"""Built, migrated, deployed, and not written down yet."""
LOOKS = range(5, 16)
"""Records of steps that only look: killed there, nothing is done yet, as at the first."""


def whole(yard: Shipyard) -> None:
    """Everything is there, once."""
    live = yard.live
    assert live.version == (5, False)
    assert live.ask("SELECT version FROM marks ORDER BY version") == [(number,) for number in range(1, 6)]
    assert sorted(live.history) == [(number, "up") for number in range(1, 6)]
    (image,) = yard.images()
    found = yard.bank.one("Deployment")
    assert yard.bank.image().endswith(image["imageDigest"])
    assert found["status"]["availableReplicas"] == 2
    assert found["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"


@pytest.mark.exhaustive
def test_how_many_records_there_are(shipyard: Shipyard) -> None:
    mark(shipyard.live)
    shipyard.commit()
    shipyard.ship().check()
    assert len(shipyard.live.records()) == RECORDS
    whole(shipyard)


@pytest.mark.parametrize(
    ("moment", "number", "way"),
    [
        pytest.param(
            moment,
            number,
            "resume" if number % 2 else "again",
            marks=[] if (moment, number) in ALWAYS else pytest.mark.exhaustive,
        )
        for moment in ("before", "after")
        for number in range(1, RECORDS + 1)
        if number not in LOOKS
    ],
)
def test_killed_at_a_record(shipyard: Shipyard, moment: str, number: int, way: str) -> None:
    mark(shipyard.live)
    shipyard.commit()
    killed = shipyard.begin(moment, str(number), *SHIP, script=TRIGGER).end()
    assert killed.code == -signal.SIGKILL, killed.stderr
    (journal,) = (shipyard.live.state / "runs").glob("*.jsonl")
    if way == "again":
        shipyard.ship().check()
    elif (moment, number) == ("before", 1):
        told(shipyard.live.inv("runs.resume", "--id", journal.stem), 2, then="inv runs.list")
        return
    else:
        shipyard.live.inv("runs.resume", "--id", journal.stem, env=shipyard.builder).check()
    whole(shipyard)
