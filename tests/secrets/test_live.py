"""secrets.* as commands on the sandbox, with the faults of its AWS."""

from __future__ import annotations

import json
import signal
import stat
import sys
import threading

import pytest

from longshore.aws.session import open_session
from longshore.secrets.store import Overtaken, open_store
from tests.command import run
from tests.live import SECRET, Live
from tests.secrets.helpers import CANARY

pytestmark = pytest.mark.integration

KILLED_BEFORE = """
import os, signal, sys
from longshore.secrets.secrets_manager import SecretsManager

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(SecretsManager, {method!r}, die)
from longshore.cli.program import main
main()
"""


def stored(bank: Live) -> dict[str, str]:
    answer = bank.secrets_manager.get_secret_value(SecretId=SECRET, VersionStage="AWSCURRENT")
    return dict(json.loads(answer["SecretString"]))


def labels(bank: Live) -> list[str]:
    stages = bank.secrets_manager.describe_secret(SecretId=SECRET)["VersionIdsToStages"]
    return sorted(label for found in stages.values() for label in found)


def test_push_show_pull_set(bank: Live) -> None:
    before = stored(bank)
    (bank.project / "my.env").write_text(f"NAME='{CANARY}'\n")
    pushed = bank.inv("secrets.push", "--file", "my.env").check()
    shown = bank.inv("secrets.show").check()
    pulled = bank.inv("secrets.pull").check()
    again = bank.inv("secrets.pull").check()
    given = bank.inv("secrets.set", "--key", "NAME", input=f"{CANARY}2\n").check()
    assert stored(bank) == {**before, "NAME": f"{CANARY}2"}
    path = bank.project / "app.env"
    assert f"\nNAME='{CANARY}'\n" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "nothing to do" in again.stderr
    for said in (pushed, shown, pulled, again, given):
        assert CANARY not in said.stdout + said.stderr
    for journal in (bank.state / "runs").iterdir():
        assert CANARY not in journal.read_text()


@pytest.mark.parametrize(
    ("fault", "code", "what", "then"),
    [
        ("throttling", 1, "AWS throttles GetSecretValue", "run it again"),
        ("kms-denied", 1, "AWS KMS refused profile default the key that encrypts bank/dev", "ask for kms:Decrypt"),
        ("expired-token", 2, "the session of profile default has expired", "next: renew"),
        ("server-error", 1, "could not read the secret", ""),
    ],
)
def test_the_old_file_stays_when_aws_refuses(bank: Live, fault: str, code: int, what: str, then: str) -> None:
    path = bank.project / "app.env"
    path.write_text("OLD=1\n")
    bank.fault(fault, "secretsmanager", "GetSecretValue", times=20)
    result = bank.inv("secrets.pull")
    result.check(code)
    assert what in result.stderr
    assert then in result.stderr
    assert path.read_text() == "OLD=1\n"
    assert [entry.name for entry in bank.project.iterdir() if entry.name.endswith(".tmp")] == []


def test_a_secret_that_is_absent(bank: Live) -> None:
    bank.env_file("dev", "AWS_PROFILE=default\nAWS_ACCOUNT_ID=111122223333\nSECRETS=aws:bank/none\n")
    result = bank.inv("secrets.pull").check(2)
    assert "error: there is no secret (aws:bank/none)" in result.stderr
    assert "next: inv secrets.push --env sandbox --file app.env" in result.stderr


@pytest.mark.parametrize("operation", ["PutSecretValue", "UpdateSecretVersionStage"])
def test_a_lost_answer_is_asked_for_again_and_nothing_is_done_twice(bank: Live, operation: str) -> None:
    before = stored(bank)
    bank.fault("unreachable-after", "secretsmanager", operation)
    bank.inv("secrets.set", "--key", "NAME", input=CANARY).check()
    assert stored(bank) == {**before, "NAME": CANARY}
    assert labels(bank) == ["AWSCURRENT", "AWSPREVIOUS"]


def test_of_six_pushes_at_once_one_wins_and_the_others_are_told_what_changed(bank: Live) -> None:
    environment = bank.environment
    stores = [open_store(environment, open_session(environment)) for _ in range(6)]
    base = [store.read() for store in stores][-1]
    start, outcomes = threading.Barrier(len(stores)), []

    def push(number: int) -> None:
        start.wait()
        try:
            stores[number].write({**base.values, "WINNER": str(number)}, base)
            outcomes.append(str(number))
        except Overtaken as error:
            assert error.changed == ("WINNER",)

    threads = [threading.Thread(target=push, args=(number,)) for number in range(len(stores))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [stored(bank)["WINNER"]]
    assert labels(bank) == ["AWSCURRENT", "AWSPREVIOUS"]


@pytest.mark.parametrize("method", ["_swap", "_move", "_unstage", "_sweep"])
def test_a_push_that_was_killed_converges_when_it_is_run_again(bank: Live, method: str) -> None:
    before = stored(bank)
    (bank.project / "my.env").write_text(f"NAME='{CANARY}'\n")
    command = ("secrets.push", "--file", "my.env")
    script = KILLED_BEFORE.format(method=method)
    killed = run([sys.executable, "-c", script, *command], cwd=bank.project, env=bank.inv.env())
    assert killed.code == -signal.SIGKILL
    bank.inv(*command).check()
    assert stored(bank) == {**before, "NAME": CANARY}
    bank.inv("secrets.set", "--key", "OTHER", input="1").check()
    assert labels(bank) == ["AWSCURRENT", "AWSPREVIOUS"]
