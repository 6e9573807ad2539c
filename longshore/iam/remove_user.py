"""iam.remove-user: what a user has, in the order that IAM wants, then the user."""

from __future__ import annotations

from collections.abc import Sequence

from longshore.aws.identity import IdentityGuard
from longshore.environments.environment import Environment
from longshore.errors import Refused
from longshore.iam.api import Iam
from longshore.iam.belongings import KINDS, Removal
from longshore.iam.guarded import guarded
from longshore.iam.settling import UNSETTLED, patiently, settle
from longshore.iam.user import check_name
from longshore.steps.step import Context, Done, Look, Status, Step, ToDo


def remove_user(environment: Environment, user: str, before: Sequence[Step] = ()) -> list[Step]:
    """The steps. `before` are done first, once it is clear that this user may be removed: the ways into clusters, which name the user.

    Raises UsageError for what can't be a user's name.
    """
    check_name(user)
    begun = guarded(environment)
    doomed = Doomed(begun.guard, begun.iam, user)
    return [
        begun.guard,
        doomed,
        *before,
        *(Removal(begun.iam, user, kind) for kind in KINDS),
        UserGone(begun.iam, user),
    ]


class Doomed(Look):
    """The user, by the id that is never given twice: somebody who gets the same name later is another user."""

    name = "user"

    def __init__(self, guard: IdentityGuard, iam: Iam, user: str) -> None:
        self.title = f"User {user}"
        self._guard = guard
        self._iam = iam
        self._user = user

    def check(self, run: Context) -> Status:
        """Raises Refused for oneself, and for a user who was made anew since the run began."""
        found = self._iam.user(self._user)
        if found is None:
            return Done("there is none of that name")
        if self._guard.identity is not None and self._guard.identity.arn == found.arn:
            raise Refused(
                f"{self._user} is who acts, nothing was touched",
                on=found.arn,
                why="nobody removes themselves: half-way the rights to go on would be gone",
                do="let another administrator do it, or name another profile with --profile",
            )
        env = f"--env {self._guard.environment.name}"
        if run.target("user-id", lambda: found.id, relative=True) != found.id:
            raise Refused(
                f"{self._user} was made anew since this run began, nothing was touched",
                on=found.arn,
                why="the user who was to be removed is gone; this is another one of the same name",
                do=(f"inv iam.status {env}", f"then once more: inv iam.remove-user {env} --user {self._user}"),
            )
        return Done(f"{found.arn}, made {found.created:%Y-%m-%d}")


class UserGone(Step):
    """There is no user of that name."""

    name = "user-gone"

    def __init__(self, iam: Iam, user: str) -> None:
        self.title = f"Remove {user}"
        self._iam = iam
        self._user = user

    def check(self, run: Context) -> Status:
        found = self._iam.user(self._user)
        return ToDo(f"delete {found.arn}") if found else Done("gone")

    def apply(self, run: Context) -> None:
        # What was removed a moment ago may still count.
        patiently(run, self._user, lambda: self._iam.delete_user(self._user), codes=UNSETTLED)
        settle(run, self.title, lambda: self._iam.user(self._user) is None)
