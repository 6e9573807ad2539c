"""Which keys are the same in two places and which differ: no value, no length, nothing that a value could be guessed from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from longshore.answers import Answer, Table
from longshore.aws.session import open_session
from longshore.environments.environment import Environment
from longshore.environments.files import names
from longshore.environments.load import load
from longshore.errors import LongshoreError, UsageError, nearest
from longshore.secrets import dialects, dotenv_file
from longshore.secrets.app_env_file import APP_ENV
from longshore.secrets.secret import Secret
from longshore.secrets.store import is_in_aws, read_secret

SAME, DIFFERS = "same", "differs"


def diff(environment: Environment, file: str, other: str) -> Answer:
    """Against a file, or against the environment `other`. Raises UsageError for both."""
    if file and other:
        raise UsageError("it is compared with one thing", on="--file, --with", why="both are given")
    if other:
        if other not in (known := names(environment.root)):
            raise UsageError(
                f"there is no environment {other!r}{nearest(other, known)}", on="--with", do="inv env.list"
            )
        try:
            return with_environment(environment, load(environment.root, other))
        except LongshoreError as error:
            error.on = error.on or f"{environment.name} or {other}"
            raise
    return with_file(environment, Path(file) if file else None)


def with_file(environment: Environment, file: Path | None) -> Answer:
    """The secret against a file (app.env of the project). Raises UsageError as `dotenv_file.read` does, and as Store.read does."""
    path = Path.cwd() / file.expanduser() if file else environment.root / APP_ENV
    values = dotenv_file.read(path, dialects.written().get(environment.app_env_dialect))
    secret = _read(environment)
    return answer(secret.where, secret.values, str(file or path.name), values)


def with_environment(environment: Environment, other: Environment) -> Answer:
    """The secret against that of another environment. Raises as Store.read does."""
    if other.secrets == environment.secrets and other.account_id == environment.account_id:
        raise UsageError(
            f"{environment.name} and {other.name} have the same secret", on=environment.secrets, why="SECRETS names it"
        )
    here, there = _read(environment), _read(other)
    return answer(f"{environment.name} ({here.where})", here.values, f"{other.name} ({there.where})", there.values)


def answer(here: str, ours: Mapping[str, str], there: str, theirs: Mapping[str, str]) -> Answer:
    """`same`, `differs`, `missing there`, `missing here` for each key."""
    states = {key: _state(key, ours, theirs) for key in sorted({*ours, *theirs})}
    words = (SAME, DIFFERS, "missing there", "missing here")
    counts = {word: sum(state == word for state in states.values()) for word in words}
    return Answer(
        {
            "here": here,
            "there": there,
            "same": counts[SAME] == len(states),
            "keys": [{"name": key, "state": state} for key, state in states.items()],
        },
        [Table(("key", "state"), list(states.items()), title=f"here: {here}; there: {there}", empty="no keys")],
        [", ".join(f"{count} {word}" for word, count in counts.items())],
    )


def _state(key: str, ours: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    if key not in theirs:
        return "missing there"
    if key not in ours:
        return "missing here"
    return SAME if ours[key] == theirs[key] else DIFFERS


def _read(environment: Environment) -> Secret:
    return read_secret(environment, open_session(environment) if is_in_aws(environment) else None)
