"""The real controllers, installed by the real helm from the chart of their source."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import time
from typing import Any

import psutil
import pytest
import yaml
from cryptography import x509

from longshore.charts.catalogue import CERT_MANAGER
from longshore.charts.source import STAND_IN
from longshore.sandbox import processes
from longshore.sandbox.cluster.cert_manager import DEPLOYMENT, EVERY
from longshore.sandbox.cluster.cert_manager_chart import LEFT_OUT, WORDS, chart, version
from longshore.sandbox.cluster.files import Files
from longshore.sandbox.cluster.part import Part
from longshore.toolchain import cache, catalogue
from tests import cert_manager
from tests.command import until
from tests.sandbox.cluster.conftest import Bench

pytestmark = pytest.mark.integration

CLUSTER, NAME = "bank-dev", "eks-bank-dev.cert-manager"
CERTIFICATES = "/apis/cert-manager.io/v1/namespaces/default/certificates"


@pytest.fixture(scope="module")
def issuing(running: Bench, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    assert NAME not in [one.name for one in processes.recorded(running.layout)]
    cert_manager.install(running.layout, CLUSTER, asks(running), tmp_path_factory.mktemp("chart"))
    return running


def asks(bench: Bench) -> cert_manager.Ask:
    return lambda *words: bench.clusters.ask(CLUSTER, *words)


def part(bench: Bench) -> Part | None:
    return next((one for one in bench.clusters.parts() if one.name == NAME), None)


def process(bench: Bench) -> psutil.Process:
    return psutil.Process(next(one.pid for one in processes.recorded(bench.layout) if one.name == NAME))


def issued(bench: Bench, name: str) -> x509.Certificate:
    """The leaf that `sandbox-ca` makes for a new Certificate; its chain is checked."""
    issuer = {"kind": "ClusterIssuer", "name": "sandbox-ca"}
    spec = {"secretName": name, "dnsNames": [f"{name}.example.com"], "issuerRef": issuer}
    body = {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": name}, "spec": spec}
    assert bench.clusters.ask(CLUSTER, "POST", CERTIFICATES, body)[0] == 201
    until(lambda: secret(bench, "default", name).get("tls.crt"))
    leaf, authority = (
        x509.load_pem_x509_certificate(base64.b64decode(secret(bench, "default", name)[key]))
        for key in ("tls.crt", "ca.crt")
    )
    leaf.verify_directly_issued_by(authority)
    return leaf


def secret(bench: Bench, namespace: str, name: str) -> dict[str, Any]:
    return bench.clusters.ask(CLUSTER, "GET", f"/api/v1/namespaces/{namespace}/secrets/{name}")[1].get("data") or {}


def test_the_controllers_are_those_of_the_chart_that_is_pinned() -> None:
    assert CERT_MANAGER.version == version()


def test_the_chart_is_its_publishers_without_what_asks_a_pod(issuing: Bench) -> None:
    source = cache.data(catalogue.CERT_MANAGER, "cert-manager")
    theirs = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    ours = chart()
    assert {name for name in theirs - set(ours) if name.startswith("templates/")} == set(LEFT_OUT)
    assert [name for name in ours if ours[name] != (source / name).read_bytes()] == ["Chart.yaml"]
    about = yaml.safe_load(ours["Chart.yaml"])
    assert (about["version"], about["appVersion"], about["name"]) == (version(), version(), "cert-manager")
    assert about["annotations"] == {
        **yaml.safe_load((source / "Chart.yaml").read_text())["annotations"],
        STAND_IN: WORDS,
    }
    # What the API server would ask and nobody would answer is not there either under another name.
    for kind in ("validating", "mutating"):
        path = f"/apis/admissionregistration.k8s.io/v1/{kind}webhookconfigurations"
        assert issuing.clusters.ask(CLUSTER, "GET", path)[1]["items"] == []


def test_a_certificate_is_issued_by_its_own_account_with_its_own_rights(issuing: Bench) -> None:
    names = issued(issuing, "shop").extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == ["shop.example.com"]
    log = issuing.layout.log(f"eks-{CLUSTER}.audit").read_text()
    written = [json.loads(line) for line in log.splitlines()]
    about = [
        one for one in written if one["objectRef"].get("name") == "shop" and one["objectRef"]["resource"] == "secrets"
    ]
    assert {one["user"]["username"] for one in about} == {"system:serviceaccount:cert-manager:cert-manager"}


def test_it_listens_here_only_and_nothing_secret_is_in_its_arguments_or_its_log(issuing: Bench) -> None:
    found = process(issuing)
    listening = [one.laddr for one in found.net_connections(kind="inet") if one.status == psutil.CONN_LISTEN]
    assert [address.ip for address in listening] == ["127.0.0.1"]
    access = Files(issuing.layout.cluster(CLUSTER)).kubeconfig("cert-manager").read_text()
    token = re.findall(r'"token": "([^"]+)"', access)[0]
    assert token.count(".") == 2
    assert token not in " ".join(found.cmdline()) + issuing.layout.log(NAME).read_text()


def test_no_acme_server_of_the_world_is_reached(issuing: Bench) -> None:
    solver = {"http01": {"ingress": {"ingressClassName": "traefik"}}}
    acme = {
        "server": "https://acme-staging-v02.api.letsencrypt.org/directory",
        "email": "ops@example.com",
        "privateKeySecretRef": {"name": "acme"},
        "solvers": [solver],
    }
    path = "/apis/cert-manager.io/v1/clusterissuers"
    body = {"apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": {"name": "acme"}, "spec": {"acme": acme}}  # fmt: skip
    assert issuing.clusters.ask(CLUSTER, "POST", path, body)[0] == 201

    def conditions() -> list[dict[str, str]]:
        found: dict[str, Any] = issuing.clusters.ask(CLUSTER, "GET", f"{path}/acme")[1].get("status") or {}
        return list(found.get("conditions") or [])

    until(conditions)
    (ready,) = conditions()
    assert (ready["status"], ready["reason"]) == ("False", "ErrRegisterACMEAccount")
    assert ready["message"].endswith("proxyconnect tcp: dial tcp 127.0.0.1:1: connect: connection refused")
    issuing.clusters.ask(CLUSTER, "DELETE", f"{path}/acme")


def test_killed_it_is_started_again_and_goes_on(issuing: Bench) -> None:
    found = part(issuing)
    assert found is not None
    os.kill(process(issuing).pid, signal.SIGKILL)
    until(found.died)
    assert "cert-manager does not answer" in found.fault()
    assert found.revive()
    assert issued(issuing, "revived")


def test_it_outlives_an_api_server_that_is_killed(issuing: Bench) -> None:
    before = process(issuing).pid
    (server,) = (one for one in issuing.clusters.parts() if one.name == "eks-bank-dev.apiserver")
    os.kill(next(one.pid for one in processes.recorded(issuing.layout) if one.name == server.name), signal.SIGKILL)
    until(server.died)
    # It is looked at meanwhile.
    time.sleep(3 * EVERY)
    assert server.revive()
    until(lambda: server.fault() == "")
    assert issued(issuing, "patient")
    assert process(issuing).pid == before


def test_it_runs_as_long_as_its_deployment_wants_a_pod(issuing: Bench) -> None:
    before = process(issuing).pid
    issuing.clusters.ask(CLUSTER, "PATCH", DEPLOYMENT, {"spec": {"replicas": 0}})
    until(lambda: part(issuing) is None)
    assert not psutil.pid_exists(before)
    assert NAME not in [one.name for one in processes.recorded(issuing.layout)]
    issuing.clusters.ask(CLUSTER, "PATCH", DEPLOYMENT, {"spec": {"replicas": 1}})
    assert issued(issuing, "again")


def test_it_ends_with_its_cluster(issuing: Bench) -> None:
    until(lambda: (found := part(issuing)) is not None and found.fault() == "")
    pid = process(issuing).pid
    issuing.clusters.delete(CLUSTER)
    assert not psutil.pid_exists(pid)
    assert processes.recorded(issuing.layout) == []
