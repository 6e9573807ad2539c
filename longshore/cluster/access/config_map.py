"""aws-auth as an object in the cluster: read, and changed by read-modify-write with its resourceVersion, so that nobody's line is lost."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from longshore.cluster.aws_auth.document import Document
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard
from longshore.errors import Failed
from longshore.programs.kubernetes import KubernetesError, Object, Reason
from longshore.steps.step import Context

NAMESPACE, NAME = "kube-system", "aws-auth"
ATTEMPTS = 60
"""How often a change is made anew because somebody else's came first."""
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
"""Seconds between two attempts, at random and growing: twenty at once must not stay in step."""


@dataclass(frozen=True)
class Read:
    """What was read: the document, and the whole object (None where there is none yet)."""

    document: Document
    object: Object | None

    def with_data(self, data: Mapping[str, str]) -> Object:
        """The object with other data; everything else of it, its resourceVersion above all, stays."""
        if self.object is None:
            metadata = {"name": NAME, "namespace": NAMESPACE}
            return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(data)}
        return {**self.object, "data": dict(data)}


@dataclass(frozen=True)
class Change:
    """A change that was made: the documents before and after it."""

    before: Document
    after: Document


Edit = Callable[[Document], Document]


class AwsAuth:
    """The ConfigMap of the guard's cluster."""

    where = f"ConfigMap {NAME} in {NAMESPACE}"

    def __init__(self, guard: ClusterGuard) -> None:
        self._guard = guard
        self._last: Read | None = None
        self._planned_in: Context | None = None

    def read(self, run: Context) -> Read:
        """What is there now; while a plan is made, what was there when it was first asked for. Raises what `asking` does."""
        if run.planning and self._planned_in is run and self._last is not None:
            return self._last
        self._planned_in = run
        with asking(self._guard, doing="read aws-auth", on=self.where):
            found: Any = self._guard.kubectl(run).find("configmap", NAME, NAMESPACE)
        data = (found or {}).get("data") or {}
        # The same text is not parsed again: there may be thousands of lines.
        same = self._last is not None and self._last.document.data == data
        self._last = Read(self._last.document if self._last and same else Document.parse(data), found)
        return self._last

    def change(self, run: Context, edit: Edit, allowed: Callable[[Document, Document], None]) -> Change:
        """Write what `edit` makes of what is there, where it makes something else of it.

        `allowed` is asked about each attempt and raises Refused. Raises what `edit` does (a section that can't be parsed), and Failed when
        others were faster every time.
        """
        pause = FIRST_PAUSE
        for _ in range(ATTEMPTS):
            read = self.read(run)
            after = edit(read.document)
            if after.data == read.document.data:
                return Change(read.document, after)
            allowed(read.document, after)
            changed = read.with_data(after.data)
            with asking(self._guard, doing="write aws-auth", on=self.where):
                try:
                    kubectl = self._guard.kubectl(run)
                    kubectl.replace(changed) if read.object is not None else kubectl.create(changed)
                except KubernetesError as error:
                    if error.reason not in (Reason.CONFLICT, Reason.EXISTS, Reason.NOT_FOUND):
                        raise
                else:
                    self._last = Read(after, changed)
                    return Change(read.document, after)
            run.sleep(random.uniform(FIRST_PAUSE, pause))  # noqa: S311 - no secret: only not in step with others
            pause = min(LONGEST_PAUSE, pause * 1.5)
        raise Failed(
            "could not write aws-auth",
            on=self.where,
            why=f"others changed it {ATTEMPTS} times meanwhile; nothing of theirs was touched",
            do="run it again",
        )
