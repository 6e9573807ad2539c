"""Where an environment's secret is kept: Secrets Manager, or a developer's own file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from longshore.environments.environment import Environment
from longshore.errors import Refused, UsageError
from longshore.secrets.secret import Secret

if TYPE_CHECKING:
    from longshore.aws.session import Session
    from longshore.secrets.secrets_manager import SecretsManager


class Store(Protocol):
    """One secret in its place."""

    where: str
    """As the environment names it: `aws:bank/prod`, `file:app.env`."""

    def read(self) -> Secret:
        """The current version; every value of it is known to the redaction.

        Raises Absent; UsageError for what is no object of keys and texts; Failed when the store refuses or can't be reached.
        """

    def refuse_unfit(self, values: Mapping[str, str]) -> None:
        """Raise UsageError or Refused for values that can't be written here: `write` would refuse them, too."""

    def write(self, values: Mapping[str, str], base: Secret | None, version: str = "") -> Secret:
        """Make these values the current version, in the place of `base` (None: there was none). `version` is the new one's id (a UUID), where the
        store has such ids.

        Raises Refused when `base` is not the current version any more: nothing is lost, nothing was changed.
        """


class Absent(UsageError):
    """There is no secret, or no value in it."""

    def __init__(self, where: str, environment: str, why: str) -> None:
        super().__init__(
            "there is no secret",
            on=where,
            why=why,
            do=f"inv secrets.push --env {environment} --file app.env",
        )


class Overtaken(Refused):
    """Somebody else wrote the secret since it was read."""

    def __init__(self, where: str, base: Secret | None, current: Secret) -> None:
        changed = changed_keys(base.values if base else {}, current.values)
        super().__init__(
            "the secret has changed since it was read, nothing was written",
            on=where,
            why=f"keys that changed meanwhile: {', '.join(changed)}"
            if changed
            else "a version with the same values was written",
            do="run it again: it starts from what is there now",
        )
        self.changed = tuple(changed)


def changed_keys(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The keys that were added, changed or taken away, sorted."""
    return sorted(key for key in {*before, *after} if before.get(key) != after.get(key))


def is_in_aws(environment: Environment) -> bool:
    """Whether the environment's secret is in Secrets Manager."""
    return environment.secrets.startswith("aws:")


def open_store(environment: Environment, session: Session | None) -> Store:
    """The store that the environment names. A file needs no session.

    Raises UsageError where none is named.
    """
    kind, _, name = environment.secrets.partition(":")
    if kind == "aws" and session is not None:
        from longshore.secrets.secrets_manager import SecretsManager

        return SecretsManager(name, environment, session)
    if kind == "file":
        from longshore.secrets.file_store import FileStore

        return FileStore(name, environment)
    raise UsageError(
        f"{environment.name} names no secret",
        on="SECRETS",
        why="it is aws:NAME (Secrets Manager) or file:PATH",
        do=f"put SECRETS=aws:NAME into env/{environment.name}.env",
    )


def versioned(environment: Environment, session: Session | None) -> SecretsManager:
    """The store of an environment, where it keeps older versions. Raises UsageError where it doesn't."""
    from longshore.secrets.secrets_manager import SecretsManager

    store = open_store(environment, session)
    if not isinstance(store, SecretsManager):
        raise UsageError(
            "a file keeps no versions",
            on=store.where,
            why="only Secrets Manager does (SECRETS=aws:NAME)",
            do=f"inv env.show --env {environment.name}",
        )
    return store


def read_secret(environment: Environment, session: Session | None) -> Secret:
    """The environment's secret, read now. Raises as Store.read does."""
    return open_store(environment, session).read()
