"""ECR with its registry, without the rest of the sandbox; crane is the client."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import tarfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from longshore.sandbox.cloud.application import application
from longshore.sandbox.cloud.seed import policies
from longshore.sandbox.cloud.settings import CloudSettings
from longshore.sandbox.layout import Layout
from longshore.sandbox.registry.registry import LocalRegistry
from longshore.steps.looking import Looking
from longshore.steps.report import Silent
from longshore.toolchain import programs
from tests.sandbox.cloud.conftest import REGION, TOKEN, WEBHOOKS, Cloud, Planes, Servers, _accounts, serve


@dataclass(frozen=True)
class Harbour:
    """ECR and its registry; `bank` is a repository with immutable tags."""

    cloud: Cloud
    registry: LocalRegistry
    crane: Path
    folder: Path

    @property
    def ecr(self) -> Any:
        return self.cloud.client("ecr")

    def password(self, user: str = "admin") -> str:
        """What GetAuthorizationToken gives out: user and password in base64."""
        data = self.cloud.client("ecr", user).get_authorization_token()["authorizationData"][0]
        assert data["proxyEndpoint"] == f"http://{self.registry.address}"
        return str(data["authorizationToken"])

    def auth(self, token: str) -> Path:
        """A folder for DOCKER_CONFIG; none of ECR's tokens: nobody."""
        folder = self.folder / f"auth-{abs(hash(token))}"
        folder.mkdir(exist_ok=True)
        auths = {self.registry.address: {"auth": token}} if token else {}
        (folder / "config.json").write_text(json.dumps({"auths": auths}))
        return folder

    def run(self, *words: str, token: str | None = None, code: int = 0) -> str:
        """crane as who has the token (default: admin); what it printed, or what it complained of."""
        config = self.auth(self.password() if token is None else token)
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "DOCKER_CONFIG": str(config)}
        ended = subprocess.run([self.crane, *words], env=env, capture_output=True, text=True, timeout=60)
        assert (ended.returncode != 0) == (code != 0), ended.stderr
        return ended.stderr if code else ended.stdout.strip()

    def name(self, tag: str, repository: str = "bank") -> str:
        return f"{self.registry.address}/{repository}:{tag}"

    def push(self, tag: str, content: bytes = b"hello", *, repository: str = "bank", **more: Any) -> str:
        """An image of one file; its digest, or what crane complained of."""
        layer = self.folder / f"layer-{abs(hash(content))}.tar"
        with tarfile.open(layer, "w") as archive:
            member = tarfile.TarInfo("file")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        words = ("append", "--oci-empty-base", "-f", str(layer), "-t", self.name(tag, repository))
        said = self.run(*words, **more)
        return said.rpartition("@")[2] if not more.get("code") else said

    def describe(self, repository: str = "bank", **ids: str) -> list[dict[str, Any]]:
        named = {"imageIds": [ids]} if ids else {}
        found: list[dict[str, Any]] = self.ecr.describe_images(repositoryName=repository, **named)["imageDetails"]
        return found

    def http(
        self,
        method: str,
        path: str,
        token: str = "",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        """A request to the registry: status, headers, body."""
        given = {**(headers or {}), **({"Authorization": f"Basic {token}"} if token else {})}
        request = urllib.request.Request(f"http://{self.registry.address}{path}", body, given, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()

    def code(self, *words: Any, **more: Any) -> tuple[int, str]:
        """Status and the registry's error code."""
        status, _, body = self.http(*words, **more)
        return status, json.loads(body)["errors"][0]["code"]


def basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture(scope="session")
def crane() -> Path:
    return programs.ensure("crane", Looking(Silent()))


@pytest.fixture
def harbour(tmp_path: Path, crane: Path) -> Iterator[Harbour]:
    layout = Layout(tmp_path / "state")
    layout.make(None)
    settings = CloudSettings(str(next(_accounts)), REGION, TOKEN, WEBHOOKS)
    registry = LocalRegistry(layout, {})
    app = application(settings, Servers(), Planes(), registry)
    server, thread = serve(app)
    cloud = Cloud(settings, Servers(), Planes(), f"http://127.0.0.1:{server.server_port}", app)
    given = policies(settings.account_id, REGION, secrets=["bank/prod"], unprotected=[])
    cloud.user("admin", given["default"])
    cloud.user("github", given["github"])
    try:
        made = Harbour(cloud, registry, crane, tmp_path)
        made.ecr.create_repository(repositoryName="bank", imageTagMutability="IMMUTABLE")
        yield made
    finally:
        registry.stop()
        server.shutdown()
        thread.join(10)
        server.server_close()
