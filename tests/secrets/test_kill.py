"""kill -9 of push, rollback and generate at each record of the journal and between the calls to AWS; then the same command again."""

from __future__ import annotations

import json
import signal

import pytest

from tests.faults.test_kill import TRIGGER
from tests.live import SECRET, Live
from tests.secrets.helpers import CANARY

pytestmark = pytest.mark.integration

CONFIRMED = ("--confirm", "sandbox")
DIES_IN = """
import os, signal, sys
from longshore.secrets.secrets_manager import SecretsManager

method, moment = sys.argv[1].split(":")
real = getattr(SecretsManager, method)

def die(self, *words, **more):
    if moment == "after":
        real(self, *words, **more)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(SecretsManager, method, die)
from invoke.main import program
program.run(["inv", *sys.argv[2:]])
"""


def stored(bank: Live) -> dict[str, str]:
    answer = bank.secrets_manager.get_secret_value(SecretId=SECRET, VersionStage="AWSCURRENT")
    return dict(json.loads(answer["SecretString"]))


def version(bank: Live) -> str:
    return str(bank.secrets_manager.get_secret_value(SecretId=SECRET, VersionStage="AWSCURRENT")["VersionId"])


def kill(bank: Live, words: tuple[str, ...], at: tuple[str, ...], script: str) -> bool:
    """Whether it came to that moment."""
    ended = bank.inv.begin(*at, *words, script=script).end()
    assert ended.code in (-signal.SIGKILL, 0), ended.stderr
    return ended.code != 0


def cut_off(bank: Live, words: tuple[str, ...], at: tuple[str, ...], script: str) -> bool:
    """Whether it was killed before its journal said that all is done: only then the same command means the same wish."""
    killed = kill(bank, words, at, script)
    runs = bank.runs(words[0])
    return killed and not (runs and runs[0].finished)


AT = [
    pytest.param(
        TRIGGER,
        (moment, str(number)),
        id=f"{moment}-{number}",
        # Always: right before and right after the act.
        marks=[] if moment == "after" and number in (3, 4, 5) else pytest.mark.exhaustive,
    )
    for number in range(1, 8)
    for moment in ("before", "after")
]
INSIDE = [
    pytest.param(DIES_IN, (f"{method}:{moment}",), id=f"{method}-{moment}")
    for method, moment in (("_swap", "before"), ("_move", "before"), ("_move", "after"), ("_sweep", "before"))
]


def test_how_many_records_there_are(bank: Live) -> None:
    bank.put_secret({"A": "1"})
    bank.inv("secrets.set", "--key", "A", input="2").check()
    assert len(bank.records()) == 5
    bank.inv("secrets.generate", "--key", "K").check()
    assert len(bank.records()) == 6  # one more: the target
    bank.inv("secrets.rollback", *CONFIRMED).check()
    assert len(bank.records()) == 7  # and where it began


@pytest.mark.parametrize(("script", "at"), [*AT, *INSIDE])
def test_push(bank: Live, script: str, at: tuple[str, ...]) -> None:
    bank.put_secret({"A": "1", "GONE": "1"})
    (bank.project / "my.json").write_text(json.dumps({"A": CANARY, "B": "2"}))
    push = ("secrets.push", "--file", "my.json", "--prune", *CONFIRMED)
    kill(bank, push, at, script)
    bank.inv(*push).check()
    assert stored(bank) == {"A": CANARY, "B": "2"}
    assert "nothing to do" in bank.inv(*push).check().stderr
    (bank.project / "my.json").unlink()


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize(("script", "at"), [*AT, *INSIDE])
def test_generate(bank: Live, script: str, at: tuple[str, ...], replace: bool) -> None:
    bank.put_secret({"A": "1", **({"K": "old-value-of-k"} if replace else {})})
    generate = ("secrets.generate", "--key", "K", *(["--replace"] if replace else []), *CONFIRMED)
    unfinished = cut_off(bank, generate, at, script)
    after_kill = stored(bank).get("K")
    if unfinished:
        bank.inv(*generate).check()
    made = stored(bank)
    assert made["A"] == "1"
    assert len(made["K"]) == 32
    if after_kill not in (None, "old-value-of-k"):
        assert made["K"] == after_kill, "it was generated twice"
    # That run is over: the same command is a new wish.
    if not replace:
        bank.inv(*generate).check(3)


def test_generate_goes_on_with_the_value_that_was_staged_though_others_pushed_meanwhile(bank: Live) -> None:
    bank.put_secret({"A": "1"})
    generate = ("secrets.generate", "--key", "K")
    assert kill(bank, generate, ("_move:before",), DIES_IN)
    (target,) = bank.runs("secrets.generate")[0].targets.values()
    staged = bank.secrets_manager.get_secret_value(SecretId=SECRET, VersionId=target)
    bank.put_secret({"A": "2"})
    bank.inv(*generate).check()
    assert stored(bank) == {"A": "2", "K": json.loads(staged["SecretString"])["K"]}


def test_generate_again_after_it_was_in_force_and_was_changed(bank: Live) -> None:
    bank.put_secret({"A": "1", "K": "old-value-of-k"})
    generate = ("secrets.generate", "--key", "K", "--replace", *CONFIRMED)
    assert kill(bank, generate, ("_move:after",), DIES_IN)
    bank.put_secret({"A": "1", "K": "somebody-else-s"})
    again = bank.inv(*generate).check()
    assert "and has been changed since" in again.stderr
    assert stored(bank)["K"] == "somebody-else-s"
    # Once more: who asks now means a new one.
    bank.inv(*generate).check()
    assert len(stored(bank)["K"]) == 32


def test_generate_refuses_where_it_can_t_be_told(bank: Live) -> None:
    bank.put_secret({"A": "1", "K": "old-value-of-k"})
    generate = ("secrets.generate", "--key", "K", "--replace", *CONFIRMED)
    assert kill(bank, generate, ("_move:after",), DIES_IN)
    (target,) = bank.runs("secrets.generate")[0].targets.values()
    for value in ("another", "and-another"):
        bank.put_secret({"A": "1", "K": value})
    labels = bank.secrets_manager.describe_secret(SecretId=SECRET)["VersionIdsToStages"].get(target, [])
    for label in labels:
        bank.secrets_manager.update_secret_version_stage(
            SecretId=SECRET, VersionStage=label, RemoveFromVersionId=target
        )
    result = bank.inv(*generate)
    result.check(3)
    assert "whether K was generated can't be told any more, nothing was written" in result.stderr
    assert "next: inv secrets.history --env sandbox" in result.stderr
    bank.inv("secrets.set", "--key", "K", input="mine").check()
    bank.inv(*generate).check()
    assert len(stored(bank)["K"]) == 32


@pytest.mark.parametrize(
    ("script", "at"),
    [
        *AT,
        *(
            pytest.param(DIES_IN, (f"make_current:{moment}",), id=f"make_current-{moment}")
            for moment in ("before", "after")
        ),
    ],
)
def test_rollback(bank: Live, script: str, at: tuple[str, ...]) -> None:
    bank.put_secret({"A": "oldest"})
    bank.put_secret({"A": "older"})
    meant = version(bank)
    bank.put_secret({"A": "now"})
    rollback = ("secrets.rollback", *CONFIRMED)
    if cut_off(bank, rollback, at, script):
        bank.inv(*rollback).check()
    assert (version(bank), stored(bank)) == (meant, {"A": "older"})


def test_a_rollback_that_was_killed_is_not_gone_on_with_once_the_secret_has_changed(bank: Live) -> None:
    bank.put_secret({"A": "older"})
    bank.put_secret({"A": "now"})
    rollback = ("secrets.rollback", *CONFIRMED)
    assert kill(bank, rollback, ("make_current:before",), DIES_IN)
    bank.put_secret({"A": "newer still"})
    refused = bank.inv(*rollback).check(3)
    assert "the secret has changed since this rollback was begun, nothing was touched" in refused.stderr
    assert stored(bank) == {"A": "newer still"}
    bank.inv(*rollback, "--version", version(bank)).check()
    assert stored(bank) == {"A": "newer still"}
