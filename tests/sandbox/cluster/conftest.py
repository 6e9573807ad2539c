"""Control planes without the rest of the sandbox: a state folder, and a stand-in that answers the webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from longshore.sandbox.cluster.api import Api
from longshore.sandbox.cluster.clusters import KubernetesClusters
from longshore.sandbox.layout import Layout
from longshore.steps.looking import Looking
from longshore.steps.report import Silent
from longshore.toolchain import catalogue, programs
from tests.sandbox.cluster.webhooks import Webhooks, served


@dataclass(frozen=True)
class Bench:
    """What the tests of this folder work on."""

    layout: Layout
    clusters: KubernetesClusters
    webhooks: Webhooks
    ports: dict[str, int]

    def api(self, name: str, token: str) -> Api:
        port = self.ports[f"eks-{name}.apiserver"]
        return Api(port, self.layout.cluster(name) / "ca.pem", token)


@pytest.fixture(scope="session")
def built() -> None:
    for program in catalogue.CONTROL_PLANE:
        programs.ensure(program.name, Looking(Silent()))


def _bench(folder: Path) -> Iterator[Bench]:
    layout = Layout(folder)
    layout.make(None)
    with served() as webhooks:
        ports: dict[str, int] = {}
        clusters = KubernetesClusters(layout, lambda: webhooks.address, webhooks.token, ports)
        try:
            yield Bench(layout, clusters, webhooks, ports)
        finally:
            clusters.stop()


@pytest.fixture
def bench(tmp_path: Path, built: None) -> Iterator[Bench]:
    """None of its clusters runs yet."""
    yield from _bench(tmp_path / "state")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, built: None) -> Iterator[Bench]:
    """The cluster `bank-dev` runs. Its folder's path is longer than a Unix socket's may be."""
    for bench in _bench(tmp_path_factory.mktemp("running") / ("long-" * 25)):
        bench.clusters.create("bank-dev")
        yield bench
