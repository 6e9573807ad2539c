"""The step that deletes the Secrets of older app.env's which no revision needs any more."""

from __future__ import annotations

import json

from longshore.app.env_secret import AppEnv
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard
from longshore.environments.environment import Environment
from longshore.kubernetes.marks import SECRET_OF
from longshore.steps.step import Context, Done, Status, Step, ToDo

USERS = (
    "replicasets.apps,deployments.apps,statefulsets.apps,daemonsets.apps,controllerrevisions.apps,"
    "jobs.batch,cronjobs.batch,pods"
)
"""ReplicaSets and ControllerRevisions are what a rollback goes back to."""


class PruneSecrets(Step):
    """Only Secrets that longshore made for app.env are looked at."""

    name = "old-secrets"
    title = "Old versions of app.env"

    def __init__(self, environment: Environment, guard: ClusterGuard, env: AppEnv) -> None:
        self._environment = environment
        self._guard = guard
        self._env = env

    def check(self, run: Context) -> Status:
        with asking(self._guard, doing="look for old versions of app.env"):
            unused = self._unused(run)
        return ToDo(*(f"delete Secret {name}: no revision refers to it" for name in unused)) if unused else Done("none")

    def apply(self, run: Context) -> None:
        with asking(self._guard, doing="delete old versions of app.env"):
            for name in self._unused(run):
                self._guard.kubectl(run).delete("secret", name, self._environment.namespace)

    def _unused(self, run: Context) -> list[str]:
        kubectl, space = self._guard.kubectl(run), self._environment.namespace
        # Names only: their values are of no interest here.
        found = [
            name
            for _, name in kubectl.kinds_and_names(["secrets"], space, selector=f"{SECRET_OF}={self._environment.app}")
        ]
        wished = self._env.secret["metadata"]["name"] if self._env.secret else ""
        old = [name for name in found if name != wished]
        if not old:
            return []
        used = json.dumps(kubectl.all(USERS, space))
        return [name for name in old if f'"{name}"' not in used]
