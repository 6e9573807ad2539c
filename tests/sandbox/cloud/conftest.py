"""The sandbox's AWS, served on 127.0.0.1, with an account of its own for each test."""

from __future__ import annotations

import itertools
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from longshore.sandbox.cloud.application import application
from longshore.sandbox.cloud.databases import Endpoint
from longshore.sandbox.cloud.seed import SeedUser, policies, seed, seed_root
from longshore.sandbox.cloud.settings import CloudSettings

REGION = "eu-west-1"
TOKEN = "t0ken-of-the-tests"
LOADER = botocore.session.Session().get_component("data_loader")
"""Shared, so that each service's model is read once."""

_accounts = itertools.count(100000000001)


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        return


class Servers:
    """The other side of `Databases`, in memory. `go` is cleared to keep everything waiting; what is in `broken` fails."""

    def __init__(self) -> None:
        self.servers: dict[str, dict[str, Any]] = {}
        self.snapshots: dict[str, dict[str, Any]] = {}
        self.broken: set[str] = set()
        self.go = threading.Event()
        self.go.set()
        self._ports = itertools.count(40000)

    def _enter(self, what: str) -> None:
        assert self.go.wait(30)
        if what in self.broken:
            raise OSError(f"no room left for {what}")

    version = "18.6"

    def create(self, identifier: str, user: str, password: str, database: str) -> Endpoint:
        self._enter("create")
        self.servers[identifier] = {"user": user, "password": password, "database": database, "port": next(self._ports)}
        return Endpoint("127.0.0.1", self.servers[identifier]["port"])

    def delete(self, identifier: str) -> None:
        self._enter("delete")
        self.servers.pop(identifier, None)

    def snapshot(self, identifier: str, snapshot: str) -> None:
        self._enter("snapshot")
        self.snapshots[snapshot] = dict(self.servers[identifier])

    def restore(self, snapshot: str, identifier: str) -> Endpoint:
        self._enter("restore")
        self.servers[identifier] = {**self.snapshots[snapshot], "port": next(self._ports)}
        return Endpoint("127.0.0.1", self.servers[identifier]["port"])

    def set_password(self, identifier: str, user: str, password: str) -> None:
        self._enter("set_password")
        self.servers[identifier].update(user=user, password=password)


@dataclass
class Cloud:
    settings: CloudSettings
    servers: Servers
    url: str
    app: Any
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def account(self) -> str:
        return self.settings.account_id

    def user(self, name: str, policy: Mapping[str, Any] | None = None, **inline: Mapping[str, Any]) -> str:
        """A user with a key of its own; returns its ARN."""
        number = f"{self.account}{len(self.keys):04d}"
        key = (f"AKIA{number}", f"secret/of+{name}/{number}")
        documents = {"own": policy} if policy is not None else {}
        seed(self.settings, [SeedUser(name, *key, policies={**documents, **inline})])
        self.keys[name] = key
        return f"arn:aws:iam::{self.account}:user/{name}"

    def client(
        self,
        service: str,
        user: str = "admin",
        *,
        key: tuple[str, ...] | None = None,
        region: str = REGION,
        attempts: int = 1,
    ) -> Any:
        core = botocore.session.Session()
        core.register_component("data_loader", LOADER)
        session = boto3.session.Session(*(key or self.keys[user]), region_name=region, botocore_session=core)
        config = Config(
            retries={"total_max_attempts": attempts, "mode": "standard"}, read_timeout=20, connect_timeout=5, proxies={}
        )
        return session.client(service, endpoint_url=self.url, config=config)

    def control(self, method: str, what: str, body: object = None, token: str | None = TOKEN) -> dict[str, Any]:
        headers = {"X-Sandbox-Token": token} if token is not None else {}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_sandbox/{what}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    def fault(self, name: str, service: str = "secretsmanager", operation: str | None = None, **more: Any) -> None:
        self.control("POST", "faults", {"fault": name, "service": service, "operation": operation, **more})

    def calls(self) -> list[dict[str, Any]]:
        return self.control("GET", "requests")["requests"]


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Wait for a condition; fails when it doesn't come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)


def serve(app: Any) -> tuple[BaseWSGIServer, threading.Thread]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    return server, thread


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    settings = CloudSettings(str(next(_accounts)), REGION, TOKEN)
    servers = Servers()
    app = application(settings, servers)
    server, thread = serve(app)
    cloud = Cloud(settings, servers, f"http://127.0.0.1:{server.server_port}", app)
    given = policies(settings.account_id, REGION, secrets=["bank/prod", "bank/dev"], unprotected=["bank/dev"])
    cloud.user("admin", given["default"])
    for name in ("github", "developer", "tester"):
        cloud.user(name, given[name])
    cloud.keys["root"] = (f"AKIA{settings.account_id}ROOT", "secret/of+root")
    seed_root(settings, *cloud.keys["root"])
    yield cloud
    servers.go.set()
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def allow() -> Callable[..., dict[str, Any]]:
    def document(*statements: Mapping[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
        return {"Version": version, "Statement": [{"Effect": "Allow", **statement} for statement in statements]}

    return document
