"""The Services behind the rules: their ports, and how many of their pods are ready.

https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from longshore.environments.environment import Environment
from longshore.errors import UsageError, nearest
from longshore.programs.kubernetes import Object

KINDS = "services,endpointslices.discovery.k8s.io"
OF = "kubernetes.io/service-name"
"""The label of an EndpointSlice that says whose it is."""


@dataclass(frozen=True)
class Port:
    """`name` is empty where a Service has only one port and didn't name it."""

    number: int
    name: str

    def __str__(self) -> str:
        return f"{self.number} ({self.name})" if self.name else str(self.number)

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(word for word in (self.name, str(self.number)) if word)


@dataclass(frozen=True)
class Service:
    """A Service, and the pods that it leads to: `ready` of `endpoints`."""

    name: str
    ports: tuple[Port, ...]
    ready: int = 0
    endpoints: int = 0
    external: str = ""
    """The name that a Service of type ExternalName stands for: it has no pods."""
    selector: str = ""
    """Of its pods, for kubectl; empty: somebody else writes its endpoints."""

    def port(self, word: str) -> Port | None:
        """The port of that number or name."""
        return next((one for one in self.ports if word in one.words), None)


def of(found: Sequence[Object]) -> dict[str, Service]:
    """Services by name, from the objects of `KINDS` of one namespace."""
    slices: dict[str, list[Object]] = {}
    for one in found:
        if one["kind"] == "EndpointSlice":
            slices.setdefault((one["metadata"].get("labels") or {}).get(OF, ""), []).append(one)
    services = (one for one in found if one["kind"] == "Service")
    return {one["metadata"]["name"]: _service(one, slices.get(one["metadata"]["name"], ())) for one in services}


def chosen(found: Mapping[str, Service], name: str, port: str, environment: Environment) -> tuple[Service, Port]:
    """A Service and its port; `port` empty: the only one. Raises UsageError with the nearest."""
    service = found.get(name)
    if service is None:
        raise UsageError(
            f"there is no Service {name}{nearest(name, list(found))}", on=f"--service, namespace {environment.namespace}",
            why=f"there is {', '.join(sorted(found)) or 'none'}", do=f"name one of them, or bring it there: inv app.deploy --env {environment.name}",
        )  # fmt: skip
    words = [word for one in service.ports for word in one.words]
    told = f"it has {', '.join(str(one) for one in service.ports) or 'no port'}"
    if not port:
        if len(service.ports) != 1:
            raise UsageError(f"which port of {name}?", on="--port", why=told, do="name it: --port NAME")
        return service, service.ports[0]
    there = service.port(port)
    if there is None:
        raise UsageError(
            f"{name} has no port {port}{nearest(port, words)}", on="--port", why=told, do="name one of them"
        )
    return service, there


def _service(found: Object, slices: Sequence[Object]) -> Service:
    spec = found.get("spec") or {}
    ports = tuple(Port(int(one["port"]), str(one.get("name") or "")) for one in spec.get("ports") or [])
    pods: dict[Any, bool] = {}
    for one in slices:
        for endpoint in one.get("endpoints") or []:
            conditions = endpoint.get("conditions") or {}
            if conditions.get("terminating"):
                continue
            # A pod with an IPv4 and an IPv6 address is in two slices.
            who = (endpoint.get("targetRef") or {}).get("uid") or tuple(endpoint.get("addresses") or ())
            # No condition means ready.
            pods[who] = conditions.get("ready") is not False
    external = str(spec.get("externalName", "")) if spec.get("type") == "ExternalName" else ""
    selector = ",".join(f"{name}={value}" for name, value in (spec.get("selector") or {}).items())
    return Service(found["metadata"]["name"], ports, sum(pods.values()), len(pods), external, selector)
