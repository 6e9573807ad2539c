from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from longshore.certs.acme import AcmeIssuer
from longshore.certs.issuer import MakeIssuer
from longshore.cluster.guard import guards
from longshore.errors import Failed
from longshore.steps.looking import Looking
from longshore.steps.report import Silent
from longshore.steps.step import Done, ToDo
from tests.command import Result
from tests.live_cluster import LiveCluster

pytestmark = pytest.mark.integration

PATH = "/apis/cert-manager.io/v1/clusterissuers"
CLASSES = "/apis/networking.k8s.io/v1/ingressclasses"
TRAEFIK = {
    "apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "traefik"},
    "spec": {"controller": "traefik.io/ingress-controller"},
}  # fmt: skip


@pytest.fixture
def live(with_cert_manager: LiveCluster) -> Iterator[LiveCluster]:
    """Without an issuer of Let's Encrypt, before and after."""
    yield with_cert_manager
    for one in with_cert_manager.ask_api("GET", PATH)[1]["items"]:
        if "acme" in one["spec"]:
            with_cert_manager.ask_api("DELETE", f"{PATH}/{one['metadata']['name']}")
            name = f"/api/v1/namespaces/cert-manager/secrets/{one['metadata']['name']}-account"
            with_cert_manager.ask_api("DELETE", name)


def issuer(live: LiveCluster, *words: str) -> Result:
    return live.inv("certs.issuer", "--env", "sandbox", "--email", "ops@example.com", *words)


def ours(live: LiveCluster, mark: int) -> list[str]:
    writes = live.api_writes(mark)
    return [f"{one.verb} {one.resource}" for one in writes if not one.user.startswith("system:serviceaccount:")]


def test_on_the_sandbox_it_is_made_and_why_it_is_not_ready_told(live: LiveCluster) -> None:
    said = issuer(live, "--staging", "--dns01").check().stderr
    assert "create ClusterIssuer letsencrypt-staging" in said
    assert "not ready, since the sandbox reaches no ACME server: Failed to register ACME account" in said
    mark = live.api_mark()
    assert "nothing to do" in issuer(live, "--staging", "--dns01").check().stderr
    assert ours(live, mark) == []
    changed = live.inv("certs.issuer", "--env", "sandbox", "--email", "dev@example.com", "--staging", "--dns01").check()
    assert "spec.acme.email: ops@example.com → dev@example.com" in changed.stderr
    assert ours(live, mark) == ["patch clusterissuers"]


def test_over_http_the_class_is_the_clusters(live: LiveCluster) -> None:
    classes = [one["metadata"]["name"] for one in live.ask_api("GET", CLASSES)[1]["items"]]
    if not classes:
        without = issuer(live)
        assert (without.code, "there is no ingress controller" in without.stderr) == (2, True)
        live.ask_api("POST", CLASSES, TRAEFIK)
    try:
        other = issuer(live, "--class", "traefic")
        assert other.code == 2
        assert "there is no class traefic" in other.stderr
        issuer(live, "--class", "traefik").check()
    finally:
        if not classes:
            live.ask_api("DELETE", f"{CLASSES}/traefik")
    (solver,) = live.ask_api("GET", f"{PATH}/letsencrypt")[1]["spec"]["acme"]["solvers"]
    assert solver == {"http01": {"ingress": {"ingressClassName": "traefik"}}}


class Directory(BaseHTTPRequestHandler):
    """As much of an ACME server as an account needs (RFC 8555, 7.1 to 7.3): it takes addresses of one domain only.

    What a server says no to can't be provoked otherwise: the world's are out of reach.
    """

    server: HTTPServer

    def do_GET(self) -> None:
        paths = {"newNonce": "nonce", "newAccount": "account", "newOrder": "order", "revokeCert": "r", "keyChange": "k"}
        self._say(200, {name: self._url(path) for name, path in paths.items()})

    def do_HEAD(self) -> None:
        self._say(200)

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = sent["payload"]
        payload = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) or b"{}")
        if payload.get("onlyReturnExisting"):
            problem = {"type": "urn:ietf:params:acme:error:accountDoesNotExist", "detail": "unknown", "status": 400}
            self._say(400, problem, "application/problem+json")
        elif payload.get("contact") == ["mailto:ops@example.org"]:
            self._say(201, {"status": "valid", "contact": payload["contact"]}, location="account/1")
        else:
            detail = "contact email has forbidden domain"
            problem = {"type": "urn:ietf:params:acme:error:invalidContact", "detail": detail, "status": 400}
            self._say(400, problem, "application/problem+json")

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/{path}"

    def _say(self, code: int, body: object = None, kind: str = "application/json", location: str = "") -> None:
        text = b"" if body is None else json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Replay-Nonce", "nonce")
        if location:
            self.send_header("Location", self._url(location))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def directory() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Directory)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/directory"
    finally:
        server.shutdown()
        server.server_close()


def test_an_account_is_waited_for_and_a_refusal_ends_that_at_once(live: LiveCluster, directory: str) -> None:
    run = Looking(Silent())
    _, guard = (step for step in guards(live.environment) if step.check(run))
    # As in an environment that reaches such servers.
    elsewhere = replace(live.environment, name="dev")

    def step(email: str) -> Any:
        wished = AcmeIssuer("own", directory, email, "eu-central-1", dns01=True)
        return MakeIssuer(elsewhere, guard, wished, "")  # type: ignore[arg-type]

    refused = step("ops@example.com")
    assert refused.check(run) == ToDo("create ClusterIssuer own", "and wait until its account is registered")
    with pytest.raises(Failed) as told:
        refused.apply(run)
    assert told.value.lines() == [
        "error: the ACME server refuses the account (ClusterIssuer own)",
        "  why: Failed to register ACME account: 400 urn:ietf:params:acme:error:invalidContact: contact email has forbidden domain",
        "  next: give an address whose domain takes mail",
        "  next: inv certs.issuer --env dev --email YOU@example.com",
    ]
    taken = step("ops@example.org")
    taken.apply(run)
    assert taken.check(run) == Done(f"ready: {directory} for ops@example.org, DNS-01 in Route 53")
