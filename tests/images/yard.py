"""The real sandbox with a project that is built into images, by a real builder whose store is a folder of the test."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from longshore.sandbox.registry.request import CHARTS
from longshore.steps.looking import Looking
from longshore.steps.report import Silent
from longshore.toolchain import programs
from tests.command import Result
from tests.live import FILES, Live, Running, git

REPOSITORY = "bank"
BASE = "localhost/base:1"
DOCKERFILE = f"ARG BASE={BASE}\nFROM ${{BASE}}\nWORKDIR /app\nCOPY . .\n"
IGNORE = ".git\n.longshore\napp.env\nenv\n"
BUILDER = "buildah" if shutil.which("buildah") else "podman"
"""Both have the words that the tests use."""

__all__ = ["BASE", "CHARTS", "DOCKERFILE", "IGNORE", "REPOSITORY", "Yard", "yard"]


def named(words: Sequence[str]) -> list[str]:
    """With the builder whose store the tests know: this machine may have another one that comes first."""
    task = next((word for word in words if word in ("image.build", "image.push", "image.login")), None)
    return [*words, "--builder", BUILDER] if task else list(words)


@dataclass(frozen=True)
class Yard:
    """`live` is the sandbox's checkout; its project has a Dockerfile, whose base image is one that the tests make."""

    live: Live
    folder: Path
    crane: Path

    @property
    def project(self) -> Path:
        return self.live.project

    @property
    def env(self) -> dict[str, str]:
        """For the builder: no container is run, and no file system but plain folders is needed."""
        return {
            "BUILDAH_ISOLATION": "chroot",
            "CONTAINERS_STORAGE_CONF": str(self.folder / "storage.conf"),
            "REGISTRY_AUTH_FILE": str(self.folder / "own-auth.json"),
        }

    def inv(self, *words: str, env: Mapping[str, str] | None = None, **more: Any) -> Result:
        return self.live.inv(*named(words), env={**self.env, **(env or {})}, **more)

    def begin(self, *words: str, script: str = "") -> Running:
        return self.live.inv.begin(*named(words), env=self.env, script=script)

    def builder(self, *words: str, ok: bool = True) -> str:
        """buildah itself."""
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **self.env}
        ended = subprocess.run([BUILDER, *words], env=env, capture_output=True, text=True, timeout=120, cwd=self.folder)
        assert (ended.returncode == 0) == ok, ended.stderr
        return ended.stdout

    def built(self) -> list[str]:
        """The names that the builder has for the project's images."""
        found = self.builder("images", "--format", "{{.Name}}:{{.Tag}}").split()
        return [name for name in found if name.startswith(f"localhost/{REPOSITORY}:")]

    def write(self, name: str, text: str) -> None:
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def commit(self, **files: str) -> str:
        """Commit all; the commit."""
        for name, text in files.items():
            self.write(name.replace("__", "."), text)
        git(self.project, "add", "-A")
        git(self.project, "commit", "-q", "--allow-empty", "-m", "change")
        return self.head

    @property
    def head(self) -> str:
        said = subprocess.run(
            ["git", "-C", self.project, "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        )
        return said.stdout.strip()

    @cached_property
    def ecr(self) -> Any:
        from longshore.aws.session import open_session

        return open_session(self.live.environment).client("ecr")

    def images(self) -> list[dict[str, Any]]:
        """What ECR has; none where there is no repository."""
        try:
            found: list[dict[str, Any]] = self.ecr.describe_images(repositoryName=REPOSITORY)["imageDetails"]
        except self.ecr.exceptions.RepositoryNotFoundException:
            return []
        return found

    def ask_crane(self, *words: str) -> str:
        """crane, with a password of admin's."""
        data = self.ecr.get_authorization_token()["authorizationData"][0]
        registry = data["proxyEndpoint"].removeprefix("http://")
        config = self.folder / "crane"
        config.mkdir(exist_ok=True)
        auths = {registry: {"auth": data["authorizationToken"]}}
        (config / "config.json").write_text(json.dumps({"auths": auths}))
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "DOCKER_CONFIG": str(config)}
        command = [self.crane, *(word.replace("REGISTRY", registry) for word in words)]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=60).stdout

    def files(self, digest: str) -> dict[str, str]:
        """The files of an image, with their content, as it comes out of the registry."""
        target = self.folder / "image.tar"
        self.ask_crane("export", f"REGISTRY/{REPOSITORY}@{digest}", str(target))
        out = self.folder / "out"
        subprocess.run(["rm", "-rf", out], check=True)
        out.mkdir()
        subprocess.run(["tar", "-xf", target, "-C", out], check=True)
        return {str(path.relative_to(out)): path.read_text() for path in out.rglob("*") if path.is_file()}

    def config(self, digest: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.ask_crane("config", f"REGISTRY/{REPOSITORY}@{digest}"))
        return found


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The builder's own store, with the base image that the tests make."""
    folder = tmp_path_factory.mktemp("store")
    (folder / "storage.conf").write_text(
        f'[storage]\ndriver = "vfs"\ngraphroot = "{folder}/graph"\nrunroot = "{folder}/run"\n'
    )
    (folder / "own-auth.json").write_text("{}")
    (folder / "base").mkdir()
    (folder / "base" / "motd").write_text("made by the tests\n")
    (folder / "base" / "Dockerfile").write_text("FROM scratch\nCOPY motd /etc/motd\n")
    yard = Yard(None, folder, Path())  # type: ignore[arg-type]  # only its builder is used
    yard.builder("build", "--tag", BASE, str(folder / "base"))
    return folder


@pytest.fixture
def yard(bank: Live, store: Path, request: pytest.FixtureRequest) -> Iterator[Yard]:
    """No image is there but the base, neither here nor in ECR, and no repository; the project is committed."""
    crane = programs.ensure("crane", Looking(Silent()))
    bank.env_file("base", FILES["base"] + f"ECR_REPOSITORY={REPOSITORY}\n")
    found = Yard(bank, store, crane)
    start = found.head
    found.write("Dockerfile", DOCKERFILE)
    found.write(".dockerignore", IGNORE)
    found.write("main.txt", "the application\n")
    found.commit()
    try:
        yield found
    finally:
        bank.clear_faults()
        for name in found.built():
            found.builder("rmi", "--force", name)
        for repository in found.ecr.describe_repositories()["repositories"]:
            found.ecr.delete_repository(repositoryName=repository["repositoryName"], force=True)
        (bank.project / "app.env").unlink(missing_ok=True)
        git(bank.project, "reset", "-q", "--hard", start)
        git(bank.project, "clean", "-q", "-f", "-d")
        for name, text in FILES.items():
            bank.env_file(name, text)
