"""The cluster with its access as at first."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from longshore.sandbox import processes
from tests.command import until
from tests.live_cluster import CLUSTER, LiveCluster

POLICY = "arn:aws:eks::aws:cluster-access-policy"


class Dev:
    """The cluster bank-dev, and entries for those who should get in, made by the front door."""

    def __init__(self, live: LiveCluster) -> None:
        self.live = live
        self.environment = live.environment

    def let_in(self, user: str, policy: str = "", *namespaces: str, groups: tuple[str, ...] = ()) -> None:
        """An access entry for an IAM user, with one of EKS's policies where one is named (`View`)."""
        about = {"clusterName": CLUSTER, "principalArn": f"arn:aws:iam::111122223333:user/{user}"}
        self.live.eks.create_access_entry(**about, kubernetesGroups=list(groups))
        if policy:
            scope = {"type": "namespace", "namespaces": list(namespaces)} if namespaces else {"type": "cluster"}
            self.live.eks.associate_access_policy(
                **about, policyArn=f"{POLICY}/AmazonEKS{policy}Policy", accessScope=scope
            )

    @contextmanager
    def stopped(self, part: str) -> Iterator[None]:
        """Inside, a part of the control plane stands still: it answers nobody, and its port is taken."""
        [pid] = [one.pid for one in processes.recorded(self.live.layout) if one.name == f"eks-{CLUSTER}.{part}"]
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)
            until(lambda: self.live.ask_api("GET", "/readyz/etcd")[0] == 200)


@pytest.fixture
def dev(live_cluster: LiveCluster) -> Iterator[Dev]:
    """aws-auth, entries and bindings as after `sandbox.up`; no run, no fault, and the profiles' files afterwards as before."""
    live_cluster.clear_faults()
    live_cluster.reset_access()
    shutil.rmtree(live_cluster.state / "runs", ignore_errors=True)
    files = {path: path.read_bytes() for path in (live_cluster.layout.aws_config, live_cluster.layout.aws_credentials)}
    yield Dev(live_cluster)
    for path, content in files.items():
        path.write_bytes(content)
    live_cluster.clear_faults()
    live_cluster.reset_access()
