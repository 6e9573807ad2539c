"""doctor names what is wrong and the command that mends it; and mending by that command makes it well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import Inv
from tests.live import Live


def findings(stdout: str) -> dict[tuple[str, str], tuple[str, str]]:
    found = json.loads(stdout)
    assert found["schema"] == 1
    return {(one["area"], one["name"]): (one["state"], one["mend"]) for one in found["findings"]}


@pytest.mark.integration
def test_all_is_well(bank: Live) -> None:
    ended = bank.inv("doctor", "--json").check(0)
    found = findings(ended.stdout)
    assert found["programs", "migrate"] == ("ok", "")
    for what in ("files", "identity", "secret", "database"):
        assert found["environment sandbox", what] == ("ok", ""), ended.stdout
    # The other environments are asked who acts in them: there is no such profile on this machine.
    assert found["environment dev", "identity"][0] == "absent"


@pytest.mark.integration
def test_each_fault_has_its_mend(bank: Live) -> None:
    bank.put_secret({"TOKEN": "of no use to a database"})
    ended = bank.inv("doctor", "--json").check(1)
    state, mend = findings(ended.stdout)["environment sandbox", "database"]
    assert (state, mend) == ("fault", "inv secrets.set --env sandbox --key DB_SOURCE")
    bank.env_file("sandbox", "LIKE=dev\nAWS_PROFILE=default\nNONSENSE=1\n")
    ended = bank.inv("doctor", "--json").check(1)
    assert findings(ended.stdout)["environment sandbox", "files"] == ("fault", "inv env.check --env sandbox")


def test_a_developers_own_database_needs_no_aws(inv: Inv) -> None:
    (inv.project / "env" / "dev.env").write_text("SECRETS=file:app.env\n")
    ended = inv("doctor", "--env", "dev", "--json").check(1)
    assert findings(ended.stdout)["environment dev", "identity"][0] == "absent"
    (inv.project / "env" / "dev.env").write_text("SECRETS=aws:bank/dev\nAWS_ACCOUNT_ID=111122223333\n")
    ended = inv("doctor", "--env", "dev", "--json").check(1)
    assert findings(ended.stdout)["environment dev", "identity"][0] == "fault"


def test_without_a_project_the_machine_is_looked_at(inv: Inv, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    ended = inv("-r", str(inv.project), "doctor", cwd=empty).check(1)
    assert "next: longshore init" in ended.stdout
    assert "python" in ended.stdout


def test_an_environment_that_is_none_is_a_finding(inv: Inv) -> None:
    ended = inv("doctor", "--json", env={"LONGSHORE_ENV": "nonsense"}).check(1)
    assert findings(ended.stdout)["project", "LONGSHORE_ENV"] == ("fault", "inv env.list")
