"""Where a secret goes to, which is a matter of who reads it there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from longshore.environments.environment import Environment
from longshore.secrets import dialects
from longshore.secrets.app_env_file import AppEnvFile
from longshore.secrets.dialects.dialect import Dialect
from longshore.secrets.github_env import GitHubEnv
from longshore.secrets.secret import Secret
from longshore.steps.step import Status


class Destination(Protocol):
    """A place that holds all keys of a secret, or is made to."""

    title: str
    dialect: Dialect

    def look(self, secret: Secret) -> Status:
        """Whether its reader would read the secret as it is now.

        Raises CannotCarry for values that the reader can't take; Refused and UsageError for what can't or must not be written.
        """

    def write(self, secret: Secret) -> None:
        """Write it: on any failure what was there is as it was."""


_OWN: dict[str, Callable[[Environment, Dialect, Path | None], Destination]] = {"github": GitHubEnv}
"""The dialects whose readers have a place of their own; the others read a file."""


def destination(environment: Environment, dialect: str, out: Path | None) -> Destination:
    """The place for the reader of this dialect: `out`, or what is usual for it.

    Raises UsageError where it can't be there.
    """
    return _OWN.get(dialect, AppEnvFile)(environment, dialects.find(dialect), out)
