"""One deployment of an application at a time, whoever does it from wherever: a lease in its namespace.

It is kept in a ConfigMap, as client-go's leader election once did, and not in a Lease of coordination.k8s.io: AmazonEKSEditPolicy, with which a
pipeline deploys, may not touch those (https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html). As in client-go, it is
taken for expired when it hasn't been renewed for its whole duration by our own clock: two machines' clocks are never compared.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from longshore import person
from longshore.errors import Failed, LongshoreError, Refused
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import KubernetesError, Object, Reason
from longshore.steps.step import Context

DURATION = 30
"""Seconds for which it holds without being renewed."""
RENEW = 8.0
LOOK = 1.0
KIND = "configmap"
HOLDER, SECONDS, RENEWED, ACQUIRED = "holder", "seconds", "renewed", "acquired"
"""What its data has: by whom it is held (empty: by nobody), for how long without being renewed, and since when."""


class Lease:
    """The lease of an application: that of its deployments, or with `ship` that of whole pipelines. `kubectl` gives a fresh Kubectl each time."""

    def __init__(self, run: Context, app: str, namespace: str, *, ship: bool = False) -> None:
        self._run = run
        # With a dot: no application of another name has this one for its deployments.
        self._name = f"longshore-{app}.ship" if ship else f"longshore-{app}"
        self._does = "ships" if ship else "deploys"
        self._namespace = namespace
        self.holder = f"{person.who()} run {run.id}"
        self._renewed = 0.0
        self.waited = False
        """Whether somebody else had it before."""

    def has_it(self, kubectl: Kubectl) -> str:
        """Who has it, or had it when they were killed; empty: nobody."""
        return _said(kubectl.find(KIND, self._name, self._namespace)).get(HOLDER, "")

    def take(self, kubectl: Kubectl) -> None:
        """Raises Refused when somebody else has it longer than --wait."""
        deadline = time.monotonic() + self._run.wait
        seen, since = None, time.monotonic()
        while True:
            found = kubectl.find(KIND, self._name, self._namespace)
            said = _said(found)
            other = said.get(HOLDER, "")
            if (other, said.get(RENEWED)) != seen:
                seen, since = (other, said.get(RENEWED)), time.monotonic()
            patience = int(said[SECONDS]) if said.get(SECONDS, "").isdecimal() else DURATION
            free = other in ("", self.holder) or time.monotonic() - since > patience
            if free and self._write(kubectl, found):
                return
            if not free:
                if not self.waited:
                    self._run.report.note(f"waits for {other}, who {self._does} here (at most {self._run.wait:g} s)")
                self.waited = True
                if time.monotonic() > deadline:
                    raise Refused(
                        f"somebody else {self._does} here, nothing was applied",
                        on=f"{other}, ConfigMap {self._namespace}/{self._name}",
                        why=f"waited {self._run.wait:g} s",
                        do="wait for them, or give it longer: --wait 600",
                    )
                self._run.report.progress(f"waiting for {other}")
            self._run.sleep(LOOK)

    def renew(self, kubectl: Kubectl) -> None:
        """From time to time while it is held. Raises Failed where somebody else has it now."""
        if time.monotonic() - self._renewed < RENEW:
            return
        found = kubectl.find(KIND, self._name, self._namespace)
        other = _said(found).get(HOLDER) or "nobody"
        if other != self.holder:
            raise Failed(f"somebody else {self._does} here now", on=other, why="this one stood still for too long")
        self._write(kubectl, found)

    def give_back(self, kubectl: Kubectl) -> None:
        """Free for the next one. A failure is no matter: it runs out by itself."""
        with suppress(LongshoreError):
            found = kubectl.find(KIND, self._name, self._namespace)
            if found is not None and _said(found).get(HOLDER) == self.holder:
                found["data"][HOLDER] = ""
                kubectl.replace(found)

    def _write(self, kubectl: Kubectl, found: Object | None) -> bool:
        """Whether it is ours now; False: somebody was faster."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        data = {HOLDER: self.holder, SECONDS: str(DURATION), RENEWED: now}
        begun = time.monotonic()
        try:
            if found is None:
                metadata = {"name": self._name, "namespace": self._namespace}
                new = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
                kubectl.create({**new, "data": {**data, ACQUIRED: now}})
            else:
                same = _said(found).get(HOLDER) == self.holder
                kubectl.replace({**found, "data": {**_said(found), **data, **({} if same else {ACQUIRED: now})}})
        except KubernetesError as error:
            if error.reason not in (Reason.EXISTS, Reason.CONFLICT, Reason.NOT_FOUND):
                raise
            return False
        self._renewed = begun
        return True


def _said(found: Object | None) -> dict[str, str]:
    return (found or {}).get("data") or {}


@contextmanager
def held(lease: Lease, kubectl: Kubectl) -> Iterator[Lease]:
    """Inside it is ours; afterwards it is free, also after a failure."""
    lease.take(kubectl)
    try:
        yield lease
    finally:
        lease.give_back(kubectl)
