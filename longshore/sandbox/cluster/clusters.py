"""EKS's clusters: a control plane of its own for each, on this machine."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from longshore.errors import Failed
from longshore.sandbox import processes
from longshore.sandbox.cloud.clusters import ControlPlane, Node
from longshore.sandbox.cluster import load_balancers, nodes, system
from longshore.sandbox.cluster.control_plane import LocalControlPlane
from longshore.sandbox.cluster.files import Webhooks
from longshore.sandbox.cluster.part import Part
from longshore.sandbox.layout import Layout
from longshore.toolchain import programs

WEBHOOKS = "/_sandbox/clusters"


class KubernetesClusters:
    """The control planes, by the name of their cluster. They live as long as the sandbox's AWS, which forgets its clusters when it ends.

    `address` tells where AWS answers, which holds the webhooks; `token` is theirs. `ports` are the API servers' last ones, which are wanted
    again; `keep` writes them down. In a `region`, Services of type LoadBalancer get a host name.
    """

    def __init__(
        self,
        layout: Layout,
        address: Callable[[], str],
        token: str,
        ports: dict[str, int] | None = None,
        keep: Callable[[], None] = lambda: None,
        region: str = "",
    ) -> None:
        self._layout = layout
        self._address = address
        self._token = token
        self._ports = {} if ports is None else ports
        self._keep = keep
        self._planes: dict[str, LocalControlPlane] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._region = region
        self._balancing: threading.Thread | None = None
        shutil.rmtree(layout.clusters, ignore_errors=True)

    @property
    def version(self) -> str:
        """Kubernetes' minor version: `1.36`."""
        return programs.version("kube-apiserver").rpartition(".")[0]

    def parts(self) -> list[Part]:
        """All programs that run, or should; those first that others need."""
        with self._lock:
            planes = list(self._planes.values())
        return [part for plane in planes for part in plane.parts]

    def create(self, name: str) -> ControlPlane:
        """Start an empty cluster, with what EKS puts into kube-system. Raises Failed, UsageError."""
        self.delete(name)
        server = processes.of_cluster(name, "apiserver")
        webhooks = Webhooks(f"{self._address()}{WEBHOOKS}/{name}", self._token)
        plane = LocalControlPlane(self._layout, name, webhooks, self._ports.get(server, 0))
        with self._lock:
            if self._ended.is_set():
                raise Failed("the sandbox is stopping", on=name)
            self._planes[name] = plane
        try:
            plane.start(self._ended.is_set)
            system.furnish(plane.ask)
        except BaseException:
            # Not by its name: `stop` may have forgotten it already, and another may have it.
            plane.stop()
            with self._lock:
                if self._planes.get(name) is plane:
                    del self._planes[name]
            raise
        with self._lock:
            self._ports[server] = plane.port
            self._keep()
            if self._region and self._balancing is None:
                self._balancing = threading.Thread(target=self._balance, name="load balancers", daemon=True)
                self._balancing.start()
        return ControlPlane(plane.endpoint, plane.authority)

    def _balance(self) -> None:
        while not self._ended.wait(load_balancers.EVERY):
            with self._lock:
                planes = list(self._planes.values())
            for plane in planes:
                # One that starts, ends or has died is looked at again later.
                with suppress(OSError):
                    load_balancers.give(plane.ask, self._region)

    def delete(self, name: str) -> None:
        """End it and remove what it kept. Gone already is fine."""
        with self._lock:
            plane = self._planes.pop(name, None)
        if plane is not None:
            plane.stop()

    def join(self, name: str, nodes_: Sequence[Node]) -> None:
        """Add nodes, and wait until they are Ready. Raises Failed, OSError."""
        nodes.join(self._of(name).ask, nodes_, f"v{programs.version('kube-apiserver')}", self._ended.is_set)

    def leave(self, name: str, names: Sequence[str]) -> None:
        """Take nodes away. Gone already is fine. Raises Failed, OSError."""
        nodes.leave(self._of(name).ask, names)

    def ask(
        self, name: str, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """A request as the hidden administrator. Raises OSError, also where there is no such cluster."""
        return self._of(name).ask(method, path, body)

    def stop(self) -> None:
        """End all and remove what they kept. What a request still wants to start is refused."""
        self._ended.set()
        with self._lock:
            names = list(self._planes)
        for name in names:
            self.delete(name)
        shutil.rmtree(self._layout.clusters, ignore_errors=True)

    def _of(self, name: str) -> LocalControlPlane:
        with self._lock:
            if name not in self._planes:
                raise ConnectionError(f"there is no control plane {name}")
            return self._planes[name]
