"""The master user of an RDS instance, whose password RDS itself makes, keeps in Secrets Manager and rotates every seven days."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from longshore.aws.errors import translated
from longshore.database.connection.connect import CannotConnect, connect
from longshore.database.connection.connection import Connection
from longshore.database.rds.api import Instance
from longshore.environments.environment import Environment
from longshore.errors import Failed
from longshore.process.redaction import know
from longshore.steps.step import Context

if TYPE_CHECKING:
    import psycopg

    from longshore.aws.session import Session

OUT_OF_REACH = re.compile(r"did not answer|nothing answers|there is no way|the host .* is not known")
TURNED_AWAY = re.compile(r"refused the password|wants a password|there is no (role|database)|may not log in")
"""What `connect` says when there is no way to the server, and when the server says no to who comes."""
ATTEMPTS, PAUSE = 4, 2.0
"""Between the new password of the server and that of the secret there are a few seconds."""


class Unreachable(Failed):
    """The instance can't be reached from this machine."""


def is_out_of_reach(error: CannotConnect) -> bool:
    """Whether no server answered."""
    return OUT_OF_REACH.search(error.what) is not None


def is_turned_away(error: CannotConnect) -> bool:
    """Whether the server knows no such role, database or password."""
    return TURNED_AWAY.search(error.what) is not None


def cannot_reach(error: CannotConnect, environment: Environment) -> Unreachable:
    """The error for a person whose machine is outside the instance's VPC."""
    again = f"inv db.provision --env {environment.name}"
    if environment.is_sandbox:
        return Unreachable(error.what, on=error.on, why=error.why, do=("inv sandbox.up", again))
    return Unreachable(
        "the instance can't be reached from this machine",
        on=error.on,
        why=f"{error.what}: it lets its VPC in only. What was made stays",
        do=(f"from a machine in that VPC, or through its VPN or a tunnel (docs/rds.md): {again}",),
    )


class Master:
    """Connects as the master user."""

    def __init__(self, environment: Environment, session: Session, instance: Instance, sslmode: str) -> None:
        self._environment = environment
        self._session = session
        self._instance = instance
        self._sslmode = sslmode

    @contextmanager
    def connect(self, run: Context) -> Iterator[psycopg.Connection[Any]]:
        """A connection to the database `postgres`; each statement commits by itself. The password is read anew where it was rotated meanwhile.

        Raises Unreachable; Failed for a password that isn't managed by RDS, or is refused.
        """
        with ExitStack() as stack:
            for attempt in range(ATTEMPTS):
                try:
                    opened = stack.enter_context(self._open())
                except CannotConnect as error:
                    if is_out_of_reach(error):
                        raise cannot_reach(error, self._environment) from None
                    if not is_turned_away(error) or attempt == ATTEMPTS - 1:
                        raise self._refused(error) from None
                    run.sleep(PAUSE)
                else:
                    break
            yield opened

    def _open(self) -> Any:
        user, password = self._read()
        place = self._instance
        connection = Connection(place.host, place.port, user, password, "postgres", {"sslmode": self._sslmode})
        return connect(
            connection,
            self._environment.db_ca_file,
            read_only=False,
            application="longshore db.provision",
            env=self._environment.name,
        )

    def _read(self) -> tuple[str, str]:
        arn, name = self._instance.master_secret, self._instance.identifier
        if not arn:
            raise Failed(
                "RDS does not manage the master password of this instance",
                on=name,
                why="it was made by other means, so longshore has no way in",
                do=f"aws rds modify-db-instance --db-instance-identifier {name} --manage-master-user-password --apply-immediately",
            )
        client = self._session.client("secretsmanager")
        with translated(self._session, doing="read the master password's secret", on=arn, acting=True):
            text = client.get_secret_value(SecretId=arn)["SecretString"]
        know(text)
        try:
            found = json.loads(text)
            user, password = str(found["username"]), str(found["password"])
        except (ValueError, KeyError, TypeError):
            raise Failed(
                "the master password's secret can't be read", on=arn, why="it holds no username and password"
            ) from None
        know(password)
        return user, password

    def _refused(self, error: CannotConnect) -> Failed:
        return Failed(
            f"the master user can't connect: {error.what}",
            on=error.on,
            why=error.why,
            do=f"aws rds modify-db-instance --db-instance-identifier {self._instance.identifier} --rotate-master-user-password --apply-immediately",
        )
