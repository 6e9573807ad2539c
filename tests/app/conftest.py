"""The bank on the sandbox's cluster: its manifests, two images in ECR, and a namespace without anything."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.app.pushing import REPOSITORY, push
from tests.command import ROOT, until
from tests.live_cluster import NAMESPACE, WITH_CLUSTER, LiveCluster
from tests.running import Result, Running

SETTINGS = "K8S_OVERLAY=k8s/overlays/sandbox\nECR_REPOSITORY=bank\n"
PLACES = {
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "StatefulSet": "/apis/apps/v1/namespaces/{}/statefulsets",
    "DaemonSet": "/apis/apps/v1/namespaces/{}/daemonsets",
    "ReplicaSet": "/apis/apps/v1/namespaces/{}/replicasets",
    "Pod": "/api/v1/namespaces/{}/pods",
    "Secret": "/api/v1/namespaces/{}/secrets",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Service": "/api/v1/namespaces/{}/services",
    "ResourceQuota": "/api/v1/namespaces/{}/resourcequotas",
    "PodDisruptionBudget": "/apis/policy/v1/namespaces/{}/poddisruptionbudgets",
    "Event": "/api/v1/namespaces/{}/events",
}
ALWAYS = {"kube-root-ca.crt"}
LEASES = ("longshore-bank", "longshore-bank.ship")
"""ConfigMaps that say who deploys and who ships."""


@dataclass(frozen=True)
class Bank:
    """`live` is the sandbox's checkout; v1 and v2 are digests."""

    live: LiveCluster
    v1: str
    v2: str

    @property
    def overlay(self) -> Path:
        return self.live.project / "k8s" / "overlays" / "sandbox"

    def inv(self, *words: str, **more: Any) -> Result:
        return self.live.inv(*words, **more)

    def deploy(self, *words: str, image: str = "") -> Result:
        return self.live.inv("app.deploy", "--image", image or self.v1, *words)

    def begin(self, *words: str, script: str = "") -> Running:
        return self.live.inv.begin(*words, script=script)

    def all(self, kind: str, namespace: str = NAMESPACE) -> list[dict[str, Any]]:
        status, found = self.live.ask_api("GET", PLACES[kind].format(namespace))
        assert status == 200, found
        return [one for one in found["items"] if one["metadata"]["name"] not in {*ALWAYS, *LEASES}]

    def one(self, kind: str, name: str = "bank") -> dict[str, Any]:
        (found,) = [one for one in self.all(kind) if one["metadata"]["name"] == name]
        return found

    def image(self, name: str = "bank") -> str:
        """The image of the Deployment's first container."""
        return str(self.one("Deployment", name)["spec"]["template"]["spec"]["containers"][0]["image"])

    @property
    def holder(self) -> str:
        """Who deploys."""
        return self.lease(LEASES[0]).get("holder", "")

    def lease(self, name: str) -> dict[str, str]:
        """What it says; empty: there is none."""
        status, found = self.live.ask_api("GET", f"{PLACES['ConfigMap'].format(NAMESPACE)}/{name}")
        return dict(found["data"]) if status == 200 else {}

    def hold(self, name: str, holder: str, seconds: int = 30) -> None:
        """Somebody else is at work from another machine."""
        data = {"holder": holder, "seconds": str(seconds)}
        lease = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
        assert self.live.ask_api("POST", PLACES["ConfigMap"].format(NAMESPACE), lease)[0] == 201

    def let_go(self, name: str) -> int:
        """The status of the answer: 404 where there is none."""
        return self.live.ask_api("DELETE", f"{PLACES['ConfigMap'].format(NAMESPACE)}/{name}")[0]

    def patch(self, *operations: dict[str, Any]) -> None:
        """Patches of the Deployment in the overlay."""
        (self.overlay / "kustomization.yaml").write_text(
            json.dumps(
                {
                    "resources": ["../../base"],
                    "patches": [{"target": {"kind": "Deployment"}, "patch": json.dumps(list(operations))}],
                }
            )
        )

    def chaos(self, name: str, *more: dict[str, Any]) -> None:
        """The pods meet this from now on (longshore/sandbox/cluster/chaos.yaml)."""
        self.patch(
            {"op": "add", "path": "/spec/template/metadata/labels/longshore~1chaos", "value": name},
            *more,
        )

    def plain(self, **files: str) -> Path:
        """A folder of YAML without a kustomization, as K8S_OVERLAY."""
        folder = self.live.project / "plain"
        folder.mkdir()
        for name, text in files.items():
            (folder / f"{name}.yaml").write_text(text)
        self.live.env_file("sandbox", f"{WITH_CLUSTER['sandbox']}K8S_OVERLAY=plain\n")
        return folder

    def clean(self) -> None:
        """Nothing in the namespace, the files as in the repository."""
        live = self.live
        for kind, place in PLACES.items():
            for found in self.all(kind):
                live.ask_api("DELETE", f"{place.format(NAMESPACE)}/{found['metadata']['name']}?gracePeriodSeconds=0")
        for name in LEASES:
            self.let_go(name)
        until(lambda: self.all("Pod") == [] and self.all("ReplicaSet") == [])
        shutil.rmtree(live.project / "k8s", ignore_errors=True)
        shutil.rmtree(live.project / "plain", ignore_errors=True)
        shutil.copytree(ROOT / "k8s", live.project / "k8s")
        shutil.rmtree(live.state / "runs", ignore_errors=True)
        for name, text in WITH_CLUSTER.items():
            live.env_file(name, text + SETTINGS if name == "base" else text)


@pytest.fixture
def images(live_cluster: LiveCluster) -> tuple[str, str]:
    ecr = live_cluster._session.client("ecr")
    with suppress(ecr.exceptions.RepositoryNotFoundException):
        # Others ship from it, and count what it has.
        ecr.delete_repository(repositoryName=REPOSITORY, force=True)
    return push(ecr, "v1"), push(ecr, "v2")


@pytest.fixture
def bank_app(live_cluster: LiveCluster, images: tuple[str, str]) -> Iterator[Bank]:
    live_cluster.clear_faults()
    live_cluster.reset_access()
    live_cluster.put_secret(live_cluster.secret)
    bank = Bank(live_cluster, *images)
    bank.clean()
    yield bank
    live_cluster.clear_faults()
    bank.clean()
    for name, text in WITH_CLUSTER.items():
        live_cluster.env_file(name, text)
