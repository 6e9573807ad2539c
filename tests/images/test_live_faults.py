"""kill -9 of image.push at each record of its journal, a registry that goes away, two at once: one image, once."""

from __future__ import annotations

import signal
import stat

import pytest

from tests.faults.test_kill import TRIGGER
from tests.images.yard import BUILDER, REPOSITORY, Yard
from tests.live import told

pytestmark = pytest.mark.integration

RECORDS = 12
"""Of an uninterrupted run (`test_how_many_records_there_are`)."""

ALWAYS = {("before", 6), ("after", 8), ("before", 11)}


def assert_whole(yard: Yard) -> None:
    """One image, under the commit's tag, pushed once."""
    (image,) = yard.images()
    assert image["imageTags"] == [yard.head]
    assert yard.ask_crane("digest", f"REGISTRY/{REPOSITORY}:{yard.head}").strip() == image["imageDigest"]
    left = yard.live.state / "tmp"
    assert not left.exists() or list(left.iterdir()) == []


def pushes(yard: Yard, since: int) -> int:
    return [call["operation"] for call in yard.live.calls()[since:]].count("PutImage")


def test_how_many_records_there_are(yard: Yard) -> None:
    yard.inv("image.push").check()
    assert len(yard.live.records()) == RECORDS
    assert_whole(yard)


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        pytest.param(moment, number, marks=[] if (moment, number) in ALWAYS else pytest.mark.exhaustive)
        for number in range(1, RECORDS + 1)
        for moment in ("before", "after")
    ],
)
def test_killed_and_given_again(yard: Yard, moment: str, number: int) -> None:
    before = len(yard.live.calls())
    yard.begin(moment, str(number), "image.push", script=TRIGGER).end()
    yard.inv("image.push").check()
    assert_whole(yard)
    assert pushes(yard, before) == 1


def test_a_registry_that_goes_away_in_the_middle(yard: Yard) -> None:
    yard.live.fault("unreachable", "ecr", "PutImage", times=50)
    told(yard.inv("image.push"), 1, "could not push the image", "inv runs.resume")
    assert yard.images() == []
    yard.live.clear_faults()
    yard.inv("image.push").check()
    assert_whole(yard)


def test_two_at_once_make_one_image(yard: Yard) -> None:
    running = [yard.begin("image.push") for _ in range(2)]
    for one in running:
        one.end().check()
    assert any("waits for" in one.said or "nothing to do" in one.said for one in running)
    assert_whole(yard)


def test_ecr_throttles(yard: Yard) -> None:
    yard.live.fault("throttling", "ecr", "DescribeImages", times=2)
    yard.inv("image.push").check()
    assert_whole(yard)


DIES_IN = """
import os, signal, sys
from longshore.programs.BUILDER import CLASS

method, moment = sys.argv[1].split(":")
real = getattr(CLASS, method)

def die(self, *words, **more):
    if moment == "after":
        real(self, *words, **more)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(CLASS, method, die)
from invoke.main import program
program.run(["inv", *sys.argv[2:]])
""".replace("BUILDER", BUILDER).replace("CLASS", BUILDER.capitalize())


@pytest.mark.parametrize("at", ["build:before", "build:after", "save:after", "push:before", "push:after"])
def test_killed_in_the_middle_nothing_secret_is_left(yard: Yard, at: str) -> None:
    words = ("image.push", "--bake-env", "--confirm", "sandbox")
    before, value = len(yard.live.calls()), yard.live.secret["TOKEN_SYMMETRIC_KEY"]
    assert yard.begin(at, *words, script=DIES_IN).end().code == -signal.SIGKILL
    left = list((yard.live.state / "tmp").iterdir())
    assert left
    assert {stat.S_IMODE(path.stat().st_mode) for path in left} == {0o700}
    yard.inv(*words).check()
    assert list((yard.live.state / "tmp").iterdir()) == []
    (image,) = yard.images()
    assert value in yard.files(image["imageDigest"])["app/app.env"]
    assert pushes(yard, before) == 1
