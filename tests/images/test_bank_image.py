"""The sample service's own Dockerfile, by a real builder: its first stage is an image with this machine's Go, which the test makes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from longshore.steps.report import Silent
from longshore.toolchain import go
from tests.images.test_bank import BANK, SERVER
from tests.images.yard import Yard

pytestmark = [pytest.mark.integration, pytest.mark.exhaustive]

BUILDER = """FROM scratch
COPY go /usr/local/go
COPY modules /go/pkg/mod
COPY tmp /tmp
ENV PATH=/usr/local/go/bin GOPATH=/go HOME=/tmp GOCACHE=/tmp/cache GOPROXY=off GOFLAGS=-mod=mod GOTOOLCHAIN=local
"""


def make_builder(yard: Yard, folder: Path) -> None:
    """`localhost/go:1`: a Go, and the modules that the server needs."""
    program = go.provide(SERVER.module.go_version, folder, Silent())
    root = subprocess.run([program, "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    shutil.copytree(root, folder / "go", symlinks=True, ignore=shutil.ignore_patterns("testdata", "test", "api", "doc"))
    env = {**os.environ, "GOMODCACHE": str(folder / "modules"), "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local"}
    subprocess.run([program, "mod", "download"], cwd=BANK / "server", env=env, check=True)
    (folder / "tmp").mkdir()
    (folder / "Dockerfile").write_text(BUILDER)
    yard.builder("build", "--tag", "localhost/go:1", str(folder))


def test_the_server_comes_out_of_the_registry_and_runs(yard: Yard, tmp_path: Path) -> None:
    make_builder(yard, tmp_path)
    for name in ("server", "Dockerfile", ".dockerignore"):
        (shutil.copytree if (BANK / name).is_dir() else shutil.copy)(BANK / name, yard.project / name)
    yard.commit()
    yard.begin("image.push", "--build-arg", "BUILDER=localhost/go:1").end(900).check()
    (image,) = yard.images()
    target = yard.folder / "bank.tar"
    yard.ask_crane("export", f"REGISTRY/bank@{image['imageDigest']}", str(target))
    subprocess.run(["tar", "-xf", target, "-C", tmp_path, "app/bank"], check=True)
    ended = subprocess.run(
        [tmp_path / "app" / "bank"], cwd=tmp_path, capture_output=True, text=True, env={}, timeout=20
    )
    assert ended.stderr.endswith("DB_SOURCE is neither in app.env nor in the environment\n")
    config = yard.config(image["imageDigest"])["config"]
    assert (config["Entrypoint"], config["User"]) == (["/app/bank"], "65532:65532")
    assert config["Labels"]["longshore.app-env"] == "/app/app.env"
