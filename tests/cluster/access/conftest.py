"""The cluster with its access as at first, and no run before."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.access.world import World
from tests.live_cluster import LiveCluster


@pytest.fixture
def bank_dev(live_cluster: LiveCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveCluster]:
    """aws-auth, access entries and bindings as after `sandbox.up`; no run, no snapshot, no fault."""
    # What a child that is killed leaves there goes with the test's folder.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    live_cluster.clear_faults()
    live_cluster.reset_access()
    for kept in ("runs", "access"):
        shutil.rmtree(live_cluster.state / kept, ignore_errors=True)
    yield live_cluster
    live_cluster.clear_faults()


@pytest.fixture
def world(bank_dev: LiveCluster) -> World:
    """Grants and revocations on it, in this process."""
    return World(bank_dev, bank_dev.environment)
