"""What a secret holds, without a value; and with its values, for a person who asked for them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from longshore.answers import Answer, Table
from longshore.aws.session import open_session
from longshore.environments.environment import Environment
from longshore.secrets.secret import Secret
from longshore.secrets.store import is_in_aws, read_secret


def show(environment: Environment) -> Answer:
    """The names of the keys, the length of each value (in characters), the version and its age. Raises as Store.read does."""
    secret = _read(environment)
    keys = [{"name": key, "length": len(value)} for key, value in sorted(secret.values.items())]
    return Answer(
        data={**_version(secret), "keys": keys},
        tables=[
            Table(
                columns=("key", "length"),
                rows=[(str(key["name"]), str(key["length"])) for key in keys],
                title=f"Secret {secret.where}",
                empty="no keys",
            )
        ],
        notes=[f"version {secret.version}{_age(secret)}"],
    )


def reveal(environment: Environment) -> Answer:
    """The values themselves. Only for `Invocation.reveal`, which asks first. Raises as Store.read does."""
    secret = _read(environment)
    keys = [{"name": key, "value": str(value)} for key, value in sorted(secret.values.items())]
    return Answer(
        data={**_version(secret), "keys": keys},
        tables=[
            Table(
                columns=("key", "value"),
                rows=[(key["name"], _on_one_line(key["value"])) for key in keys],
                title=f"Secret {secret.where}",
                empty="no keys",
            )
        ],
        notes=[f"version {secret.version}{_age(secret)}; a value in quotes is written as JSON writes it"],
    )


def _read(environment: Environment) -> Secret:
    return read_secret(environment, open_session(environment) if is_in_aws(environment) else None)


def _version(secret: Secret) -> dict[str, object]:
    return {
        "secret": secret.where,
        "version": secret.version,
        "created": secret.created.astimezone(UTC).isoformat(timespec="seconds") if secret.created else None,
    }


def _on_one_line(value: str) -> str:
    """As it is where a person can see all of it; else as a JSON text."""
    plain = value.isprintable() and value == value.strip() and value and not value.startswith('"')
    return value if plain else json.dumps(value, ensure_ascii=False)


def _age(secret: Secret) -> str:
    if secret.created is None:
        return ""
    seconds = max(0, round((datetime.now(UTC) - secret.created).total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f", {seconds // size} {unit} old"
    return f", {seconds} s old"
