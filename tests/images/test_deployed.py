"""Which images are deployed, as image.prune sees it in a real cluster."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from longshore.aws.identity import IdentityGuard
from longshore.aws.session import open_session
from longshore.errors import Refused
from longshore.images.deployed import LookAtDeployed, _references
from longshore.steps.looking import Looking
from longshore.steps.report import Silent
from tests.live_cluster import LiveCluster

DIGEST = "sha256:" + "ab" * 32
URI = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/bank"
DEPLOYMENTS = "/apis/apps/v1/namespaces/bank/deployments"


@pytest.mark.parametrize(
    ("image", "references"),
    [
        (f"{URI}@{DIGEST}", [DIGEST]),
        (f"{URI}:1.0@{DIGEST}", [DIGEST, "1.0"]),
        ("127.0.0.1:5000/bank:c0ffee", ["c0ffee"]),
        ("127.0.0.1:5000/bank", []),
    ],
)
def test_digest_and_tag_of_a_name(image: str, references: list[str]) -> None:
    assert _references(image) == references


@pytest.fixture
def deployed(live_cluster: LiveCluster) -> Iterator[LiveCluster]:
    """A Deployment without a single pod: its ReplicaSet is what a rollback would go back to."""
    labels = {"app": "kept"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "bank", "image": f"{URI}@{DIGEST}"}]}}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": pod}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "kept"}, "spec": spec}
    assert live_cluster.ask_api("POST", DEPLOYMENTS, body)[0] == 201
    yield live_cluster
    live_cluster.ask_api("DELETE", f"{DEPLOYMENTS}/kept")


@pytest.mark.integration
def test_what_a_cluster_has_is_in_use(deployed: LiveCluster) -> None:
    environment = deployed.environment
    step = LookAtDeployed(environment, IdentityGuard(environment, open_session(environment)))
    step.check(Looking(Silent()))
    assert DIGEST in step.images


@pytest.mark.integration
def test_where_it_cannot_be_seen_nothing_may_go(live_cluster: LiveCluster) -> None:
    environment = dataclasses.replace(live_cluster.environment, eks_cluster="no-such-cluster")
    step = LookAtDeployed(environment, IdentityGuard(environment, open_session(environment)))
    with pytest.raises(Refused, match="can't see what is deployed in sandbox, nothing was deleted") as error:
        step.check(Looking(Silent()))
    assert "there is no cluster no-such-cluster" in error.value.why
