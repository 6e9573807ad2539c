"""The database goes away in the middle, and comes back."""

from __future__ import annotations

import os
import signal

import pytest

from longshore.sandbox import processes
from tests.gate import AT_THE_GATE, closed
from tests.live import Live, lives, migrates_of, told, until

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGKILL])
def test_the_server_dies(bank: Live, number: signal.Signals) -> None:
    """SIGQUIT is `pg_ctl stop -m immediate`. The sandbox starts its server again."""
    second = bank.migrations / "000002_entries.up.sql"
    second.write_text(AT_THE_GATE + second.read_text())
    (server,) = [one for one in processes.recorded(bank.layout) if one.name == "postgres"]
    with closed(bank) as gate:
        ours = bank.inv.begin("db.migrate")
        gate.reached(ours)
        os.kill(server.pid, number)
        until(lambda: not lives(server.pid))
    lines = told(ours.end(), 1, "", "--env sandbox")
    # The server may be back before it is asked.
    assert "the database went away" in lines[0] or "000002_entries.up.sql did not finish" in lines[0]
    assert lines[-1].startswith("  go on: inv runs.resume --id ")
    assert migrates_of(bank.project) == []
    assert bank.records()[-1]["outcome"] == "failed"

    # Its supervisor starts it again.
    until(lambda: bank.answers)
    assert bank.version == (2, True)
    told(bank.inv("db.migrate"), 3, "dirty at version 2", "inv db.repair --env sandbox")
    bank.inv("db.repair", "--confirm", "sandbox").check()
    bank.inv("db.migrate").check()
    assert bank.version == (5, False)
    assert bank.history[-4:] == [(n, "up") for n in (2, 3, 4, 5)]


def test_only_our_session_is_ended(bank: Live) -> None:
    # As an administrator's pg_terminate_backend, or a failover, does it.
    second = bank.migrations / "000002_entries.up.sql"
    second.write_text(AT_THE_GATE + second.read_text())
    with closed(bank) as gate:
        ours = bank.inv.begin("db.migrate")
        backend = gate.reached(ours)
        with bank.connect() as database:
            database.execute("SELECT pg_terminate_backend(%s)", [backend])
        told(ours.end(), 1, "000002_entries.up.sql did not finish: version 2 is dirty", "inv db.repair --env sandbox")
    assert bank.history == [(1, "up")]
    bank.inv("db.repair", "--confirm", "sandbox").check()
    bank.inv("db.migrate").check()
    assert bank.version == (5, False)
