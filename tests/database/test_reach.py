"""Where the environment's secret leads."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.database.reach import Reach
from longshore.environments.load import load
from longshore.errors import Refused
from longshore.steps.looking import look
from longshore.steps.report import Silent
from tests.environments.project import write

ELSEWHERE = "postgres://bank:a-password@bank-prod.abc.eu-central-1.rds.amazonaws.com/bank"
HERE = "postgres://bank:a-password@127.0.0.1:5433/bank"


def reach(project: Path, name: str, url: str) -> Reach:
    write(project, dev="SECRETS=file:app.env\n", sandbox="LIKE=dev\n")
    (project / "app.env").write_text(f"DB_SOURCE={url}\n")
    (project / "app.env").chmod(0o600)
    found = Reach(load(project, name, variables={}))
    look(found.steps, Silent())
    return found


def test_the_sandbox_reaches_no_database_of_another_machine(project: Path) -> None:
    with pytest.raises(Refused) as told:
        _ = reach(project, "sandbox", ELSEWHERE).connection
    assert told.value.lines() == [
        "error: the sandbox's database would be on another machine, nothing was touched"
        " (bank on bank-prod.abc.eu-central-1.rds.amazonaws.com:5432)",
        "  why: DB_SOURCE of file:app.env names it",
        "  next: inv secrets.set --env sandbox --key DB_SOURCE",
    ]
    assert reach(project, "sandbox", HERE).connection.port == 5433


def test_other_environments_reach_what_their_secret_names(project: Path) -> None:
    assert reach(project, "dev", ELSEWHERE).connection.database == "bank"


def test_who_acts_has_a_name_where_the_machine_knows_none(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A container that runs as any user.
    def unknown() -> str:
        raise KeyError("getpwuid(): uid not found: 54321")

    monkeypatch.setattr("getpass.getuser", unknown)
    monkeypatch.setattr("os.getuid", lambda: 54321)
    assert reach(project, "dev", HERE).who.startswith("54321@")
