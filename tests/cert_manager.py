"""cert-manager in the sandbox's cluster, and its ClusterIssuer `sandbox-ca`: for tests of what rests on it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from longshore.certs.install import install as steps_of_install
from longshore.sandbox.cluster.cert_manager_chart import chart
from longshore.sandbox.cluster.files import Files
from longshore.sandbox.layout import Layout
from longshore.steps.looking import Looking
from longshore.steps.report import Silent
from longshore.toolchain import programs
from tests.command import until
from tests.live_cluster import LiveCluster

ISSUER = "/apis/cert-manager.io/v1/clusterissuers/sandbox-ca"
Ask = Callable[..., tuple[int, dict[str, Any]]]


def install(layout: Layout, cluster: str, ask: Ask, folder: Path) -> None:
    """Put the chart into the cluster with the real helm, as its hidden administrator, and wait until the ClusterIssuer is ready."""
    for name in ("helm", "cert-manager"):
        programs.ensure(name, Looking(Silent()))
    for name, text in chart().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    access = ["--kubeconfig", str(Files(layout.cluster(cluster)).kubeconfig("kwok"))]
    there = ["--namespace", "cert-manager", "--create-namespace"]
    values = ["--set", "crds.enabled=true", "--set", "startupapicheck.enabled=false"]
    argv = [str(programs.find("helm")), "upgrade", "--install", "cert-manager", str(folder), *there, *values, *access]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    until(lambda: is_ready(ask))


def is_ready(ask: Ask) -> bool:
    """Whether `sandbox-ca` issues."""
    code, found = ask("GET", ISSUER)
    conditions = found.get("status", {}).get("conditions", []) if code == 200 else []
    return [one["status"] for one in conditions] == ["True"]


@pytest.fixture(scope="session")
def with_cert_manager(live_cluster: LiveCluster) -> LiveCluster:
    """The live cluster, with cert-manager's controllers at work."""
    live_cluster.execute("certs.install", steps_of_install(live_cluster.environment))
    return live_cluster
