from __future__ import annotations

import re
from pathlib import Path

import pytest

from longshore.errors import UsageError
from longshore.toolchain import cache, catalogue, programs


def test_a_program_that_is_not_built_is_told_with_the_command_that_builds_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LONGSHORE_CACHE", str(tmp_path))
    with pytest.raises(UsageError) as told:
        programs.find("migrate")
    version = programs.version("migrate")
    assert told.value.lines() == [
        f"error: migrate {version} is not built yet ({tmp_path})",
        "  next: inv tools.install",
    ]


def test_a_program_that_is_built_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LONGSHORE_CACHE", str(tmp_path))
    path = cache.binary(catalogue.MIGRATE)
    path.parent.mkdir(parents=True)
    path.write_text("")
    path.chmod(0o755)
    assert programs.find("migrate") == path


def test_an_unknown_one_is_told_with_the_nearest() -> None:
    with pytest.raises(UsageError) as told:
        programs.find("migrat")
    names = "migrate, kubectl, etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kwok, crane, helm, cert-manager"
    assert told.value.lines() == ["error: no such program: migrat", f"  why: there are {names}; did you mean migrate?"]


def test_every_program_is_pinned_with_its_version() -> None:
    for program in catalogue.PROGRAMS:
        assert re.fullmatch(r"\d+\.\d+\.\d+", program.version)
        go_mod = (program.module.folder / "go.mod").read_text()
        # One of ours has its source there; of the others, Go knows that they are programs.
        needed = program.source if program.package == "." else program.package
        assert re.search(
            rf"^(?:tool )?\t?{re.escape(needed)}(?: v{re.escape(program.version)})?$", go_mod, re.MULTILINE
        )


def test_versions_are_stamped() -> None:
    assert catalogue.MIGRATE.linker_flags == f"-s -w -X main.Version={catalogue.MIGRATE.version}"
    major, minor, _ = catalogue.KUBECTL.version.split(".")
    variable = "-X k8s.io/component-base/version"
    assert catalogue.KUBECTL.linker_flags == (
        f"-s -w {variable}.gitVersion=v{catalogue.KUBECTL.version} {variable}.gitMajor={major} {variable}.gitMinor={minor}"
    )
    assert catalogue.ETCD.linker_flags == "-s -w"


def test_the_control_plane_is_of_one_version() -> None:
    versions = {program.version for program in catalogue.CONTROL_PLANE if program.name.startswith("kube-")}
    assert versions == {catalogue.KUBECTL.version}
