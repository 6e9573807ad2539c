"""What must not be in an image: the values of the environment's secret, read once a run for all that search."""

from __future__ import annotations

from pathlib import Path

from longshore.aws.identity import IdentityGuard
from longshore.environments.environment import Environment
from longshore.secrets.app_env_file import APP_ENV
from longshore.secrets.check.sensitive import Needle, needles
from longshore.secrets.read import ReadSecret
from longshore.secrets.secret import Secret
from longshore.secrets.store import Absent, is_in_aws, read_secret
from longshore.steps.step import Context, Done, Look, Status


class ReadNeedles(Look):
    """Reads the secret to know what to search for. An environment without a secret has nothing to find but files. `read`: a step that has read it."""

    name = "image-secret"

    def __init__(self, environment: Environment, guard: IdentityGuard, read: ReadSecret | None = None) -> None:
        self.title = f"What must not be in the image: {environment.secrets or 'no secret is named'}"
        self.secret: Secret | None = None
        self._environment = environment
        self._guard = guard
        self._read = read
        self._looked = False

    @property
    def needles(self) -> list[Needle]:
        return needles(self.secret.values) if self.secret else []

    @property
    def names(self) -> tuple[str, ...]:
        """Files of secrets by their name: app.env, and the one that is the environment's store."""
        kind, _, path = self._environment.secrets.partition(":")
        return tuple(dict.fromkeys((APP_ENV, *([Path(path).name] if kind == "file" else []))))

    def check(self, run: Context) -> Status:
        """Raises as Store.read does, except where there is no secret yet."""
        if self._read is not None:
            self.secret = self._read.secret
        elif not self._looked and self._environment.secrets:
            session = self._guard.session if is_in_aws(self._environment) else None
            try:
                self.secret = read_secret(self._environment, session)
            except Absent as error:
                run.report.warn(f"{error.what} ({error.on}): the image is searched for env files only")
        self._looked = True
        keys = ", ".join(needle.key for needle in self.needles)
        return Done(f"the values of {keys}" if keys else "no value that looks like a secret")
