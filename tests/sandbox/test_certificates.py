from __future__ import annotations

from pathlib import Path

import pytest

from longshore.environments.environment import SANDBOX
from longshore.environments.load import load
from longshore.errors import Failed
from longshore.sandbox.certificates import BuildCertManager, PutChart
from longshore.steps.looking import Looking
from longshore.steps.report import Silent
from longshore.steps.step import ToDo, Unknown
from longshore.toolchain import cache
from longshore.toolchain.catalogue import CERT_MANAGER, CRANE


def build(*programs: object) -> None:
    for program in (CRANE, CERT_MANAGER):
        if program in programs:
            path = cache.binary(program)
            path.parent.mkdir(parents=True)
            path.write_text("")
            path.chmod(0o755)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LONGSHORE_CACHE", str(tmp_path / "cache"))


def test_what_is_missing_is_told_before_minutes_go_by(project: Path) -> None:
    run = Looking(Silent())
    build(CRANE)
    expected = f"build {CERT_MANAGER.title} with Go into {cache.folder(CERT_MANAGER)}"
    assert BuildCertManager().check(run) == ToDo(expected)
    put = PutChart(load(project, SANDBOX, variables={}))
    assert put.check(run) == Unknown("known after cert-manager is built")
    assert not put.is_there


def test_without_a_registry_it_is_told_where_to_look(project: Path) -> None:
    build(CRANE, CERT_MANAGER)
    put = PutChart(load(project, SANDBOX, variables={}))
    with pytest.raises(Failed) as told:
        put.check(Looking(Silent()))
    assert told.value.what == "the sandbox's registry does not answer"
    assert told.value.do == ("inv sandbox.up",)
