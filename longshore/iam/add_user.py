"""iam.add-user: a user, and the group that says what the user may do."""

from __future__ import annotations

import re

from longshore.aws.tags import tags
from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.iam.api import Iam
from longshore.iam.guarded import guarded
from longshore.iam.same_name import refuse_other_case
from longshore.iam.settling import settle
from longshore.iam.user import check_name
from longshore.steps.step import Context, Done, Look, Status, Step, ToDo

PATH = re.compile(r"/|/[!-.0-~]+(/[!-.0-~]+)*/", re.ASCII)


def add_user(environment: Environment, user: str, group: str, path: str = "/") -> list[Step]:
    """The steps. A user who is there already, under whatever path, only gets the group.

    Raises UsageError for what can't be a user's name or path.
    """
    check_name(user)
    if not PATH.fullmatch(path) or len(path) > 512:
        raise UsageError(
            "that can't be a user's path", on=f"--path {path}", why="it begins and ends with /, such as /team/"
        )
    begun = guarded(environment)
    return [
        begun.guard,
        GroupThere(environment, begun.iam, group),
        UserStep(environment, begun.iam, user, path, group),
        Membership(begun.iam, user, group),
    ]


class GroupThere(Look):
    """The group is there. It comes before anything is made."""

    name = "group"

    def __init__(self, environment: Environment, iam: Iam, group: str) -> None:
        self.title = f"Group {group}"
        self._environment = environment
        self._iam = iam
        self._group = group

    def check(self, run: Context) -> Status:
        """Raises UsageError for a group that isn't there."""
        if self._iam.group(self._group) is None:
            raise UsageError(
                f"there is no group {self._group}, nothing was touched",
                why="iam.setup makes the groups and their policies",
                do=f"inv iam.setup --env {self._environment.name}",
            )
        policies = self._iam.attached("group", self._group)
        return Done(", ".join(arn.rpartition("/")[2] for arn in policies) or "it has no policy")


class UserStep(Step):
    """The user is there."""

    name = "user"

    def __init__(self, environment: Environment, iam: Iam, user: str, path: str, group: str) -> None:
        self.title = f"User {user}"
        self._environment = environment
        self._iam = iam
        self._user = user
        self._path = path
        self._group = group

    def check(self, run: Context) -> Status:
        """Raises UsageError where there is one whose name differs by letter case only."""
        found = self._iam.user(self._user)
        if found is None:
            refuse_other_case("user", self._user, lambda: (user.name for user in self._iam.users()), self._instead)
            return ToDo(f"make {self._user}" + (f" in {self._path}" if self._path != "/" else ""))
        elsewhere = f" (not in {self._path}: a path is for good)" if self._path not in ("/", found.path) else ""
        return Done(found.arn + elsewhere)

    def apply(self, run: Context) -> None:
        self._iam.create_user(self._user, self._path, tags(self._environment))
        settle(run, self.title, lambda: self._iam.user(self._user) is not None)

    def _instead(self, other: str) -> str:
        return f"inv iam.add-user --env {self._environment.name} --user {other} --group {self._group}"


class Membership(Step):
    """The user is in the group; other memberships are left, and told."""

    name = "membership"

    def __init__(self, iam: Iam, user: str, group: str) -> None:
        self.title = f"{user} in the group {group}"
        self._iam = iam
        self._user = user
        self._group = group

    def check(self, run: Context) -> Status:
        groups = self._iam.groups_of(self._user)
        others = [group for group in groups if group != self._group]
        also = f"; also in {', '.join(others)}" if others else ""
        if self._group in groups:
            return Done(f"yes{also}")
        return ToDo(f"put {self._user} into {self._group}{also}")

    def apply(self, run: Context) -> None:
        self._iam.add_to_group(self._user, self._group)
        settle(run, self.title, lambda: self._group in self._iam.groups_of(self._user))
