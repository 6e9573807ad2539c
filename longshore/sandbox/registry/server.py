"""The registry's own process, `crane registry serve`: started at the first request, started again after it died, ended.

It keeps layers on disk and manifests in its memory: whoever starts it again brings the manifests back.
"""

from __future__ import annotations

import http.client
import os
import shutil
import threading
import time

from longshore.errors import Failed
from longshore.process import detached
from longshore.process.detached import Server
from longshore.sandbox import ports, processes
from longshore.sandbox.files import reason_in
from longshore.sandbox.layout import Layout
from longshore.toolchain import programs

START_LIMIT = 20.0
POLL = 0.02


class RegistryServer:
    """`port` is the one that it has; clients never see it."""

    name = processes.REGISTRY

    def __init__(self, layout: Layout) -> None:
        self.port = 0
        self._layout = layout
        self._log = layout.log(self.name)
        self._server: Server | None = None
        self._lock = threading.RLock()

    @property
    def runs(self) -> bool:
        """Whether it was started and not stopped since."""
        return self._server is not None

    def start(self) -> None:
        """Start it empty, and wait until it answers. Raises Failed, UsageError (it is not built)."""
        with self._lock:
            self._layout.registry.mkdir(mode=0o700, parents=True, exist_ok=True)
            crane = programs.find("crane")
            self.port = ports.choose()
            self._server = detached.start(
                [crane, "registry", "serve", f"--address={ports.HOST}:{self.port}", f"--disk={self._layout.registry}"],
                log=self._log,
                env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self._layout.registry)},
                cwd=self._layout.registry,
            )
            processes.record(self._layout, self.name, self._server, self.port)
            self._await(self._server)

    def alive(self) -> bool:
        """Whether its process lives."""
        return self._server is not None and self._server.alive()

    def stop(self) -> None:
        """Kill it, and remove what it kept: ECR has forgotten its images."""
        with self._lock:
            if self._server is not None:
                processes.kill(self._server)
                processes.forget(self._layout, self.name)
                self._server = None
            shutil.rmtree(self._layout.registry, ignore_errors=True)

    def _await(self, server: Server) -> None:
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline:
            if not server.alive():
                processes.reap(server)
                raise self._failed(reason_in(self._log) or "its process ended")
            if answers(self.port):
                return
            time.sleep(POLL)
        raise self._failed("it did not answer in time")

    def _failed(self, why: str) -> Failed:
        return Failed("the registry did not start", on=str(self._log), why=why, do=f"less {self._log}")


def answers(port: int) -> bool:
    """Whether a registry answers there."""
    connection = http.client.HTTPConnection(ports.HOST, port, timeout=5)
    try:
        connection.request("GET", "/v2/")
        return connection.getresponse().status in (200, 401)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
