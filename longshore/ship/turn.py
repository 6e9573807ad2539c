"""One ship of an application at a time, whoever ships from wherever: a lease of its own in the namespace, held from the first change to the end.

The parts have locks of their own (the database's, a deployment's); they keep one part whole. This keeps two whole pipelines apart, so that the
second begins from what the first has done.
"""

from __future__ import annotations

import threading
from contextlib import suppress

from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard
from longshore.environments.environment import Environment
from longshore.errors import LongshoreError
from longshore.kubernetes.lease import RENEW, Lease
from longshore.programs.kubernetes import KubernetesError
from longshore.steps.step import Context, Done, Status, Step, ToDo


class TakeTurn(Step):
    """Ours once it has acted, until the run ends. It is never a reason to act: where nothing else is to do, nobody's turn is needed."""

    name = "turn"

    def __init__(self, environment: Environment, guard: ClusterGuard) -> None:
        self.title = f"Turn to ship {environment.app}"
        self._environment = environment
        self._guard = guard
        self._lease: Lease | None = None
        self._over = threading.Event()

    def check(self, run: Context) -> Status:
        if self._lease is not None:
            return Done(f"of {self._lease.holder}")
        return Done("taken with the first change") if run.planning else ToDo("take it")

    def apply(self, run: Context) -> None:
        """Raises Refused where somebody else ships for longer than --wait."""
        lease = Lease(run, self._environment.app, self._environment.namespace, ship=True)
        with asking(self._guard, doing="take the turn to ship"):
            lease.take(self._guard.kubectl(run))
        if lease.waited:
            run.report.warn("somebody else has shipped meanwhile: this goes over what they did, and looks at it anew")
        self._lease = lease
        keeper = threading.Thread(target=self._keep, args=(lease, run), daemon=True)
        keeper.start()
        run.at_end(lambda: self._give_back(lease, run, keeper))

    def _keep(self, lease: Lease, run: Context) -> None:
        while not self._over.wait(RENEW):
            try:
                lease.renew(self._guard.kubectl(run))
            except KubernetesError:
                # The API server is away for a moment: the lease runs out only after several of these.
                continue
            except LongshoreError as error:
                run.report.warn(f"{error.what} ({error.on or error.why}): each part has its own lock and goes on")
                return

    def _give_back(self, lease: Lease, run: Context, keeper: threading.Thread) -> None:
        self._over.set()
        with suppress(LongshoreError):
            keeper.join(RENEW)
            lease.give_back(self._guard.kubectl(run))
