"""What can be done with an environment's secret, as steps."""

from __future__ import annotations

from pathlib import Path

from longshore.aws.identity import IdentityGuard
from longshore.aws.session import open_session
from longshore.environments.environment import Environment
from longshore.secrets import dialects, dotenv_file
from longshore.secrets.pull import WriteAppEnv
from longshore.secrets.push import WriteSecret
from longshore.secrets.read import ReadSecret
from longshore.secrets.store import is_in_aws, open_store
from longshore.steps.step import Step

APP_ENV = "app.env"


def pull(environment: Environment, out: Path | None = None) -> list[Step]:
    """The secret into a file (app.env of the project), for the reader that APP_ENV_DIALECT names."""
    guard = _guard(environment)
    secret = ReadSecret(environment, guard)
    path = Path.cwd() / out.expanduser() if out else environment.root / APP_ENV
    write = WriteAppEnv(environment, secret, path, dialects.find(environment.app_env_dialect))
    return [*([guard] if guard else []), secret, write]


def push(environment: Environment, file: Path) -> list[Step]:
    """The values of a file into the secret: keys are added and changed, none is removed."""
    written = dialects.written().get(environment.app_env_dialect)
    values = dotenv_file.read(Path.cwd() / file.expanduser(), written)
    return _write(environment, values)


def set_key(environment: Environment, key: str, value: str) -> list[Step]:
    """One value into the secret."""
    return _write(environment, {key: value})


def _write(environment: Environment, values: dict[str, str]) -> list[Step]:
    guard = _guard(environment)
    store = open_store(environment, guard.session if guard else None)
    return [*([guard] if guard else []), WriteSecret(environment, store, values)]


def _guard(environment: Environment) -> IdentityGuard | None:
    """A developer's own file needs no identity."""
    return IdentityGuard(environment, open_session(environment)) if is_in_aws(environment) else None
