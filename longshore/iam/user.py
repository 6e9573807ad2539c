"""The user that a task is about, by name."""

from __future__ import annotations

import re

from longshore.environments.environment import Environment
from longshore.errors import LongshoreError, UsageError, nearest
from longshore.iam.api import Iam
from longshore.iam.entities import User
from longshore.steps.step import Context, Done, Look, Status

NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
"""IAM API, CreateUser: UserName."""


def check_name(user: str) -> None:
    """Raise UsageError for what can't be a user's name: an ARN or a path."""
    if not NAME.fullmatch(user):
        last = user.rpartition("/")[2]
        raise UsageError(
            f"--user can't be {user!r}",
            why="it is the user's name: letters, digits and +=,.@_- (at most 64)",
            do=f"without the path: --user {last}" if last != user and NAME.fullmatch(last) else "",
        )


class TheUser(Look):
    """The user that a task is about. `user` is set once it has looked."""

    name = "user"

    def __init__(self, environment: Environment, iam: Iam, user: str) -> None:
        self.title = f"User {user}"
        self.user: User | None = None
        self._environment = environment
        self._iam = iam
        self.name_of = user

    @property
    def found(self) -> User:
        assert self.user is not None, "the user is used before it was looked at"
        return self.user

    def check(self, run: Context) -> Status:
        """Raises UsageError where there is none of that name, with the nearest."""
        self.user = self._iam.user(self.name_of)
        if self.user is None:
            raise no_such_user(self._environment, self._iam, self.name_of)
        return Done(self.user.arn)


def no_such_user(environment: Environment, iam: Iam, name: str) -> UsageError:
    """With the nearest name, where the users may be listed."""
    try:
        hint = nearest(name, [user.name for user in iam.users()])
    except LongshoreError:
        hint = ""
    return UsageError(
        f"there is no user {name}{hint}",
        on=f"account {environment.account_id}",
        do=(
            f"inv iam.status --env {environment.name}",
            f"inv iam.add-user --env {environment.name} --user {name} --group GROUP",
        ),
    )
