"""The step that brings the secret to its reader."""

from __future__ import annotations

from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.secrets.destination import Destination
from longshore.secrets.dialects.dialect import CannotCarry
from longshore.secrets.read import ReadSecret
from longshore.steps.step import Context, Status, Step


class WriteAppEnv(Step):
    """Writes the secret that `secret` has read to its destination, in the dialect of who reads it there."""

    name = "app-env"

    def __init__(self, environment: Environment, secret: ReadSecret, destination: Destination) -> None:
        self.title = destination.title
        self._environment = environment
        self._secret = secret
        self._destination = destination

    def check(self, run: Context) -> Status:
        """Raises CannotCarry for values that the reader can't take; Refused and UsageError as the destination does."""
        secret = self._secret.secret
        if not secret.values:
            raise UsageError(
                "the secret has no keys, nothing was written",
                on=secret.where,
                why=f"{self._destination.dialect.name} would start without a setting, and without an error",
                do=f"inv secrets.push --env {self._environment.name} --file app.env",
            )
        try:
            return self._destination.look(secret)
        except CannotCarry as error:
            error.do = (f"inv secrets.set --env {self._environment.name} --key {error.keys[0]}",)
            raise

    def apply(self, run: Context) -> None:
        self._destination.write(self._secret.secret)
