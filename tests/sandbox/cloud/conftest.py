"""The sandbox's AWS, served on 127.0.0.1, with an account of its own for each test."""

from __future__ import annotations

import base64
import itertools
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from longshore.sandbox.cloud.application import application
from longshore.sandbox.cloud.clusters import ControlPlane, Node
from longshore.sandbox.cloud.databases import Endpoint
from longshore.sandbox.cloud.seed import SeedUser, policies, seed, seed_root
from longshore.sandbox.cloud.settings import CloudSettings

REGION = "eu-west-1"
TOKEN = "t0ken-of-the-tests"
WEBHOOKS = "t0ken-of-the-api-servers"
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


CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps"


class Planes:
    """The other side of `Clusters`, in memory: an API server that has one ConfigMap. `go` and `broken` as in Servers."""

    version = "1.36"

    def __init__(self) -> None:
        self.planes: dict[str, dict[str, Any]] = {}
        self.broken: set[str] = set()
        self.conflicts = 0
        self.go = threading.Event()
        self.go.set()
        self._ports = itertools.count(50000)

    def _enter(self, what: str) -> None:
        assert self.go.wait(30)
        if what in self.broken:
            raise OSError(f"no room left for {what}")

    def create(self, name: str) -> ControlPlane:
        self._enter("create")
        self.planes[name] = {"nodes": {}, "aws-auth": None, "version": 0, "asked": []}
        return ControlPlane(f"https://127.0.0.1:{next(self._ports)}", f"-----BEGIN CERTIFICATE-----\n{name}\n")

    def delete(self, name: str) -> None:
        self._enter("delete")
        self.planes.pop(name, None)

    def join(self, name: str, nodes: Sequence[Node]) -> None:
        self._enter("join")
        self.planes[name]["nodes"] |= {node.name: node for node in nodes}

    def leave(self, name: str, nodes: Sequence[str]) -> None:
        self._enter("leave")
        for node in nodes:
            self.planes[name]["nodes"].pop(node, None)

    def ask(
        self, name: str, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[int, dict[str, Any]]:
        if "ask" in self.broken:
            raise OSError("connection refused")
        plane = self.planes[name]
        plane["asked"].append((method, path))
        assert path.startswith(CONFIG_MAPS)
        if method == "GET":
            there = plane["aws-auth"]
            return (404, {}) if there is None else (200, there)
        assert body is not None
        if self.conflicts or (
            method == "PUT" and body["metadata"].get("resourceVersion", plane["version"]) != plane["version"]
        ):
            self.conflicts = max(0, self.conflicts - 1)
            return 409, {}
        self.write(name, body["data"])
        return (201 if method == "POST" else 200), plane["aws-auth"]

    def write(self, name: str, data: Mapping[str, str] | None) -> None:
        """Put this into aws-auth; None deletes it."""
        plane = self.planes[name]
        plane["version"] += 1
        metadata = {"name": "aws-auth", "namespace": "kube-system", "resourceVersion": plane["version"]}
        plane["aws-auth"] = None if data is None else {"metadata": metadata, "data": dict(data)}


@dataclass
class Cloud:
    settings: CloudSettings
    servers: Servers
    clusters: Planes
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

    def role(self, name: str, *services: str, path: str = "/", account: str = "") -> str:
        """A role that these services, or the users of an account, may assume; returns its ARN."""
        who = {"Service": list(services)} if services else {"AWS": account or self.account}
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole"}],
        }
        made = self.client("iam").create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(trust))
        return str(made["Role"]["Arn"])

    def subnets(self) -> list[str]:
        """The default VPC's."""
        mine = [{"Name": "default-for-az", "Values": ["true"]}]
        return [subnet["SubnetId"] for subnet in self.client("ec2").describe_subnets(Filters=mine)["Subnets"]]

    def cluster(self, name: str = "bank", mode: str = "API_AND_CONFIG_MAP", user: str = "admin", **more: Any) -> Any:
        """A cluster that is ACTIVE; returns the client that made it."""
        iam = {role["RoleName"] for role in self.client("iam").list_roles()["Roles"]}
        if "cluster" not in iam:
            self.role("cluster", "eks.amazonaws.com")
        eks = self.client("eks", user)
        eks.create_cluster(
            name=name,
            roleArn=f"arn:aws:iam::{self.account}:role/cluster",
            resourcesVpcConfig={"subnetIds": self.subnets()},
            **{"accessConfig": {"authenticationMode": mode}, **more},
        )
        until(lambda: eks.describe_cluster(name=name)["cluster"]["status"] == "ACTIVE")
        return eks

    def without_clusters(self) -> None:
        """From now on nobody runs control planes."""
        self.app._eks._clusters = None

    def token(self, user: str = "admin", cluster: str = "bank", *, key: tuple[str, ...] | None = None) -> str:
        """A token as `aws eks get-token` makes it."""
        client = self.client("sts", user, key=key)
        client.meta.events.register(
            "before-sign.sts.GetCallerIdentity",
            lambda request, **_: request.headers.add_header("x-k8s-aws-id", cluster),
        )
        url = client.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
        return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")

    def ask(self, what: str, spec: Mapping[str, Any], cluster: str = "bank", bearer: str = WEBHOOKS) -> dict[str, Any]:
        """What an API server gets from a webhook: the status of the review."""
        review = {
            "apiVersion": f"{'authentication' if what == 'authenticate' else 'authorization'}.k8s.io/v1",
            "spec": spec,
        }
        request = urllib.request.Request(
            f"{self.url}/_sandbox/clusters/{cluster}/{what}",
            json.dumps(review).encode(),
            {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())["status"]

    def whoami(self, user: str = "admin", cluster: str = "bank", server: str = "", **more: Any) -> dict[str, Any]:
        """The user of a TokenReview; fails where there is none."""
        status = self.ask("authenticate", {"token": self.token(user, cluster, **more)}, server or cluster)
        assert status["authenticated"], status["error"]
        return status["user"]

    def refused(self, user: str = "admin", cluster: str = "bank", **more: Any) -> str:
        """Why a TokenReview finds nobody; fails where it finds somebody."""
        status = self.ask("authenticate", {"token": self.token(user, cluster, **more)}, cluster)
        assert not status["authenticated"], status
        return str(status["error"])

    def can(self, user: str, verb: str, resource: str, namespace: str = "", cluster: str = "bank", **more: str) -> bool:
        """Whether an access policy of the user allows it: one who is let in asks."""
        who = self.whoami(user, cluster)
        what = {"verb": verb, "resource": resource, "namespace": namespace, "group": "", **more}
        spec = {"user": who["username"], "groups": who["groups"], "uid": who["uid"], "extra": who["extra"]}
        return bool(self.ask("authorize", {**spec, "resourceAttributes": what}, cluster)["allowed"])

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
    settings = CloudSettings(str(next(_accounts)), REGION, TOKEN, WEBHOOKS)
    servers, planes = Servers(), Planes()
    app = application(settings, servers, planes)
    server, thread = serve(app)
    cloud = Cloud(settings, servers, planes, f"http://127.0.0.1:{server.server_port}", app)
    given = policies(settings.account_id, REGION, secrets=["bank/prod", "bank/dev"], unprotected=["bank/dev"])
    cloud.user("admin", given["default"])
    for name in ("github", "developer", "tester"):
        cloud.user(name, given[name])
    cloud.keys["root"] = (f"AKIA{settings.account_id}ROOT", "secret/of+root")
    seed_root(settings, *cloud.keys["root"])
    yield cloud
    servers.go.set()
    planes.go.set()
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def allow() -> Callable[..., dict[str, Any]]:
    def document(*statements: Mapping[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
        return {"Version": version, "Statement": [{"Effect": "Allow", **statement} for statement in statements]}

    return document
