"""A Lease kept while Helm is at work, which may wait for a chart's hooks for minutes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from longshore.app.lease import KIND, Lease
from longshore.errors import LongshoreError
from longshore.programs.kubectl import Kubectl

EVERY = 4.0
"""Seconds between two looks whether it is time to renew it."""


def holder(kubectl: Kubectl, name: str, namespace: str) -> str:
    """Who has the Lease of a release; empty: nobody. Raises KubernetesError."""
    found = kubectl.find(KIND, f"longshore-{name}", namespace) or {}
    return str((found.get("spec") or {}).get("holderIdentity") or "")


@contextmanager
def renewed(lease: Lease, kubectl: Callable[[], Kubectl]) -> Iterator[None]:
    """Inside, the Lease doesn't run out."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(EVERY):
            # One that fails is tried again; the Lease holds for longer.
            with suppress(LongshoreError):
                lease.renew(kubectl())

    thread = threading.Thread(target=keep, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
