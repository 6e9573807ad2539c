"""One cluster's control plane: etcd and the API server first, then what works on them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from longshore.sandbox.cluster.api import Api
from longshore.sandbox.cluster.cert_manager import CertManager
from longshore.sandbox.cluster.files import Files, Webhooks
from longshore.sandbox.cluster.part import Part
from longshore.sandbox.cluster.programs import API_SERVER, COMPONENTS, ETCD
from longshore.sandbox.layout import Layout
from longshore.sandbox.ports import HOST


class LocalControlPlane:
    """The programs of one cluster. `port` is the one that its API server wants."""

    def __init__(self, layout: Layout, name: str, webhooks: Webhooks, port: int = 0) -> None:
        self.name = name
        self._files = Files(layout.cluster(name))
        self._webhooks = webhooks
        self._etcd = Part(layout, name, ETCD)
        self._server = Part(layout, name, API_SERVER, port)
        self._others = [Part(layout, name, program) for program in COMPONENTS]
        self._cert_manager = CertManager(layout, name, self.ask, lambda: self.port)

    @property
    def parts(self) -> list[Part]:
        """In the order in which they start, and are revived."""
        return [self._etcd, self._server, *self._others, *self._cert_manager.parts]

    @property
    def port(self) -> int:
        """The API server's."""
        return self._server.port

    @property
    def endpoint(self) -> str:
        return f"https://{HOST}:{self.port}"

    @property
    def authority(self) -> str:
        """The certificate authority, PEM."""
        return self._files.certificates.authority.read_text(encoding="utf-8")

    def start(self, given_up: Callable[[], bool] = lambda: False) -> None:
        """Start an empty cluster and wait until all parts answer. Raises Failed, UsageError (a program is not built), OSError."""
        folder = self._files.folder
        folder.mkdir(parents=True, mode=0o700)
        folder.parent.chmod(0o700)
        self._files.make(self._webhooks)
        first = (self._etcd, self._server)
        for part in first:
            part.launch()
        for part in first:
            part.await_answer(given_up)
        self._files.point_components(self.port)
        for part in self._others:
            part.launch()
        for part in self._others:
            part.await_answer(given_up)
        self._cert_manager.start()

    def stop(self) -> None:
        """End it and remove what it kept. Not started, or ended already, is fine."""
        # The API server first: without etcd it complains.
        for part in (self._server, *self._others, self._etcd):
            part.stop()
        self._cert_manager.stop()
        shutil.rmtree(self._files.folder, ignore_errors=True)

    @cached_property
    def _api(self) -> Api:
        return Api(self.port, self._files.certificates.authority, self._files.token())

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """A request as the hidden administrator. Raises OSError."""
        return self._api.ask(method, path, body)
