"""Helm's own words, as it printed them, and what a person is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.charts import complaints
from longshore.charts.catalogue import NGINX_F5, TRAEFIK
from longshore.charts.fetch import Fetch
from longshore.charts.source import choose
from longshore.charts.way import helm_path
from longshore.environments.environment import Environment
from longshore.environments.load import load
from longshore.errors import Exit, Failed, UsageError
from longshore.programs.helm import Helm
from longshore.programs.kubernetes import KubernetesError, reason_of
from longshore.steps.looking import Looking
from longshore.steps.report import Silent

OWNED = (
    'unable to continue with install: IngressClass "nginx" in namespace "" exists and cannot be imported into the current release: '
    'invalid ownership metadata; label validation error: missing key "app.kubernetes.io/managed-by": must be set to "Helm"; '
    'annotation validation error: missing key "meta.helm.sh/release-name": must be set to "nginx-ingress"'
)
ANOTHERS = (
    'unable to continue with install: Service "nginx" in namespace "web" exists and cannot be imported into the current release: invalid '
    'ownership metadata; annotation validation error: key "meta.helm.sh/release-name" must equal "nginx-ingress": current value is "old"'
)
SCHEMA = "values don't meet the specifications of the schema(s) in the following chart(s): traefik: - at '/providers': additional properties 'x' not allowed"
TEMPLATE = "execution error at (a/templates/b.yaml:35:32): Chart cannot be installed without a valid clusterName!"
FIELD = "failed to create typed patch object (web/x; /v1, Kind=ConfigMap): .datta: field not declared in schema"


@pytest.fixture
def environment(project: Path) -> Environment:
    return load(project, "dev", variables={})


@pytest.mark.parametrize(
    ("said", "code", "what", "why"),
    [
        (OWNED, Exit.REFUSED, "IngressClass nginx is there already, nothing was touched", "it is not Helm's"),
        (
            ANOTHERS,
            Exit.REFUSED,
            "Service nginx is there already, nothing was touched",
            "it belongs to the release old",
        ),
        (
            SCHEMA,
            Exit.USAGE,
            "chart nginx-ingress refuses these values, nothing was touched",
            "at '/providers': additional",
        ),
        (TEMPLATE, Exit.USAGE, "chart nginx-ingress can't be rendered, nothing was touched", "a valid clusterName"),
        (
            FIELD,
            Exit.USAGE,
            "the cluster refuses an object of chart nginx-ingress, nothing was touched",
            ".datta: field not",
        ),
    ],
)
def test_what_nothing_was_touched_for(environment: Environment, said: str, code: Exit, what: str, why: str) -> None:
    told = complaints.explained(KubernetesError("helm upgrade failed", reason_of(said), said), NGINX_F5, environment)
    assert told is not None
    assert (told.code, told.what) == (code, what)
    assert why in told.why
    assert len(told.lines()) <= 5
    assert told.do


@pytest.mark.parametrize(
    "said",
    [
        "Kubernetes cluster unreachable: dial tcp 127.0.0.1:1: connect: connection refused",
        'secrets is forbidden: User "x"',
        "",
    ],
)
def test_others_are_somebody_elses_to_explain(environment: Environment, said: str) -> None:
    assert (
        complaints.explained(KubernetesError("helm upgrade failed", reason_of(said), said), NGINX_F5, environment)
        is None
    )


@pytest.mark.parametrize(
    ("said", "kind", "do"),
    [
        ("m.example.com/traefik:41.3.0: not found", UsageError, "another one: --chart PATH"),
        ("response status code 401: unauthorized: authentication required", Failed, "docker login m.example.com"),
        ("dial tcp: lookup m.example.com: no such host", Failed, "check the network"),
    ],
)
def test_a_chart_that_can_not_be_had(
    environment: Environment, tmp_path: Path, said: str, kind: type[Exception], do: str
) -> None:
    program = tmp_path / "helm"
    program.write_text(f"#!/bin/sh\necho 'Error: {said}' >&2\nexit 1\n")
    program.chmod(0o755)
    source = choose(TRAEFIK, "oci://m.example.com/traefik", environment)
    with pytest.raises(kind) as told:
        Fetch(TRAEFIK, source, environment).by(Helm(program, tmp_path / "config", tmp_path / "home"))
    assert do in told.value.do[0]  # type: ignore[attr-defined]
    assert said in told.value.why  # type: ignore[attr-defined]


class Notes(Silent):
    """Keeps what is told."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def note(self, text: str) -> None:
        self.kept.append(text)


@pytest.mark.parametrize(("version", "used"), [("v4.1.0", True), ("v3.19.2", False), ("nonsense", False)])
def test_a_helm_on_path_is_used_only_of_the_same_major_version(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, used: bool
) -> None:
    own = tmp_path / "bin" / "helm"
    own.parent.mkdir()
    own.write_text(f"#!/bin/sh\necho {version}\n")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", f"{own.parent}:/usr/bin:/bin")
    monkeypatch.setenv("LONGSHORE_CACHE", str(tmp_path / "cache"))
    # It isn't built for this: that takes minutes.
    monkeypatch.setattr("longshore.toolchain.programs.ensure", lambda name, run: Path("/built") / name)
    notes = Notes()
    assert helm_path(Looking(notes)) == (own if used else Path("/built/helm"))
    assert bool(notes.kept) is not used
    assert used or "4 is needed: it isn't used" in notes.kept[0]
