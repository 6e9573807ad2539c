"""The application's secrets on the sandbox: what `up` puts into Secrets Manager, and what a person may push there."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from longshore.environments.environment import Environment
from longshore.errors import Failed, UsageError
from longshore.sandbox import kept, settings
from longshore.sandbox.kept import Kept
from longshore.sandbox.layout import Layout
from longshore.sandbox.ports import HOST
from longshore.sandbox.settings import Settings


def database_url(wishes: Settings, keep: Kept) -> str:
    """The URL of the application's own database, percent-encoded. The wheel's PostgreSQL has no TLS: sslmode=disable."""
    user, password = quote(wishes.app, safe=""), quote(keep.application_password, safe="")
    return f"postgresql://{user}:{password}@{HOST}:{keep.ports['postgres']}/{user}?sslmode=disable"


def minimal(wishes: Settings, keep: Kept) -> dict[str, str]:
    """What `up` seeds for the environment that is played: enough to migrate, the rest is the person's to push."""
    return {wishes.db_url_key: database_url(wishes, keep)}


def complete(wishes: Settings, keep: Kept) -> dict[str, str]:
    """What the sample service (examples/bank) reads."""
    return {
        wishes.db_url_key: database_url(wishes, keep),
        "TOKEN_SYMMETRIC_KEY": keep.token_symmetric_key,
        "ACCESS_TOKEN_DURATION": "15m",
        "SERVER_ADDRESS": "0.0.0.0:8080",
    }


def of_application(environment: Environment) -> dict[str, str]:
    """The complete secret of the environment that is played, to push it (`secrets.push`). Raises UsageError before the first `up`."""
    layout = Layout.of(environment)
    wishes, keep = settings.read(layout), kept.load(layout)
    if wishes is None or keep is None or "postgres" not in keep.ports:
        raise UsageError("there is no sandbox yet", on=str(layout.folder), do="inv sandbox.up")
    return complete(wishes, keep)


def seed(client: Any, wishes: Settings, keep: Kept) -> None:
    """Make the secrets that aren't there yet: the environment's own, minimal; those of the project's other environments, complete.

    `client` is boto3's for Secrets Manager. Raises Failed.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    wanted = {other: complete(wishes, keep) for other in wishes.other_secrets}
    if wishes.secret:
        wanted[wishes.secret] = minimal(wishes, keep)
    for name, content in wanted.items():
        try:
            client.create_secret(Name=name, SecretString=json.dumps(content))
        except client.exceptions.ResourceExistsException:
            continue
        except (ClientError, BotoCoreError) as error:
            why = str(error).splitlines()[0]
            raise Failed("the sandbox's AWS does not take a secret", on=name, why=why, do="inv sandbox.up") from None
