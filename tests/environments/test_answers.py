"""env.list, env.show, env.check: through the real `inv`."""

from __future__ import annotations

import json

import pytest

from tests.command import Inv
from tests.environments.project import write


def test_list(inv: Inv) -> None:
    assert inv("env.list").check().stdout == (
        "  environment    account       region        profile  protected\n"
        "  dev (default)  111122223333  eu-central-1  default  no\n"
        "  prod           111122223333  eu-central-1  github   yes\n"
        "  sandbox        111122223333  eu-central-1  default  yes        plays prod\n"
    )
    data = json.loads(inv("env.list", "--json").check().stdout)
    assert data["schema"] == 1
    assert data["environments"][1] == {
        "name": "prod",
        "default": False,
        "ok": True,
        "account": "111122223333",
        "region": "eu-central-1",
        "protected": True,
    }


@pytest.mark.parametrize(("base", "variables"), [("APP=bank\n", {}), ("DEFAULT_ENV=dev\n", {"LONGSHORE_ENV": "prd"})])
def test_list_works_where_no_environment_fits(inv: Inv, base: str, variables: dict[str, str]) -> None:
    # It is the next command that the error about it names.
    write(inv.project, base=base)
    assert "next: inv env.list" in inv("env.show", "--env", "prd", env=variables).check(2).stderr
    assert "(default)" not in inv("env.list", env=variables).check().stdout


def test_list_with_a_fault(inv: Inv) -> None:
    write(inv.project, dev="AP=x\n")
    lines = inv("env.list").check().stdout.splitlines()
    assert lines[1] == "  dev (default)  ?             ?             ?        ?          1 fault(s): inv env.check"


def test_show(inv: Inv) -> None:
    text = inv("env.show", "--env", "sandbox").check().stdout
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[0] == "environment sandbox"
    assert lines[1] == "key value from meaning"
    assert "LIKE prod env/sandbox.env:1 the environment that the sandbox plays" in lines
    assert "AWS_ACCOUNT_ID 111122223333 env/prod.env:2 the pin: nothing is changed in another account" in lines
    assert "MIGRATIONS migrations env/base.env:4 folder of golang-migrate files" in lines
    assert "PROTECTED true env/prod.env:5 true: the name is asked for before anything is changed" in lines
    assert "MIGRATION_HISTORY true default off leaves our history table out" in lines
    data = json.loads(inv("env.show", "--env", "prod", "--json").check().stdout)
    assert (data["schema"], data["environment"], data["root"]) == (1, "prod", str(inv.project))
    assert data["keys"]["AWS_PROFILE"] == {"value": "github", "origin": "env/prod.env:1"}
    assert "AWS_CONFIG_FILE" not in data["keys"]


def test_check(inv: Inv) -> None:
    assert inv("env.check").check().stdout == "in order: dev, prod, sandbox\n"
    write(inv.project, dev="AP=x\nMIGRATIONS=none\n", prod="PROTECTED=true\nDB_CA_FILE=none.pem\n")
    result = inv("env.check").check(1)
    assert result.stdout.splitlines() == [
        "env/dev.env:1: unknown key AP; did you mean APP?",
        "env/prod.env:2: DB_CA_FILE: there is no such file",
        "prod: PROTECTED without AWS_ACCOUNT_ID: nothing is pinned",
        "sandbox: PROTECTED without AWS_ACCOUNT_ID: nothing is pinned",
    ]
    assert inv("env.check", "--env", "dev").check(1).stdout == "env/dev.env:1: unknown key AP; did you mean APP?\n"
    data = json.loads(inv("env.check", "--env", "dev", "--json").check(1).stdout)
    assert data == {
        "schema": 1,
        "ok": False,
        "environments": {"dev": ["env/dev.env:1: unknown key AP; did you mean APP?"]},
    }
    write(inv.project, dev="MIGRATIONS=none\nK8S_OVERLAY=k8s\n")
    assert inv("env.check", "--env", "dev").check(1).stdout.splitlines() == [
        "env/dev.env:1: MIGRATIONS: there is no such folder",
        "env/dev.env:2: K8S_OVERLAY: there is no such folder",
    ]
    inv("env.check", "--env", "prd").check(2)
