"""No value is in an argument of any program, in the journal, a message or a file that is left, whatever is done with the secret."""

from __future__ import annotations

import json
import sys

import pytest

from tests.faults.test_canary import OTHER, Watched
from tests.faults.test_canary import strace as strace
from tests.faults.test_canary import watched as watched
from tests.live import SECRET, Live, git

pytestmark = pytest.mark.integration

CONFIRMED = ("--confirm", "sandbox")


def value_of(bank: Live, key: str) -> str:
    answer = bank.secrets_manager.get_secret_value(SecretId=SECRET, VersionStage="AWSCURRENT")
    return str(json.loads(answer["SecretString"])[key])


def test_what_changes_it(bank: Live, watched: Watched) -> None:
    bank.put_secret({**bank.secret, "OTHER_KEY": OTHER})
    watched("secrets.generate", "--key", "MADE", "--plan").check()
    watched("secrets.generate", "--key", "MADE").check()
    watched.canaries.append(value_of(bank, "MADE"))
    watched("secrets.generate", "--key", "MADE", "--replace", "--encoding", "base64", *CONFIRMED).check()
    watched.canaries.append(value_of(bank, "MADE"))
    watched("secrets.generate", "--key", "MADE").check(3)
    watched("secrets.rollback", *CONFIRMED).check()
    watched("secrets.unset", "--key", "OTHER_KEY", *CONFIRMED).check()
    assert watched("secrets.rollback", "--version", "nope", *CONFIRMED, env={"LONGSHORE_DEBUG": "1"}).code == 2
    watched.assert_not_shown()


def test_what_reads_it(bank: Live, watched: Watched) -> None:
    bank.put_secret({**bank.secret, "OTHER_KEY": OTHER})
    (bank.project / "app.env").write_text(f"OTHER_KEY='{OTHER}'\n")
    (bank.project / "notes").write_text(f"{OTHER}\n")
    git(bank.project, "add", "notes")
    try:
        watched("secrets.history").check()
        watched("secrets.history", "--json").check()
        watched("secrets.diff").check()
        watched("secrets.diff", "--json").check()
        assert "holds the value of OTHER_KEY" in watched("secrets.check").stdout
        watched("secrets.check", "--json").check(1)
        script = "import os, sys; sys.exit(len(os.environ['OTHER_KEY']))"
        watched("secrets.exec", "--", sys.executable, "-c", script).check(len(OTHER))
        watched("secrets.show", "--reveal").check(3)
        watched.assert_not_shown()
        shown = watched("secrets.show", "--reveal", *CONFIRMED).check()
        assert OTHER in shown.stdout
        assert OTHER not in shown.stderr
    finally:
        git(bank.project, "rm", "-q", "--cached", "notes")
        (bank.project / "notes").unlink()
