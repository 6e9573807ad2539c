"""The registry behind ECR: `Registry` of the cloud, by a real registry of this machine."""

from __future__ import annotations

import threading

from longshore.errors import Failed
from longshore.sandbox import ports
from longshore.sandbox.cloud.registry import Denied, Gate, Manifest
from longshore.sandbox.layout import Layout
from longshore.sandbox.registry import charts, upstream
from longshore.sandbox.registry.front import Front
from longshore.sandbox.registry.kept import Manifests
from longshore.sandbox.registry.server import RegistryServer

TRIES = 5


class LocalRegistry:
    """It listens as soon as it is opened; its process starts with the first request. `ports` has the last port, which is wanted again."""

    def __init__(self, layout: Layout, kept: dict[str, int]) -> None:
        self.server = RegistryServer(layout)
        self.manifests = Manifests()
        self._ports = kept
        self._front: Front | None = None
        self._gate: Gate | None = None
        self._lock = threading.RLock()
        self._pushing = threading.Lock()
        """From the look whether a tag is free until it is given."""
        self._ended = False

    @property
    def address(self) -> str:
        return f"{ports.HOST}:{self._ports[self.server.name]}"

    @property
    def gate(self) -> Gate:
        if self._gate is None:
            raise Denied(503, "UNKNOWN", "The registry is not open yet.")
        return self._gate

    def open(self, gate: Gate) -> None:
        """Raises Failed where no port is free."""
        self._gate = gate
        self._front = self._listen()
        thread = threading.Thread(target=self._front.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()

    @property
    def port(self) -> int:
        """Where the registry's process answers; it is started where it isn't. Raises Failed, UsageError."""
        with self._lock:
            if self._ended:
                raise Failed("the sandbox is stopping", on="registry")
            if not self.server.alive():
                self._begin()
            return self.server.port

    def accept(self, manifest: Manifest, *, of_ecr: bool = True) -> None:
        """A manifest that a client pushes. Raises Denied, OSError, LongshoreError."""
        with self._pushing:
            if of_ecr:
                self.gate.refuse_taken(manifest)
            try:
                missing = upstream.missing_blobs(self.port, manifest)
            except (ValueError, KeyError, TypeError, AttributeError):
                raise Denied(400, "MANIFEST_INVALID", "The manifest can't be read.") from None
            if missing:
                raise Denied(404, "MANIFEST_BLOB_UNKNOWN", f"Layers are missing: {', '.join(missing)}")
            self.put(manifest)
            if of_ecr:
                self.gate.pushed(manifest)

    def put(self, manifest: Manifest) -> None:
        try:
            upstream.put(self.port, manifest, manifest.reference)
        except Failed as error:
            raise ConnectionError(error.what) from error
        self.manifests.keep(manifest)

    def delete(self, repository: str, references: list[str]) -> None:
        for reference in references:
            self.manifests.forget(repository, reference)
            if self.server.alive():
                upstream.status(self.server.port, "DELETE", f"/v2/{repository}/manifests/{reference}")

    def died(self) -> bool:
        """Whether its process was started, and lives no more."""
        return not self._ended and self.server.runs and not self.server.alive()

    @property
    def name(self) -> str:
        return self.server.name

    def revive(self) -> bool:
        """Start its process again, with the manifests that it had; false where it runs or was stopped. Raises Failed."""
        with self._lock:
            if not self.died():
                return False
            self._begin()
            return True

    def stop(self) -> None:
        """Let nobody in, end the process, remove what it kept."""
        with self._lock:
            self._ended = True
        if self._front is not None:
            self._front.shutdown()
            self._front.server_close()
        self.server.stop()

    def _begin(self) -> None:
        self.server.start()
        charts.push_own(self.server.port)
        for reference, manifest in self.manifests.all():
            upstream.put(self.server.port, manifest, reference)

    def _listen(self) -> Front:
        for _ in range(TRIES):
            port = ports.choose(self._ports.get(self.server.name, 0))
            try:
                front = Front(self, port)
            except OSError:
                continue  # somebody took it between our look and the server's
            self._ports[self.server.name] = port
            return front
        raise Failed("the sandbox's registry found no free port", on=ports.HOST)
