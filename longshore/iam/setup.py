"""iam.setup: the groups of the account, and what their members may do in an environment."""

from __future__ import annotations

from longshore.environments.environment import Environment
from longshore.iam.api import Iam
from longshore.iam.guarded import guarded
from longshore.iam.managed_policy import Attached, ManagedPolicy
from longshore.iam.same_name import refuse_other_case
from longshore.iam.scope import GROUPS
from longshore.iam.settling import settle
from longshore.steps.step import Context, Done, Status, Step, ToDo


def setup(environment: Environment) -> list[Step]:
    """The steps. Policies that were changed by others are shown, statement by statement, and changed back."""
    begun = guarded(environment)
    steps: list[Step] = [begun.guard]
    for group, templates in GROUPS.items():
        policies = [ManagedPolicy(begun.iam, begun.scope, template) for template in templates]
        arns = [policy.arn for policy in policies]
        steps += [*policies, GroupStep(begun.iam, group), Attached(begun.iam, "group", group, arns)]
    return steps


class GroupStep(Step):
    """A group of that name is there; one that was there before is used."""

    def __init__(self, iam: Iam, group: str) -> None:
        self.name = f"group-{group}"
        self.title = f"Group {group}"
        self._iam = iam
        self._group = group

    def check(self, run: Context) -> Status:
        """Raises UsageError where there is one whose name differs by letter case only."""
        found = self._iam.group(self._group)
        if found is None:
            refuse_other_case("group", self._group, self._iam.group_names, self._renamed)
            return ToDo("make it")
        return Done(found.arn)

    def apply(self, run: Context) -> None:
        self._iam.create_group(self._group)
        settle(run, self.title, lambda: self._iam.group(self._group) is not None)

    def _renamed(self, other: str) -> str:
        # Its members and policies stay.
        return f"aws iam update-group --group-name {other} --new-group-name {self._group}, then run it again"
