"""How a task comes to the database: who acts, the secret that holds the URL, and from it the connection."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from longshore import person
from longshore.database.connection.connection import Connection
from longshore.environments.environment import Environment
from longshore.errors import Refused, UsageError
from longshore.steps.step import Step

if TYPE_CHECKING:
    from longshore.aws.identity import IdentityGuard
    from longshore.secrets.read import ReadSecret


class Reach:
    """The first steps of every task on the database. `connection` can be asked once they have looked.

    A developer's own database (SECRETS=file:...) needs no AWS: nobody's identity is asked then. `secret`: a step that has read it already, which
    has a place of its own among the steps of a pipeline, as the one who acts has.
    """

    def __init__(self, environment: Environment, secret: ReadSecret | None = None) -> None:
        self.environment = environment
        if not environment.secrets:
            raise UsageError(
                f"{environment.name} names no secret",
                on="SECRETS",
                why="the database's URL is in the application's secret",
                do=f"put SECRETS=aws:NAME or SECRETS=file:app.env into env/{environment.name}.env",
            )
        self._given = secret

    @cached_property
    def guard(self) -> IdentityGuard | None:
        """Who acts in AWS; None where AWS isn't asked at all."""
        if self._given is not None:
            return self._given.guard
        if not self.environment.secrets.startswith("aws:"):
            return None
        from longshore.aws.identity import IdentityGuard
        from longshore.aws.session import open_session

        return IdentityGuard(self.environment, open_session(self.environment))

    @cached_property
    def secret(self) -> ReadSecret:
        if self._given is not None:
            return self._given
        from longshore.secrets.read import ReadSecret

        return ReadSecret(self.environment, self.guard)

    @property
    def steps(self) -> list[Step]:
        """Identity and secret, where they have no place yet."""
        return [] if self._given else [step for step in (self.guard, self.secret) if step is not None]

    @property
    def connection(self) -> Connection:
        """From what the secret says now. Raises Refused where the sandbox's secret names a database of another machine: a rehearsal stays here."""
        from longshore.database.connection.url import parse

        key = self.environment.db_url_key
        found = parse(self.secret.secret.require(key, self.environment.name), key)
        if self.environment.is_sandbox and not found.is_local:
            raise Refused(
                "the sandbox's database would be on another machine, nothing was touched",
                on=found.address,
                why=f"{key} of {self.environment.secrets} names it",
                do=f"inv secrets.set --env {self.environment.name} --key {key}",
            )
        return found

    @property
    def who(self) -> str:
        """Who acts, for the history: AWS's name for them, else the machine's."""
        identity = self.guard.identity if self.guard else None
        return identity.arn if identity else person.who()
