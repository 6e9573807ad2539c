"""Pushes at once, as processes of their own in checkouts of their own (a local lock doesn't decide)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.live import SECRET, Live, told
from tests.secrets.helpers import CANARY

pytestmark = pytest.mark.integration

WAITS_BEFORE_IT_WRITES = """
import pathlib, time
from longshore.secrets.secrets_manager import SecretsManager

write = SecretsManager.write

def later(self, *words):
    pathlib.Path("planned").touch()
    while not pathlib.Path("go").exists():
        time.sleep(0.01)
    return write(self, *words)

SecretsManager.write = later
from invoke.main import program
import sys
program.run(["inv", *sys.argv[1:]])
"""


def stored(bank: Live) -> dict[str, str]:
    answer = bank.secrets_manager.get_secret_value(SecretId=SECRET, VersionStage="AWSCURRENT")
    return dict(json.loads(answer["SecretString"]))


def test_the_second_push_is_refused_and_told_which_keys_changed(bank: Live, tmp_path: Path) -> None:
    bank.put_secret({"A": "1", "B": "1", "C": "1"})
    late = bank.clone(tmp_path / "late")
    (late.project / "my.env").write_text(f"A='{CANARY}'\nD=4\n")
    (bank.project / "my.env").write_text("A=2\nB=2\n")
    running = late.inv.begin("secrets.push", "--file", "my.env", script=WAITS_BEFORE_IT_WRITES)
    try:
        running.says("> Write aws:bank/dev")
        bank.inv("secrets.push", "--file", "my.env").check()
    finally:
        (late.project / "go").touch()
    lines = told(running.end(), 3, "the secret has changed since it was read, nothing was written", "run it again")
    assert lines[1] == "  why: keys that changed meanwhile: A, B"
    assert stored(bank) == {"A": "2", "B": "2", "C": "1"}
    assert CANARY not in running.said
    # Again, from what is there now: the first one's B stays.
    late.inv("secrets.push", "--file", "my.env").check()
    assert stored(bank) == {"A": CANARY, "B": "2", "C": "1", "D": "4"}
    (bank.project / "my.env").unlink()


def test_of_a_race_nothing_is_lost(bank: Live, tmp_path: Path) -> None:
    bank.put_secret({"A": "1"})
    clones = [bank.clone(tmp_path / str(number)) for number in range(4)]
    for number, clone in enumerate(clones):
        (clone.project / "my.env").write_text(f"FROM_{number}=1\n")
    running = [clone.inv.begin("secrets.push", "--file", "my.env") for clone in clones]
    codes = [one.end().code for one in running]
    assert set(codes) <= {0, 3}
    assert 0 in codes
    assert set(stored(bank)) == {"A", *(f"FROM_{number}" for number, code in enumerate(codes) if code == 0)}


def test_a_rollback_is_refused_after_a_push(bank: Live, tmp_path: Path) -> None:
    bank.put_secret({"A": "1"})
    bank.put_secret({"A": "2"})
    late = bank.clone(tmp_path / "late")
    script = WAITS_BEFORE_IT_WRITES.replace("SecretsManager.write", "SecretsManager.make_current")
    running = late.inv.begin("secrets.rollback", "--confirm", "sandbox", script=script)
    try:
        running.says("> Roll aws:bank/dev back")
        bank.inv("secrets.set", "--key", "A", input="3").check()
    finally:
        (late.project / "go").touch()
    told(running.end(), 3, "the secret has changed since it was read", "run it again")
    assert stored(bank) == {"A": "3"}
