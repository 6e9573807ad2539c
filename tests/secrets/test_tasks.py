"""unset, generate, rollback, history, show --reveal, diff, exec and check, as commands on the sandbox."""

from __future__ import annotations

import json
import signal
import sys

import pytest

from tests.command import until
from tests.live import SECRET, Live, git, told
from tests.secrets.helpers import CANARY

pytestmark = pytest.mark.integration


def stored(bank: Live) -> dict[str, str]:
    answer = bank.secrets_manager.get_secret_value(SecretId=SECRET, VersionStage="AWSCURRENT")
    return dict(json.loads(answer["SecretString"]))


def changes_of(bank: Live, *words: str) -> list[str]:
    """What the last step of a task would change."""
    plan = json.loads(bank.inv(*words, "--plan", "--json").check().stdout)
    return list(plan["steps"][-1]["changes"])


def test_push_with_prune_names_what_it_removes_and_asks(bank: Live) -> None:
    bank.put_secret({"A": "1", "OLD": CANARY, "B": "2"})
    (bank.project / "my.env").write_text("A=1\nB=3\nC=4\n")
    push = ("secrets.push", "--file", "my.env", "--prune")
    assert changes_of(bank, *push) == ["add C", "change B", "remove OLD"]
    told(bank.inv(*push), 3, "not confirmed", "--confirm sandbox")
    assert stored(bank)["OLD"] == CANARY
    bank.inv(*push, "--confirm", "sandbox").check()
    assert stored(bank) == {"A": "1", "B": "3", "C": "4"}
    (bank.project / "my.env").unlink()


def test_unset_asks_and_is_done_once(bank: Live) -> None:
    bank.put_secret({"A": "1", "B": CANARY, "C": "3"})
    unset = ("secrets.unset", "--key", "B", "--key", "C")
    assert changes_of(bank, *unset) == ["remove B", "remove C"]
    told(bank.inv(*unset), 3, "this removes keys from the secret", "--confirm sandbox")
    bank.inv(*unset, "--confirm", "sandbox").check()
    assert stored(bank) == {"A": "1"}
    again = bank.inv(*unset, "--confirm", "sandbox").check()
    assert "B is not there, C is not there, 1 in all" in again.stderr
    assert again.stderr.endswith("nothing to do\n")


def test_generate_is_of_the_exact_length_and_replaces_nothing_unasked(bank: Live) -> None:
    bank.put_secret({"A": "1", "EMPTY": ""})
    generate = ("secrets.generate", "--key", "KEY")
    assert changes_of(bank, *generate) == [
        "add KEY: 32 characters (A-Z a-z 0-9), 32 bytes as they are, 190 bits of randomness"
    ]
    bank.inv(*generate).check()
    first = stored(bank)["KEY"]
    assert len(first) == 32
    told(bank.inv(*generate), 3, "KEY has a value, nothing was written", "--replace")
    told(bank.inv(*generate, "--replace"), 3, "not confirmed", "--confirm sandbox")
    assert stored(bank)["KEY"] == first
    bank.inv(*generate, "--replace", "--encoding", "hex", "--confirm", "sandbox").check()
    assert len(bytes.fromhex(stored(bank)["KEY"])) == 32
    bank.inv("secrets.generate", "--key", "EMPTY", "--bytes", "16", "--encoding", "base64url").check()
    assert len(stored(bank)["EMPTY"]) == 22
    told(bank.inv(*generate, "--bytes", "4"), 2, "--bytes can't be 4")
    weak = bank.inv("secrets.generate", "--key", "WEAK", "--bytes", "12", "--plan").check()
    assert "WEAK will have 71 bits of randomness: 128 and more are safe" in weak.stderr


def test_generate_in_a_developer_s_own_file(bank: Live) -> None:
    bank.env_file("own", "SECRETS=file:app.env\n")
    own = ("--env", "own")
    bank.inv("secrets.generate", "--key", "KEY", *own).check()
    text = (bank.project / "app.env").read_text()
    assert len(text) == len("KEY=\n") + 32
    told(bank.inv("secrets.generate", "--key", "KEY", *own), 3, "KEY has a value", "--replace")
    told(bank.inv("secrets.rollback", "--confirm", "own", *own), 2, "a file keeps no versions")
    told(bank.inv("secrets.history", *own), 2, "a file keeps no versions")
    (bank.project / "env" / "own.env").unlink()


def test_history_and_rollback(bank: Live) -> None:
    bank.put_secret({"A": "1"})
    bank.put_secret({"A": CANARY, "B": "2"})
    bank.inv("secrets.unset", "--key", "B", "--confirm", "sandbox").check()
    answer = json.loads(bank.inv("secrets.history", "--json").check().stdout)
    newest, before, oldest = answer["versions"][:3]
    assert (newest["labels"], newest["changes"]) == (["AWSCURRENT"], ["remove B"])
    assert (before["labels"], before["changes"]) == (["AWSPREVIOUS"], ["add B", "change A"])
    assert oldest["labels"] == []
    shown = bank.inv("secrets.history").check()
    assert CANARY not in shown.stdout + shown.stderr
    assert "a version without a label is deprecated" in shown.stdout

    rollback = ("secrets.rollback", "--confirm", "sandbox")
    told(bank.inv("secrets.rollback"), 3, "not confirmed", "--confirm sandbox")
    made, change = changes_of(bank, "secrets.rollback")
    assert made.startswith(f"make version {before['version'][:8]}, made ")
    assert made.endswith(f", current in the place of {newest['version'][:8]}")
    assert change == "add B"
    bank.inv(*rollback).check()
    assert stored(bank) == {"A": CANARY, "B": "2"}
    # A new wish goes to what is before now: the version that was current.
    bank.inv(*rollback).check()
    assert stored(bank) == {"A": CANARY}
    bank.inv(*rollback, "--version", oldest["version"][:13]).check()
    assert stored(bank) == {"A": "1"}
    same = bank.inv(*rollback, "--version", oldest["version"]).check()
    assert same.stderr.endswith("nothing to do\n")
    told(bank.inv(*rollback, "--version", "nope"), 2, "there is no version nope", "inv secrets.history --env sandbox")


def test_reveal_asks_and_prints_on_stdout_only(bank: Live) -> None:
    bank.put_secret({"A": CANARY})
    told(bank.inv("secrets.show", "--reveal"), 3, "this shows every value of the secret", "--confirm sandbox")
    told(bank.inv("secrets.show", "--reveal", "--confirm", "prod"), 3, "not confirmed")
    shown = bank.inv("secrets.show", "--reveal", "--confirm", "sandbox").check()
    assert f"  A    {CANARY}\n" in shown.stdout
    assert CANARY not in shown.stderr
    answer = bank.inv("secrets.show", "--reveal", "--confirm", "sandbox", "--json").check()
    assert json.loads(answer.stdout)["keys"] == [{"name": "A", "value": CANARY}]
    typed = bank.inv("secrets.show", "--reveal", tty=True, input="sandbox\n", after="(sandbox): ").check()
    assert CANARY in typed.stdout
    assert CANARY not in typed.stderr


def test_diff_shows_no_value(bank: Live) -> None:
    bank.put_secret({"A": CANARY, "B": "1"})
    (bank.project / "app.env").write_text(f"A='{CANARY}'\nC=3\n")
    bank.env_file("own", "SECRETS=file:app.env\n")
    for words in ((), ("--file", "app.env"), ("--with", "own")):
        shown = bank.inv("secrets.diff", *words).check()
        assert "  A    same\n  B    missing there\n  C    missing here\n" in shown.stdout
        assert CANARY not in shown.stdout + shown.stderr
    told(bank.inv("secrets.diff", "--with", "owm"), 2, "did you mean own?", "inv env.list")
    (bank.project / "env" / "own.env").unlink()


def test_exec_gives_the_values_to_the_command_alone(bank: Live) -> None:
    bank.put_secret({"A": CANARY, "LINES": "a\nb"})
    script = (
        "import os, sys, json; print(json.dumps([sys.argv[1:], os.environ['A'], os.environ['LINES']])); sys.exit(7)"
    )
    ran = bank.inv("secrets.exec", "--", sys.executable, "-c", script, "a  b", "--json", "--", "")
    ran.check(7)
    assert json.loads(ran.stdout) == [["a  b", "--json", "--", ""], CANARY, "a\nb"]
    assert CANARY not in ran.stderr
    assert not (bank.project / "app.env").exists()
    told(bank.inv("secrets.exec"), 2, "no command is given", "inv secrets.exec --help")
    told(bank.inv("secrets.exec", "--", "no-such-program"), 2, "no-such-program is not installed")
    bank.put_secret({"LD_PRELOAD": CANARY})
    told(bank.inv("secrets.exec", "--", "true"), 3, "LD_PRELOAD", "another name")


def test_exec_gives_the_terminal_and_the_signals(bank: Live) -> None:
    at_terminal = bank.inv("secrets.exec", "--", "sh", "-c", "test -t 0 && test -t 2 && read x && echo $x >&2; exit 3",
                           tty=True, input="typed\n", after="environment")  # fmt: skip
    at_terminal.check(3)
    assert "typed" in at_terminal.stderr
    child = bank.inv.start(
        "secrets.exec", "--", sys.executable, "-c", "print('up', flush=True); import time; time.sleep(60)"
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "up\n"
    child.send_signal(signal.SIGTERM)
    until(lambda: child.poll() is not None)
    assert child.returncode == -signal.SIGTERM


def test_check_finds_what_is_wrong(bank: Live) -> None:
    bank.put_secret({"TOKEN": CANARY, "DURATION": "15m", "FURTHER": "1"})
    clean = bank.inv("secrets.check").check()
    assert "searched for the values of TOKEN" in clean.stdout
    before = [bank.project / name for name in ("Dockerfile", "app.env.example", "notes", "env/own.env", "own.env")]
    try:
        (bank.project / "Dockerfile").write_text("FROM scratch\n")
        (bank.project / "app.env.example").write_text("TOKEN=x\nNEEDED=y\n")
        (bank.project / "notes").write_text(f"the token is {CANARY}\n")
        bank.env_file("own", "SECRETS=file:own.env\nPROTECTED=true\n")
        (bank.project / "own.env").write_text(f"SAME='{CANARY}'\n")
        git(bank.project, "add", "notes")
        result = bank.inv("secrets.check", "--json")
        result.check(1)
        assert CANARY not in result.stdout + result.stderr
        answer = json.loads(result.stdout)
        faults = {(one["check"], one["on"]): one["detail"] for one in answer["findings"] if one["state"] == "fault"}
        assert faults == {
            (
                "left out of image builds",
                "Dockerfile",
            ): "app.env would be sent to the builder: there is no .dockerignore",
            ("no value in a tracked file", "notes"): "holds the value of TOKEN",
            ("no value in git's history", "notes"): "holds the value of TOKEN",
            ("has the keys of the example", "app.env.example"): "NEEDED is missing",
            (
                "shares no value with an environment of another protection",
                "own",
            ): "the same value: TOKEN here and SAME there",
        }
        assert (answer["ok"], answer["searched_for"]) == (False, ["TOKEN"])
    finally:
        git(bank.project, "rm", "-q", "--cached", "--ignore-unmatch", "notes")
        for path in before:
            path.unlink(missing_ok=True)
