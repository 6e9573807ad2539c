"""The sandbox's cluster with a class of Traefik's and Services whose pods are ready; nothing else of others' is there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from secrets import token_hex
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
ELSEWHERE = ("/apis/apps/v1/namespaces/default/deployments", "/api/v1/namespaces/default/services")
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
        # Of one of that name before, pods may still be there.
        labels = {"app": f"{name}-{token_hex(3)}"}
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

    def make_controller(self) -> None:
        """What Traefik's chart makes as far as the chain is concerned: pods of its name, and a load balancer."""
        labels = {"app.kubernetes.io/name": "traefik"}
        spec = {"containers": [{"name": "traefik", "image": "example.com/traefik"}]}
        template = {"metadata": {"labels": labels}, "spec": spec}
        metadata = {"name": "traefik", "labels": labels}
        self.make(
            ELSEWHERE[0], {"metadata": metadata, "spec": {"selector": {"matchLabels": labels}, "template": template}}
        )
        exposed = {"type": "LoadBalancer", "selector": labels, "ports": [{"port": 80}]}
        self.make(ELSEWHERE[1], {"metadata": metadata, "spec": exposed})
        until(lambda: self.live.ask_api("GET", f"{ELSEWHERE[0]}/traefik")[1].get("status", {}).get("availableReplicas"))
        until(lambda: self.live.ask_api("GET", f"{ELSEWHERE[1]}/traefik")[1]["status"]["loadBalancer"].get("ingress"))

    def scale(self, path: str, replicas: int) -> None:
        """So many pods of a Deployment, as the status says it too."""
        self.live.ask_api("PATCH", path, {"spec": {"replicas": replicas}})
        until(lambda: (self.live.ask_api("GET", path)[1].get("status", {}).get("availableReplicas") or 0) == replicas)

    def clean(self) -> None:
        """No Ingress, class or controller; no workload and Service in the namespace."""
        ask = self.live.ask_api
        for place in ELSEWHERE:
            ask("DELETE", f"{place}/traefik")
        for place in (INGRESSES.format(NAMESPACE), INGRESSES.format("default"), CLASSES, APPS, f"{CORE}/services"):
            for one in ask("GET", place)[1]["items"]:
                ask("DELETE", f"{place}/{one['metadata']['name']}")
        shutil.rmtree(self.live.state / "runs", ignore_errors=True)


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
    found.make_class("traefik")
    found.make_service("bank", pods=2)
    yield found
    found.clean()
