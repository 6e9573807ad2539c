"""What can be done with an environment's secret, as steps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from longshore.aws.identity import IdentityGuard
from longshore.aws.session import open_session
from longshore.environments.environment import Environment
from longshore.secrets import dialects
from longshore.secrets.destination import destination
from longshore.secrets.pull import WriteAppEnv
from longshore.secrets.read import ReadSecret
from longshore.secrets.store import is_in_aws, open_store, versioned
from longshore.secrets.wish import Wish
from longshore.steps.step import Step

# A pull loads nothing that only a change needs.
if TYPE_CHECKING:
    from longshore.secrets.random_key import Recipe


def pull(environment: Environment, out: Path | None = None, dialect: str = "") -> list[Step]:
    """The secret to its reader: the one that `dialect` names, else APP_ENV_DIALECT. Raises UsageError as `destination` does."""
    guard = _guard(environment)
    secret = ReadSecret(environment, guard)
    place = destination(environment, dialect or environment.app_env_dialect, out)
    return [*([guard] if guard else []), secret, WriteAppEnv(environment, secret, place)]


def push(environment: Environment, file: Path, *, prune: bool = False) -> list[Step]:
    """The values of a file into the secret: keys are added and changed; removed only with `prune`, where the file doesn't have them."""
    from longshore.secrets import dotenv_file

    written = dialects.written().get(environment.app_env_dialect)
    values = dotenv_file.read(Path.cwd() / file.expanduser(), written)
    return _write(environment, Wish(values, prune=prune))


def set_key(environment: Environment, key: str, value: str) -> list[Step]:
    """One value into the secret."""
    return _write(environment, Wish({key: value}))


def unset(environment: Environment, keys: Sequence[str]) -> list[Step]:
    """Keys out of the secret."""
    return _write(environment, Wish(without=tuple(dict.fromkeys(keys))))


def generate_key(environment: Environment, key: str, recipe: Recipe, *, replace: bool = False) -> list[Step]:
    """A random value for a key that has none, or with `replace` in the place of the one that it has."""
    from longshore.secrets.generate import GenerateKey

    guard = _guard(environment)
    store = open_store(environment, guard.session if guard else None)
    return [*([guard] if guard else []), GenerateKey(environment, store, key, recipe, replace=replace)]


def rollback(environment: Environment, version: str = "") -> list[Step]:
    """An older version current again: the one before this one, or the one whose id is, or begins with, `version`."""
    from longshore.secrets.rollback import MakeCurrent

    guard = _guard(environment)
    store = versioned(environment, guard.session if guard else None)
    return [*([guard] if guard else []), MakeCurrent(environment, store, version)]


def _write(environment: Environment, wish: Wish) -> list[Step]:
    from longshore.secrets.push import WriteSecret

    guard = _guard(environment)
    store = open_store(environment, guard.session if guard else None)
    return [*([guard] if guard else []), WriteSecret(environment, store, wish)]


def _guard(environment: Environment) -> IdentityGuard | None:
    """A developer's own file needs no identity."""
    return IdentityGuard(environment, open_session(environment)) if is_in_aws(environment) else None
