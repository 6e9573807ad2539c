"""The manifests that were pushed: small, and all that the registry's process would lose when it dies."""

from __future__ import annotations

import threading

from longshore.sandbox.cloud.registry import Manifest


class Manifests:
    """By repository and reference, in the order of their first push: the images of an index come before it."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Manifest] = {}
        self._lock = threading.Lock()

    def keep(self, manifest: Manifest) -> None:
        """By its digest, and by its tag where it has one."""
        with self._lock:
            for reference in (manifest.digest, manifest.reference):
                self._kept[manifest.repository, reference] = manifest

    def forget(self, repository: str, reference: str) -> None:
        """Gone already is fine."""
        with self._lock:
            self._kept.pop((repository, reference), None)

    def all(self) -> list[tuple[str, Manifest]]:
        """Each with the reference to put it under."""
        with self._lock:
            return [(reference, manifest) for (_, reference), manifest in self._kept.items()]
