"""The sandbox's cluster with a class of Traefik's and Services whose pods are ready; nothing else of others' is there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.command import until
from tests.live_cluster import NAMESPACE, WITH_CLUSTER, LiveCluster
from tests.running import Result

NETWORKING = "/apis/networking.k8s.io/v1"
INGRESSES = f"{NETWORKING}/namespaces/{{}}/ingresses"
CLASSES = f"{NETWORKING}/ingressclasses"
APPS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
CORE = f"/api/v1/namespaces/{NAMESPACE}"
HOST = "bank.example.com"
DEFAULT = {"ingressclass.kubernetes.io/is-default-class": "true"}


@dataclass(frozen=True)
class WayIn:
    """`live` is the sandbox's checkout."""

    live: LiveCluster

    def inv(self, *words: str, **more: Any) -> Result:
        return self.live.inv(*words, **more)

    def add(self, *words: str, host: str = HOST, service: str = "bank") -> Result:
        return self.inv("ingress.add", "--host", host, "--service", service, *words)

    def remove(self, *words: str, host: str = HOST) -> Result:
        return self.inv("ingress.remove", "--host", host, "--confirm", "sandbox", *words)

    # What is in the cluster.

    def make(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """An object, as somebody else would make it."""
        status, answer = self.live.ask_api("POST", path, body)
        assert status == 201, answer
        return answer

    def make_class(self, name: str, controller: str = "traefik.io/ingress-controller", default: bool = False) -> None:
        metadata = {"name": name, "annotations": DEFAULT if default else {}}
        self.make(CLASSES, {"metadata": metadata, "spec": {"controller": controller}})

    def make_service(self, name: str, *ports: int | str, pods: int = 1) -> None:
        """A Service with pods that are ready; a port that is a name stands for 80."""
        labels = {"app": name}
        listed = [
            {"port": one, "name": f"p{one}"} if isinstance(one, int) else {"port": 80, "name": one}
            for one in ports or ("http",)
        ]
        self.make(f"{CORE}/services", {"metadata": {"name": name}, "spec": {"selector": labels, "ports": listed}})
        if pods:
            spec = {"containers": [{"name": "main", "image": "example.com/main"}]}
            template = {"metadata": {"labels": labels}, "spec": spec}
            body = {"replicas": pods, "selector": {"matchLabels": labels}, "template": template}
            self.make(APPS, {"metadata": {"name": name}, "spec": body})
            until(lambda: self.live.ask_api("GET", f"{APPS}/{name}")[1].get("status", {}).get("readyReplicas") == pods)

    def make_ingress(
        self, name: str, rules: Sequence[dict[str, Any]], *, namespace: str = NAMESPACE, **spec: Any
    ) -> dict[str, Any]:
        """Another's Ingress."""
        spec = {"ingressClassName": "traefik", "rules": list(rules), **spec}
        return self.make(INGRESSES.format(namespace), {"metadata": {"name": name}, "spec": spec})

    def ingresses(self, namespace: str = NAMESPACE) -> list[dict[str, Any]]:
        status, found = self.live.ask_api("GET", INGRESSES.format(namespace))
        assert status == 200
        return list(found["items"])

    def ingress(self, name: str = HOST) -> dict[str, Any]:
        (found,) = [one for one in self.ingresses() if one["metadata"]["name"] == name]
        return found

    def paths(self, name: str = HOST) -> dict[str, str]:
        """Of a host's Ingress: path -> Service."""
        [rule] = self.ingress(name)["spec"]["rules"]
        return {one["path"]: one["backend"]["service"]["name"] for one in rule["http"]["paths"]}

    def clean(self) -> None:
        """No Ingress, one class, the Service bank with two pods."""
        live = self.live
        for namespace in (NAMESPACE, "default"):
            for one in self.ingresses(namespace):
                live.ask_api("DELETE", f"{INGRESSES.format(namespace)}/{one['metadata']['name']}")
        for one in live.ask_api("GET", CLASSES)[1]["items"]:
            live.ask_api("DELETE", f"{CLASSES}/{one['metadata']['name']}")
        for place in (APPS, f"{CORE}/services"):
            for one in live.ask_api("GET", place)[1]["items"]:
                if one["metadata"]["name"] != "bank":
                    live.ask_api("DELETE", f"{place}/{one['metadata']['name']}")
        shutil.rmtree(live.state / "runs", ignore_errors=True)
        self.make_class("traefik")
        if live.ask_api("GET", f"{CORE}/services/bank")[0] == 404:
            self.make_service("bank", pods=2)


def rule(host: str, path: str, service: str = "bank", port: int = 80, type: str = "Prefix") -> dict[str, Any]:
    """A rule as a manifest has it."""
    backend = {"service": {"name": service, "port": {"number": port}}}
    return {"host": host, "http": {"paths": [{"path": path, "pathType": type, "backend": backend}]}}


@pytest.fixture
def way_in(live_cluster: LiveCluster) -> Iterator[WayIn]:
    live_cluster.clear_faults()
    live_cluster.reset_access()
    for name, text in WITH_CLUSTER.items():
        live_cluster.env_file(name, text)
    found = WayIn(live_cluster)
    found.clean()
    yield found
    found.clean()
    for place in (APPS, f"{CORE}/services"):
        live_cluster.ask_api("DELETE", f"{place}/bank")
    live_cluster.ask_api("DELETE", f"{CLASSES}/traefik")
