"""Helm: the exact command lines, what of the user's environment it sees, and its words; and the real program on real charts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from longshore.programs import helm
from longshore.programs.helm import ChartNotPulled, Helm
from longshore.programs.kubernetes import KubernetesError, Reason
from longshore.steps.looking import Looking
from longshore.steps.report import Silent
from longshore.toolchain import programs
from tests.command import ROOT

PRINTER = """#!/usr/bin/env python3
import json, pathlib, sys
said = {"argv": sys.argv[1:], "stdin": sys.stdin.read()}
with pathlib.Path(__file__).with_name("called").open("a") as file:
    file.write(json.dumps(said) + "\\n")
print(pathlib.Path(__file__).with_name("answer").read_text())
"""
"""A program that writes down how it was called."""


@pytest.fixture
def printer(tmp_path: Path) -> Helm:
    program = tmp_path / "helm"
    program.write_text(PRINTER)
    program.chmod(0o755)
    (tmp_path / "answer").write_text("[]")
    return Helm(program, tmp_path / "config", tmp_path / "home")


def called(tmp_path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (tmp_path / "called").read_text().splitlines()]


def failing(tmp_path: Path, said: str) -> Helm:
    program = tmp_path / "helm"
    program.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{said}\nEND\nexit 1\n")
    program.chmod(0o755)
    return Helm(program, tmp_path / "config", tmp_path / "home")


def test_an_upgrade_has_the_values_on_stdin_and_takes_fields_over(printer: Helm, tmp_path: Path) -> None:
    printer.upgrade("traefik", Path("/charts/t.tgz"), "web", {"token": "s3cret"}, {"longshore/run": "1", "b": "2"})
    printer.rollback("traefik", "web", 3)
    printer.uninstall("traefik", "web")
    upgrade, rollback, uninstall = called(tmp_path)
    config = ["--namespace", "web", "--kubeconfig", f"{tmp_path}/config"]
    assert upgrade["argv"] == [
        "upgrade", "--install", "traefik", "/charts/t.tgz", "--values", "-", "--labels", "longshore/run=1,b=2",
        "--server-side=true", "--force-conflicts", "--timeout=300s", *config,
    ]  # fmt: skip
    assert upgrade["stdin"] == '{"token": "s3cret"}'
    assert rollback["argv"][:3] == ["rollback", "traefik", "3"]
    assert uninstall["argv"] == ["uninstall", "traefik", "--ignore-not-found", "--timeout=300s", *config]


def test_only_an_address_on_this_machine_is_asked_without_tls(printer: Helm, tmp_path: Path) -> None:
    printer.pull("oci://127.0.0.1:5000/charts/a", "1.2.3", Path("/into"))
    printer.pull("oci://127.0.0.1.example.com/charts/a", "", Path("/into"))
    printer.pull("a", "1.2.3", Path("/into"), repository="https://example.com")
    assert [one["argv"] for one in called(tmp_path)] == [
        ["pull", "oci://127.0.0.1:5000/charts/a", "--destination", "/into", "--version", "1.2.3", "--plain-http"],
        ["pull", "oci://127.0.0.1.example.com/charts/a", "--destination", "/into"],
        ["pull", "a", "--destination", "/into", "--version", "1.2.3", "--repo", "https://example.com"],
    ]


def test_the_users_settings_stay_out(tmp_path: Path) -> None:
    outer = {
        "KUBECONFIG": "a",
        "HELM_KUBECONTEXT": "prod",
        "HELM_DRIVER": "memory",
        "HOME": "/home/ana",
        "HTTPS_PROXY": "p",
    }
    assert helm.environment(outer, tmp_path) == {
        "HOME": "/home/ana",
        "HTTPS_PROXY": "p",
        "HELM_CACHE_HOME": f"{tmp_path}/cache",
        "HELM_CONFIG_HOME": f"{tmp_path}/config",
        "HELM_DATA_HOME": f"{tmp_path}/data",
        "KUBECACHEDIR": f"{tmp_path}/kubernetes",
    }


def test_a_release_that_is_not_there_is_none_and_what_else_goes_wrong_is_an_error(tmp_path: Path) -> None:
    assert failing(tmp_path, "Error: release: not found").find("traefik", "web") is None
    with pytest.raises(KubernetesError) as told:
        failing(tmp_path, 'Error: query: failed to query with labels: secrets is forbidden: User "x"').find(
            "traefik", "web"
        )
    assert told.value.reason is Reason.FORBIDDEN
    away = 'Error: Kubernetes cluster unreachable: Get "https://127.0.0.1:1/version": dial tcp 127.0.0.1:1: connect: connection refused'
    with pytest.raises(KubernetesError) as told:
        failing(tmp_path, away).history("traefik", "web")
    assert (told.value.reason, told.value.what) == (Reason.UNREACHABLE, "helm history failed")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Error: UPGRADE FAILED: no\n", "no"),
        ("level=WARN msg=x\nError: a\nb\n\nUse --debug flag to render out invalid YAML\n", "a b"),
        ("level=WARN msg=x", "level=WARN msg=x"),
        ("", ""),
    ],
)
def test_a_complaint_is_told_without_log_and_without_advice(said: str, told: str) -> None:
    assert helm.complaint(said) == told


def test_times_of_go_are_read() -> None:
    assert helm._time("2026-11-29T14:12:16.123456789Z") == datetime(2026, 11, 29, 14, 12, 16, 123456, UTC)
    assert helm._time("") is None


def test_a_program_that_tells_no_version_has_none(tmp_path: Path) -> None:
    assert failing(tmp_path, "x") and helm.version(tmp_path / "helm") == ()


@pytest.mark.integration
def test_the_real_program_renders_what_the_stand_ins_say(tmp_path: Path) -> None:
    path = programs.ensure("helm", Looking(Silent()))
    assert ".".join(map(str, helm.version(path))) == programs.version("helm")
    real = Helm(path, tmp_path / "none", tmp_path / "home")
    chart = ROOT / "longshore/sandbox/charts/traefik"
    text = real.template("traefik", chart, "web", {"deployment": {"replicas": 7}})
    assert "replicas: 7" in text
    with pytest.raises(KubernetesError) as told:
        real.template("traefik", chart, "web", {"providers": {"nothing": {}}})
    assert told.value.said.startswith("values don't meet the specifications of the schema(s)")
    with pytest.raises(ChartNotPulled) as away:
        real.pull("oci://127.0.0.1:1/charts/traefik", "1.0.0", tmp_path)
    assert "connection refused" in away.value.said
