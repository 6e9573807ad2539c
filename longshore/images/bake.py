"""--bake-env: app.env inside of the image, for who must have it there, and what that costs."""

from __future__ import annotations

from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.images.needles import ReadNeedles
from longshore.secrets import dialects
from longshore.secrets.dialects.dialect import heading
from longshore.secrets.secret import Secret
from longshore.words import counted

LABEL = "longshore.baked-env"
"""The image's label: the environment whose secret it holds."""


class Bake:
    """The secret as the file that the application reads. An image that holds it is another one for each version of the secret."""

    def __init__(self, environment: Environment, secret: ReadNeedles) -> None:
        self._environment = environment
        self._read = secret

    @property
    def suffix(self) -> str:
        """Of the image's tag."""
        return f"-env-{self._secret.version[:8]}"

    def labels(self) -> dict[str, str]:
        return {LABEL: self._environment.name}

    def text(self) -> str:
        """Raises CannotCarry for values that the reader can't take."""
        dialect = dialects.find(self._environment.app_env_dialect)
        return dialect.encode(self._secret.values, heading(dialect.name, self._secret.where))

    def costs(self) -> tuple[str, ...]:
        """What is told before."""
        return (
            f"put app.env ({counted(len(self._secret.values), 'key')} of {self._secret.where}) into the image",
            "whoever can pull the image can read the secret; another value needs another image; old images keep old values",
        )

    @property
    def _secret(self) -> Secret:
        if self._read.secret is None:
            raise UsageError(
                "there is nothing to bake: the environment has no secret",
                on=f"--bake-env, {self._environment.name}",
                do=f"inv secrets.push --env {self._environment.name} --file app.env",
            )
        return self._read.secret
