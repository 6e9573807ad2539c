"""The smoke test against real servers on this machine: what counts as an answer, how long is waited, and where it asks."""

from __future__ import annotations

import dataclasses
import ssl
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509

from longshore.cluster.guard import guards
from longshore.errors import Failed, UsageError
from longshore.kubernetes.marks import APP
from longshore.ship import smoke
from longshore.ship.request import get
from longshore.ship.smoke import Smoke
from longshore.steps.looking import look
from longshore.steps.report import Silent
from longshore.steps.run import Run
from longshore.steps.step import Done, ToDo
from tests.cluster.provision.conftest import ENVIRONMENT
from tests.database.connection.test_tls import Authority
from tests.live_cluster import NAMESPACE, LiveCluster
from tests.steps.world import TASK

SERVICES = f"/api/v1/namespaces/{NAMESPACE}/services"


class Server(ThreadingHTTPServer):
    """Answers with these codes, one after the other, the last one for ever."""

    def __init__(self, *codes: int, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.codes, self.asked = list(codes), list[str]()
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that doesn't like the certificate goes away."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        code = self.server.codes.pop(0) if len(self.server.codes) > 1 else self.server.codes[0]
        self.send_response(code)
        if code == 302:
            self.send_header("Location", "/login")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def serve() -> Iterator[Any]:
    servers: list[Server] = []

    def serve(*codes: int, context: ssl.SSLContext | None = None) -> Server:
        servers.append(Server(*codes, context=context))
        return servers[-1]

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(TASK, tmp_path, Silent())


def step(
    url: str, *, is_done: bool = True, guard: Any = None, environment: Any = ENVIRONMENT, objects: Sequence[Any] = ()
) -> Smoke:
    wish = SimpleNamespace(objects=lambda: list(objects))
    deployment = SimpleNamespace(deploy=SimpleNamespace(is_done=is_done, wish=wish))
    return Smoke(environment, guard, url, deployment)  # type: ignore[arg-type]  # no more of it is asked


def test_an_answer(serve: Any) -> None:
    server = serve(200, 503, 302)
    assert (get(f"{server.url}/health").ok, get(f"{server.url}/health").said) == (True, "it answers 503")
    redirected = get(f"{server.url}/")
    assert (redirected.ok, redirected.said) == (False, "it answers 302, to /login")
    assert server.asked == ["/health", "/health", "/"]


def test_nobody_answers(serve: Any) -> None:
    server = serve(200)
    server.shutdown()
    server.server_close()
    assert get(server.url).said == "nobody answers: Connection refused"
    assert get("http://no-such-host.invalid/").said.startswith("nobody answers: ")
    assert get("http://[::1/").said.startswith("nobody answers: ")


def test_a_certificate_that_is_not_valid_is_no_answer(serve: Any, tmp_path: Path) -> None:
    for name, content in Authority.new("own").server_files(x509.DNSName("localhost")).items():
        (tmp_path / name).write_bytes(content)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    server = serve(200, context=context)
    reply = get(f"https://localhost:{server.server_port}/health")
    assert not reply.ok
    assert "certificate verify failed" in reply.said
    assert server.asked == []


def test_it_waits_until_the_application_answers(serve: Any, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "PAUSE", 0.01)
    server = serve(503, 503, 200)
    asked = step(f"{server.url}/health")
    assert asked.check(run) == ToDo(f"ask until it answers 200: {server.url}/health: it answers 503")
    asked.apply(run)
    assert asked.check(run) == Done(f"{server.url}/health: it answers 200")


def test_it_gives_up_with_the_last_answer(serve: Any, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "SECONDS", 0)
    monkeypatch.setattr(smoke, "PAUSE", 0.01)
    server = serve(503)
    with pytest.raises(Failed, match="the application does not answer 200 within 0 s") as told:
        step(f"{server.url}/health").apply(run)
    assert told.value.why == "it answers 503"
    assert told.value.do == ("inv app.logs --env prod", "inv app.rollback --env prod")


def test_before_the_deployment_nobody_is_asked(serve: Any, run: Run) -> None:
    server = serve(200)
    run.planning = True
    assert isinstance(step(server.url, is_done=False).check(run), ToDo)
    assert server.asked == []


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("health", "a path"), ("", "a path"), ("ftp://host/", "a path"), ("file:///etc/passwd", "a path"), ("//host/", "a path"),
        ("/a b", "a path"), ("/a\nb", "a path"), ("https:///x", "a path"), ("http://[::1/", "a path"),
        ("http://ana:s3cret@host/", "a name and a password"), ("https://host/#d", "never asked for"),
    ],
)  # fmt: skip
def test_what_is_no_path_and_no_url(path: str, why: str) -> None:
    with pytest.raises(UsageError, match="--smoke can't be that") as told:
        step(path)
    assert why in told.value.why
    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize("path", ["/", "/health?deep=1", "http://127.0.0.1:8080", "https://bank.example.com/health"])
def test_what_can_be_asked_for(path: str) -> None:
    assert step(path).title == f"Smoke test: {path}"


def test_a_path_that_no_load_balancer_leads_to_is_refused_before_anything_is_done(run: Run) -> None:
    run.planning = True
    inside = {"kind": "Service", "spec": {"type": "ClusterIP"}}
    sandbox = dataclasses.replace(ENVIRONMENT, name="sandbox")
    for environment in (ENVIRONMENT, sandbox):
        with pytest.raises(UsageError, match="bank has no Service of type LoadBalancer") as told:
            step("/health", is_done=False, environment=environment, objects=[inside]).check(run)
        assert told.value.do == ("name the whole URL: --smoke https://HOST/health",)
    outside = {"kind": "Service", "spec": {"type": "LoadBalancer"}}
    assert isinstance(step("/health", is_done=False, objects=[inside, outside]).check(run), ToDo)
    assert isinstance(step("https://bank.example.com/", is_done=False, objects=[inside]).check(run), ToDo)


@pytest.mark.integration
def test_it_asks_at_the_load_balancers_address(live_cluster: LiveCluster, serve: Any, run: Run) -> None:
    server = serve(200)
    identity, cluster = guards(live_cluster.environment)
    look([identity, cluster], Silent())
    # The same cluster, as an environment whose pods are real.
    real = dataclasses.replace(live_cluster.environment, name="dev")
    asked = step("/health", guard=cluster, environment=real)
    with pytest.raises(UsageError, match="bank has no Service of type LoadBalancer"):
        asked.check(run)
    service = {
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "front", "labels": {APP: "bank"}},
        "spec": {"type": "LoadBalancer", "ports": [{"port": server.server_port}], "selector": {"app": "bank"}},
    }  # fmt: skip
    service["metadata"]["labels"]["longshore/chaos"] = "pending"  # type: ignore[index]
    try:
        assert live_cluster.ask_api("POST", SERVICES, service)[0] == 201
        assert asked.check(run) == ToDo("ask until it answers 200: the load balancer has no address yet")
        status = {"status": {"loadBalancer": {"ingress": [{"ip": "127.0.0.1"}]}}}
        assert live_cluster.ask_api("PATCH", f"{SERVICES}/front/status", status)[0] == 200
        assert asked.check(run) == Done(f"{server.url}/health: it answers 200")
    finally:
        live_cluster.ask_api("DELETE", f"{SERVICES}/front")
