"""A host's Ingress, changed by read-modify-write with its resourceVersion: of rules that are added at once none is lost.

(The rules of an Ingress are one atomic list, so server-side apply would put one's in the place of the other's.)
"""

from __future__ import annotations

import random
from collections.abc import Callable

from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard
from longshore.cluster.ingress_classes import INGRESSES
from longshore.errors import Failed
from longshore.programs.kubernetes import KubernetesError, Object, Reason
from longshore.steps.step import Context

ATTEMPTS = 60
"""How often a change is made anew because somebody else's came first."""
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
"""Seconds between two attempts, at random and growing: several at once must not stay in step."""

Edit = Callable[[Object | None], Object | None]
"""What is there (None: nothing) to what shall be there (None: nothing). Raises Refused."""


def change(run: Context, guard: ClusterGuard, name: str, namespace: str, edit: Edit) -> None:
    """Write what `edit` makes of the Ingress. Raises what it does, and Failed when others were faster every time."""
    pause = FIRST_PAUSE
    with asking(guard, doing="write the rules", on=f"Ingress {name}"):
        for _ in range(ATTEMPTS):
            kubectl = guard.kubectl(run)
            before = kubectl.find(INGRESSES, name, namespace)
            after = edit(before)
            try:
                if after == before:
                    return
                if before is None:
                    assert after is not None
                    kubectl.create(after)
                elif after is None:
                    kubectl.delete_as_read(before, "ingresses")
                else:
                    kubectl.replace(after)
            except KubernetesError as error:
                gone = before is not None and error.reason is Reason.NOT_FOUND
                if not gone and error.reason not in (Reason.CONFLICT, Reason.EXISTS):
                    raise
            else:
                return
            run.sleep(random.uniform(FIRST_PAUSE, pause))  # noqa: S311 - no secret: only not in step with others
            pause = min(LONGEST_PAUSE, pause * 1.5)
    raise Failed(
        "could not write the rules",
        on=f"Ingress {name}",
        why=f"others changed it {ATTEMPTS} times meanwhile",
        do="run it again",
    )
