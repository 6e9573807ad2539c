"""kubectl: the exact command lines, and the real program on a real API server."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from longshore.programs.kubectl import Kubectl, environment
from longshore.programs.kubernetes import KubernetesError, Reason

PRINTER = """#!/usr/bin/env python3
import json, os, sys
said = {"argv": sys.argv[1:], "stdin": sys.stdin.read(), "kubeconfig": os.environ.get("KUBECONFIG"), "kuberc": os.environ.get("KUBERC")}
print(json.dumps(said))
"""
"""A program that says how it was called."""


@pytest.fixture
def printer(tmp_path: Path) -> Kubectl:
    program = tmp_path / "kubectl"
    program.write_text(PRINTER)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return Kubectl(program, tmp_path / "config", tmp_path / "cache")


def test_argv(printer: Kubectl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/the/user's")
    fixed = ["--kubeconfig", f"{tmp_path}/config", "--cache-dir", f"{tmp_path}/cache", "--request-timeout=30s"]
    assert printer.argv("get", "nodes") == [f"{tmp_path}/kubectl", *fixed, "get", "nodes"]
    found = printer.find("configmap", "aws-auth", "kube-system")
    words = ["get", "configmap", "aws-auth", "--namespace", "kube-system", "--output", "json"]
    assert found == {"argv": [*fixed, *words], "stdin": "", "kubeconfig": None, "kuberc": "off"}


def test_objects_are_applied_one_document_after_the_other(printer: Kubectl, tmp_path: Path) -> None:
    one, two = {"apiVersion": "v1", "kind": "A"}, {"apiVersion": "v1", "kind": "B"}
    (said,) = printer.put([one, two], dry_run=True, force=True)
    words = ["apply", "--server-side", "--field-manager", "longshore", "--validate=strict", "--output", "json"]
    assert said["argv"][5:] == [*words, "--dry-run=server", "--force-conflicts", "--filename", "-"]
    assert said["stdin"] == '{"apiVersion": "v1", "kind": "A"}\n---\n{"apiVersion": "v1", "kind": "B"}'
    assert printer.put([]) == []
    assert printer.present([]) == []
    assert printer.several([], "bank") == []


def test_of_secrets_only_what_the_template_names_is_asked_for(printer: Kubectl) -> None:
    said = json.loads(printer.fields("secrets", "bank", "{.data.tls}", fields="metadata.name=a"))
    words = ["get", "secrets", "--namespace", "bank", "--field-selector", "metadata.name=a"]
    assert said["argv"][5:] == [*words, "--output", "jsonpath={.data.tls}"]


def test_the_users_settings_stay_out() -> None:
    outer = {"KUBECONFIG": "a", "KUBECTL_EXTERNAL_DIFF": "b", "HOME": "/home/ana"}
    assert environment(outer) == {"HOME": "/home/ana", "KUBERC": "off", "KUBECTL_KUBERC": "false"}


def test_no_such_program_is_told(tmp_path: Path) -> None:
    from longshore.errors import UsageError

    with pytest.raises(UsageError, match="kubectl is not installed"):
        Kubectl(tmp_path / "kubectl", tmp_path / "config", tmp_path).raw("/livez")


def test_an_error_holds_what_it_said_without_the_log_before_it(tmp_path: Path) -> None:
    program = tmp_path / "kubectl"
    program.write_text(
        "#!/bin/sh\necho 'E1129 10:50:51.000000 12 memcache.go:265] x' >&2\necho 'Error from server (Forbidden): no' >&2\nexit 1\n"
    )
    program.chmod(0o755)
    with pytest.raises(KubernetesError) as told:
        Kubectl(program, tmp_path / "config", tmp_path).all("pods", None)
    assert (told.value.reason, told.value.said) == (Reason.FORBIDDEN, "(Forbidden): no")
    assert told.value.lines()[0] == "error: kubectl get failed (pods)"
