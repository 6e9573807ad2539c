"""One program of a control plane while it runs: started, asked, started again after it died, ended."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from longshore.errors import Failed
from longshore.process import detached
from longshore.process.detached import Server
from longshore.sandbox import ports, processes
from longshore.sandbox.cluster import health
from longshore.sandbox.cluster.files import Files
from longshore.sandbox.cluster.programs import API_SERVER, Program
from longshore.sandbox.files import reason_in
from longshore.sandbox.layout import Layout
from longshore.toolchain import programs

START_LIMIT = 60.0
POLL = 0.03
REASON = re.compile(r'"command failed" err="((?:[^"\\]|\\.)*)"')


class Part:
    """`port` is the one it wants, then the one it has."""

    def __init__(self, layout: Layout, cluster: str, program: Program, port: int = 0) -> None:
        self.name = processes.of_cluster(cluster, program.name)
        self.program = program
        self.port = port
        self.log = layout.log(self.name)
        self._layout = layout
        self._files = Files(layout.cluster(cluster))
        self._audit = audit_log(layout, cluster)
        self._server: Server | None = None
        self._wanted = False
        self._ended = False
        self._lock = threading.RLock()

    def launch(self) -> None:
        """Start it at a free port, without waiting. Raises Failed (also after `stop`), UsageError (it is not built)."""
        with self._lock:
            if self._ended:
                raise self._failed("it was ended")
            self.port = ports.choose(self.port)
            self._begin()

    def await_answer(self, given_up: Callable[[], bool] = lambda: False) -> None:
        """Wait until it answers; where its port was taken before it came to it, it goes to another. Raises Failed."""
        deadline = time.monotonic() + START_LIMIT
        while not given_up() and time.monotonic() < deadline:
            with self._lock:
                if self._server is None:
                    raise self._failed("it was ended")
                if not self._server.alive():
                    processes.reap(self._server)
                    if ports.is_free(self.port):
                        raise self._failed(_reason(self.log))
                    self.launch()
            if self.fault() == "":
                with self._lock:
                    self._wanted = self._server is not None
                return
            time.sleep(POLL)
        raise self._failed("the sandbox is stopping" if given_up() else "it did not answer in time")

    def fault(self) -> str:
        """What is wrong with it, or nothing. It is asked."""
        return health.fault(self.program, self.port, self._files)

    def died(self) -> bool:
        """Whether it has answered, wasn't stopped, and lives no more."""
        return self._wanted and self._server is not None and not self._server.alive()

    def revive(self) -> bool:
        """Start it anew after it died, without waiting: others may have died with it. False when it was stopped meanwhile. Raises Failed."""
        with self._lock:
            if not self.died() or self._server is None:
                return False
            processes.reap(self._server)
            if self.program is API_SERVER:
                self._begin()  # at its own port, which the world knows
            else:
                self.launch()
            return True

    def stop(self) -> None:
        """Kill it: a cluster that ends is forgotten, so nothing is worth a grace (without etcd, the API server would wait for ever)."""
        with self._lock:
            self._wanted, self._ended = False, True
            if self._server is not None:
                processes.kill(self._server)
                processes.forget(self._layout, self.name)
                self._server = None

    def _begin(self) -> None:
        folder = self._files.folder
        self._server = detached.start(
            [
                programs.find(self.program.binary),
                *self.program.arguments(self._files, self.port, self._audit),
            ],
            log=self.log,
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "HOME": str(folder),
                **dict(self.program.environment),
            },
            cwd=folder,
        )
        processes.record(self._layout, self.name, self._server, self.port)

    def _failed(self, why: str) -> Failed:
        return Failed(
            f"{self.program.binary} did not start: {self.name}", on=str(self.log), why=why, do=f"less {self.log}"
        )


def _reason(log: Path) -> str:
    """Kubernetes' programs end with a line of this form, and may complain of what it leads to after it."""
    with suppress(OSError):
        told = REASON.findall(log.read_text(encoding="utf-8", errors="replace"))
        if told:
            return str(told[-1]).replace('\\"', '"')
    return reason_in(log) or "its process ended"


def audit_log(layout: Layout, cluster: str) -> Path:
    """Where the API server writes who changed what."""
    return layout.log(processes.of_cluster(cluster, "audit"))
