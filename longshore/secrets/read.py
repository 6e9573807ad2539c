"""The step that reads the secret for those that come after it."""

from __future__ import annotations

from collections.abc import Mapping

from longshore.aws.identity import IdentityGuard
from longshore.environments.environment import Environment
from longshore.secrets.secret import Secret
from longshore.secrets.store import read_secret
from longshore.steps.step import Context, Done, Look, Status
from longshore.words import counted


class ReadSecret(Look):
    """Reads the environment's secret, once a run. `guard` gives the session; a secret in a file needs none."""

    name = "secret"

    def __init__(self, environment: Environment, guard: IdentityGuard | None) -> None:
        self.title = f"Secret {environment.secrets}"
        self.guard = guard
        self._environment = environment
        self._secret: Secret | None = None

    @property
    def secret(self) -> Secret:
        """What was read: for the steps that wait for this one."""
        assert self._secret is not None, "a step reads the secret before it was looked at"
        return self._secret

    def check(self, run: Context) -> Status:
        """Raises as Store.read does."""
        if self._secret is None:
            self._secret = read_secret(self._environment, self.guard.session if self.guard else None)
        keys = len(self._secret.values)
        return Done(f"{counted(keys, 'key')}, version {self._secret.version[:8]}")

    def facts(self) -> Mapping[str, str]:
        return {"version of the secret": self._secret.version} if self._secret else {}
