"""Putting a Deployment's revision back, and the proof that it is the one that runs."""

from __future__ import annotations

from collections.abc import Mapping

from longshore.app import revisions
from longshore.app.revisions import Revision
from longshore.cluster.guard import ClusterGuard
from longshore.environments.environment import Environment
from longshore.errors import Failed
from longshore.kubernetes.workloads import Workload
from longshore.steps.step import Context


class Undo:
    """For the Deployments of an environment's namespace. Everything raises KubernetesError."""

    def __init__(self, guard: ClusterGuard, environment: Environment) -> None:
        self._guard = guard
        self._environment = environment

    def revisions(self, run: Context, name: str) -> list[Revision]:
        """The newest first; none where there is no such Deployment."""
        kubectl = self._guard.kubectl(run)
        found = kubectl.find("deployment", name, self._environment.namespace)
        return revisions.of(kubectl, Workload(found)) if found else []

    def to(self, run: Context, name: str, hash: str) -> Revision:
        """Put the revision of this hash back, if it isn't the newest; what it was before. Raises Failed where it is gone."""
        found = self.revisions(run, name)
        wanted = next((one for one in found if one.hash == hash), None)
        if wanted is None:
            raise Failed(
                "the revision is gone", on=f"{name}, {hash}", why="revisionHistoryLimit keeps the newest ones only",
                do=f"inv app.deploy --env {self._environment.name}",
            )  # fmt: skip
        if found[0].hash != hash:
            self._guard.kubectl(run).undo(name, self._environment.namespace, wanted.number)
        return wanted

    def prove(self, run: Context, hashes: Mapping[str, str]) -> dict[str, Revision]:
        """The revisions as they are now: what is put back gets the newest number. Raises Failed where one isn't that of the hash."""
        now = {}
        for name, hash in hashes.items():
            found = self.revisions(run, name)
            if not found or found[0].hash != hash:
                raise Failed("another revision runs than was put back", on=name, why=str(found[0]) if found else "none")
            now[name] = found[0]
        return now
