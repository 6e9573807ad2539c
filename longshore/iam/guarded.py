"""How every task of this room begins: the session, the guard on the account, IAM as that session."""

from __future__ import annotations

from dataclasses import dataclass

from longshore.aws.identity import IdentityGuard
from longshore.aws.session import open_session
from longshore.environments.environment import Environment
from longshore.iam.api import Iam
from longshore.iam.scope import Scope


@dataclass(frozen=True)
class Guarded:
    """`guard` is the first step; what needs the account's id comes after it."""

    environment: Environment
    guard: IdentityGuard
    iam: Iam

    @property
    def scope(self) -> Scope:
        return Scope(self.environment, self.iam.partition)


def guarded(environment: Environment) -> Guarded:
    """Raises as `open_session` does."""
    session = open_session(environment)
    return Guarded(environment, IdentityGuard(environment, session), Iam(session))
