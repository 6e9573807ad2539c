from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from longshore.certs.webhook import NAME
from longshore.sandbox.cluster.certificates import Certificates
from tests.cert_manager import is_ready
from tests.command import Result, until
from tests.live_cluster import LiveCluster

pytestmark = pytest.mark.integration

DEPLOYMENT = "/apis/apps/v1/namespaces/cert-manager/deployments/cert-manager"
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"


def install(live: LiveCluster, *words: str) -> Result:
    return live.inv("certs.install", "--env", "sandbox", *words)


def step(said: Result, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in json.loads(said.stdout)["steps"] if one["name"] == name)
    return found


def test_installed_it_has_nothing_to_do_and_writes_nothing(with_cert_manager: LiveCluster) -> None:
    mark = with_cert_manager.api_mark()
    said = install(with_cert_manager).check().stderr
    assert "nothing to do" in said
    assert "cert-manager v1.21.1, its own templates without the webhook's, revision 1, 3 of 3 pods ready" in said
    assert "cert-manager's admission webhook: not checked: pods are simulated" in said
    assert "ClusterIssuer sandbox-ca is ready" in said
    ours = [one for one in with_cert_manager.api_writes(mark) if not one.user.startswith("system:serviceaccount:")]
    assert ours == []


def test_deleted_by_somebody_it_is_put_back_and_issues_again(with_cert_manager: LiveCluster) -> None:
    with_cert_manager.ask_api("DELETE", DEPLOYMENT)
    log = with_cert_manager.layout.processes / "eks-bank-dev.cert-manager.json"
    until(lambda: not log.exists())
    said = install(with_cert_manager).check().stderr
    assert "put back Deployment cert-manager" in said
    assert log.exists()
    assert is_ready(with_cert_manager.ask_api)


def test_a_chart_that_is_another_is_refused(with_cert_manager: LiveCluster, tmp_path: Path) -> None:
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: traefik\nversion: 1.0.0\n")
    said = install(with_cert_manager, "--chart", str(tmp_path), "--plan")
    assert said.code == 2
    assert "this is the chart traefik, not cert-manager" in said.stderr


class Admits(BaseHTTPRequestHandler):
    """A webhook that has nothing against anything."""

    def do_POST(self) -> None:
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = {"apiVersion": review["apiVersion"], "kind": review["kind"], "response": {"uid": review["request"]["uid"], "allowed": True}}  # fmt: skip
        text = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def configured(live: LiveCluster, folder: Path) -> Iterator[HTTPServer]:
    """cert-manager's webhook is at a port of this machine, where nobody answers until the server that this gives is started."""
    keys = Certificates(folder)
    keys.make()
    server = HTTPServer(("127.0.0.1", 0), Admits)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(keys.certificate, keys.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    client = {
        "url": f"https://127.0.0.1:{server.server_port}/validate",
        "caBundle": base64.b64encode(keys.authority.read_bytes()).decode(),
    }
    rule = {"apiGroups": ["cert-manager.io"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["issuers"]}
    hook = {
        "name": "webhook.cert-manager.io", "rules": [rule], "admissionReviewVersions": ["v1"], "timeoutSeconds": 1,
        "failurePolicy": "Fail", "sideEffects": "None", "clientConfig": client,
    }  # fmt: skip
    about = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": NAME}}  # fmt: skip
    assert live.ask_api("POST", WEBHOOKS, {**about, "webhooks": [hook]})[0] == 201
    try:
        yield server
    finally:
        live.ask_api("DELETE", f"{WEBHOOKS}/{NAME}")
        server.server_close()


def test_a_webhook_that_does_not_answer_is_waited_for(with_cert_manager: LiveCluster, tmp_path: Path) -> None:
    with configured(with_cert_manager, tmp_path) as server:
        refused = install(with_cert_manager, "--plan", "--json").check()
        (change,) = step(refused, "cert-manager-webhook")["changes"]
        assert change.startswith('wait until it answers: failed calling webhook "webhook.cert-manager.io"')
        run = with_cert_manager.inv.begin("certs.install", "--env", "sandbox")
        run.says("waiting for cert-manager's webhook")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            assert run.end().check()
        finally:
            server.shutdown()
        assert "an Issuer was admitted, as a dry run" in run.said
