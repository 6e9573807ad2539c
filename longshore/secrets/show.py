"""What a secret holds, without a value."""

from __future__ import annotations

from datetime import UTC, datetime

from longshore.answers import Answer, Table
from longshore.aws.session import open_session
from longshore.environments.environment import Environment
from longshore.secrets.secret import Secret
from longshore.secrets.store import is_in_aws, read_secret


def show(environment: Environment) -> Answer:
    """The names of the keys, the length of each value (in characters), the version and its age. Raises as Store.read does."""
    secret = read_secret(environment, open_session(environment) if is_in_aws(environment) else None)
    keys = [{"name": key, "length": len(value)} for key, value in sorted(secret.values.items())]
    return Answer(
        data={
            "secret": secret.where,
            "version": secret.version,
            "created": secret.created.astimezone(UTC).isoformat(timespec="seconds") if secret.created else None,
            "keys": keys,
        },
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


def _age(secret: Secret) -> str:
    if secret.created is None:
        return ""
    seconds = max(0, round((datetime.now(UTC) - secret.created).total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f", {seconds // size} {unit} old"
    return f", {seconds} s old"
