"""kill -9 of ship at each boundary of its steps: the same command again, or a resume, comes to the same end; nothing is done twice."""

from __future__ import annotations

import signal
from itertools import product

import pytest

from tests.faults.test_kill import mark
from tests.live import told
from tests.ship.conftest import SHIP, Shipyard

pytestmark = pytest.mark.integration

TRIGGER = """
import os, signal, sys
from invoke.main import program
from longshore.steps import journal, run

moment, event, step = sys.argv[1:4]

class Trigger(journal.FileSink):
    def write(self, record):
        here = (record["event"], record.get("step", "-")) == (event, step)
        if here and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        super().write(record)
        if here and moment == "after":
            os.kill(os.getpid(), signal.SIGKILL)

run.Run.sink = Trigger
program.run(["inv", *sys.argv[4:]])
"""
"""`inv` with a journal that kills its own process, right before or right after it has written the record of that event and step."""

ACTS = ("turn", "image-build", "image-repository", "image-push", "migrate", "history", "deploy")
RECORDS = [
    ("run.start", "-"),
    *product(("step.start", "step.end"), ACTS),
    ("step.end", "smoke"),
    ("run.end", "-"),
]
ALWAYS = [("before", "step.end", step) for step in ("image-build", "migrate", "deploy")]
"""Built, migrated, deployed, and not written down yet."""


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
def test_these_are_the_steps_that_act(shipyard: Shipyard) -> None:
    mark(shipyard.live)
    shipyard.commit()
    shipyard.ship().check()
    records = shipyard.live.records()
    assert {one["step"] for one in records if one["event"] == "step.start"} == set(ACTS)
    whole(shipyard)


@pytest.mark.parametrize(
    ("moment", "event", "step", "way"),
    [
        pytest.param(
            moment,
            *record,
            ("again", "resume")[number % 2],
            marks=[] if (moment, *record) in ALWAYS else pytest.mark.exhaustive,
        )
        for number, (moment, record) in enumerate(product(("before", "after"), RECORDS))
    ],
)
def test_killed_at_a_record(shipyard: Shipyard, moment: str, event: str, step: str, way: str) -> None:
    mark(shipyard.live)
    shipyard.commit()
    killed = shipyard.begin(moment, event, step, *SHIP, script=TRIGGER).end()
    assert killed.code == -signal.SIGKILL, killed.stderr
    (journal,) = (shipyard.live.state / "runs").glob("*.jsonl")
    if way == "again":
        shipyard.ship().check()
    else:
        shipyard.live.inv("runs.resume", "--id", journal.stem, env=shipyard.builder).check()
    whole(shipyard)


@pytest.mark.exhaustive
def test_killed_before_it_wrote_anything_down_there_is_nothing_to_resume(shipyard: Shipyard) -> None:
    shipyard.begin("before", "run.start", "-", *SHIP, script=TRIGGER).end()
    (journal,) = (shipyard.live.state / "runs").glob("*.jsonl")
    told(shipyard.live.inv("runs.resume", "--id", journal.stem), 2, then="inv runs.list")
