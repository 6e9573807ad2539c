"""The folder of a way's kubeconfig: private, and not left behind for long."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from longshore.aws.session import open_session
from longshore.cluster.eks import Eks
from longshore.cluster.way import FOLDER, LEFT, Way
from longshore.toolchain import programs
from tests.cluster.conftest import Dev

pytestmark = pytest.mark.integration


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_what_killed_processes_left_is_removed(dev: Dev, temporary: Path) -> None:
    old, young, other = (temporary / name for name in (f"{FOLDER}old", f"{FOLDER}young", "longshore-else"))
    for folder in (old, young, other):
        folder.mkdir()
        (folder / "kubeconfig").touch()
    (temporary / f"{FOLDER}link").symlink_to(other)
    for folder in (old, other):
        os.utime(folder, (time.time() - LEFT - 60,) * 2)
    way = _way(dev)
    mine = way.kubectl().kubeconfig
    assert not old.exists()
    assert young.exists()
    assert other.exists()
    assert mine.parent.name.startswith(FOLDER)
    assert (mine.stat().st_mode & 0o777, mine.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_folder_that_was_removed_is_made_anew(dev: Dev, temporary: Path) -> None:
    way = _way(dev)
    first = way.kubectl().kubeconfig
    subprocess.run(["rm", "-r", str(first.parent)], check=True)
    second = way.kubectl(fresh=True)
    assert second.kubeconfig != first
    assert second.server_version() == f"v{programs.version('kube-apiserver')}"


def _way(dev: Dev) -> Way:
    session = open_session(replace(dev.environment, profile="default"))
    cluster = Eks(session).cluster(dev.environment.eks_cluster)
    assert cluster is not None
    path = programs.find("kubectl")
    assert path is not None
    return Way(session, cluster, path, dev.environment.state)
