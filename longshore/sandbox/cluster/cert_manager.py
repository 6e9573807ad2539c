"""cert-manager's controllers of one cluster: a process that does what the pod of their Deployment would, since kwok's pod does nothing.

It runs as long as the Deployment wants a pod, and as its ServiceAccount: with the rights that the installation gave it, and no others.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from longshore.errors import Failed, LongshoreError
from longshore.process.redaction import know
from longshore.sandbox.cluster.files import Files
from longshore.sandbox.cluster.part import Part
from longshore.sandbox.cluster.programs import CERT_MANAGER, CERTIFICATES
from longshore.sandbox.layout import Layout
from longshore.toolchain import cache, catalogue

EVERY = 0.5
REST = 5.0
"""Seconds between two looks, and after a start that failed."""
DEPLOYMENT = f"/apis/apps/v1/namespaces/{CERTIFICATES}/deployments/{CERTIFICATES}"
KINDS = ("/apis/cert-manager.io/v1", "/apis/acme.cert-manager.io/v1")
"""Where its custom resources are, once they are defined."""
YEAR = 365 * 24 * 3600
"""Seconds that the process's token holds: as long as the control plane's certificates."""
ROOT, AUTHORITY = "sandbox-root", "sandbox-ca"

Ask = Callable[..., tuple[int, dict[str, Any]]]


class CertManager:
    """`ask` asks the API server as the hidden administrator, `port` tells where it is."""

    def __init__(self, layout: Layout, cluster: str, ask: Ask, port: Callable[[], int]) -> None:
        self._layout = layout
        self._cluster = cluster
        self._files = Files(layout.cluster(cluster))
        self._ask = ask
        self._port = port
        self._part: Part | None = None
        self._runs_for = ""  # the Deployment's uid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"cert-manager of {cluster}", daemon=True)

    @property
    def parts(self) -> list[Part]:
        """The process, where it runs or should."""
        return [self._part] if self._part else []

    def start(self) -> None:
        """Begin to watch for the Deployment."""
        self._thread.start()

    def stop(self) -> None:
        """End the process and the watch. Not started is fine."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        self._end()

    def _watch(self) -> None:
        pause = EVERY
        while not self._ended.wait(pause):
            pause = EVERY
            try:
                self._look()
            except (LongshoreError, OSError):
                # The API server may be on its way back, which the process waits for, too. Why it did not start is in its log.
                if not self._runs_for:
                    self._end()
                pause = REST

    def _look(self) -> None:
        status, found = self._ask("GET", DEPLOYMENT)
        if status not in (200, 404):
            return
        uid = str(found["metadata"]["uid"]) if status == 200 and found["spec"]["replicas"] else ""
        if uid == self._runs_for:
            return
        self._end()
        if uid and self._can_run():
            self._begin(found["spec"]["template"]["spec"].get("serviceAccountName", "default"))
            self._runs_for = uid

    def _can_run(self) -> bool:
        return cache.is_built(catalogue.CERT_MANAGER) and all(self._ask("GET", path)[0] == 200 for path in KINDS)

    def _begin(self, account: str) -> None:
        token = self._made(
            f"/api/v1/namespaces/{CERTIFICATES}/serviceaccounts/{account}/token",
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": YEAR}},
        )["status"]["token"]
        know(token)
        self._files.point(CERTIFICATES, self._port(), token)
        self._part = Part(self._layout, self._cluster, CERT_MANAGER)
        self._part.launch()
        self._part.await_answer(self._ended.is_set)
        for path, body in issuers():
            self._made(path, body)

    def _made(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        status, answer = self._ask("POST", path, body)
        if status not in (201, 409):
            raise Failed("cert-manager can't be furnished", on=path, why=str(answer.get("message", status)))
        return answer

    def _end(self) -> None:
        if self._part is not None:
            self._part.stop()
        self._part, self._runs_for = None, ""


def issuers() -> list[tuple[str, dict[str, Any]]]:
    """The ClusterIssuer that the sandbox has from the beginning, and the certificate of its authority: each object, and the path of its kind."""
    group = "cert-manager.io"
    namespaced = f"/apis/{group}/v1/namespaces/{CERTIFICATES}"

    def resource(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
        return {"apiVersion": f"{group}/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}

    # The root is no ClusterIssuer: an application's certificate can't be asked of it by mistake.
    authority = {
        "isCA": True,
        "commonName": "longshore sandbox",
        "secretName": AUTHORITY,
        "duration": f"{YEAR // 3600}h",
        "privateKey": {"algorithm": "ECDSA", "size": 256},
        "issuerRef": {"name": ROOT, "kind": "Issuer", "group": group},
    }
    return [
        (f"{namespaced}/issuers", resource("Issuer", ROOT, {"selfSigned": {}})),
        (f"{namespaced}/certificates", resource("Certificate", AUTHORITY, authority)),
        (f"/apis/{group}/v1/clusterissuers", resource("ClusterIssuer", AUTHORITY, {"ca": {"secretName": AUTHORITY}})),
    ]
