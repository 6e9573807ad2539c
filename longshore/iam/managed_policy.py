"""The step that makes a managed policy what its template says, by a new version where it differs."""

from __future__ import annotations

from collections.abc import Sequence

from longshore.aws.tags import tags
from longshore.iam.api import Iam
from longshore.iam.documents import differences, dump
from longshore.iam.entities import Policy
from longshore.iam.scope import Scope
from longshore.iam.settling import settle
from longshore.steps.step import Context, Done, Status, Step, ToDo
from longshore.words import counted


class ManagedPolicy(Step):
    """The policy of a template for this environment. What others changed in it is shown, and changed back."""

    def __init__(self, iam: Iam, scope: Scope, template: str) -> None:
        self.name = f"policy-{template}"
        self.title = f"Policy {scope.prefix}-{template}"
        self._iam = iam
        self._scope = scope
        self._template = template

    @property
    def arn(self) -> str:
        return self._scope.policy_arn(self._template)

    def check(self, run: Context) -> Status:
        found = self._iam.policy(self.arn)
        if found is None:
            statements = self._scope.document(self._template)["Statement"]
            allowed = ", ".join(str(statement["Sid"]) for statement in statements)
            return ToDo(f"make it, with {counted(len(statements), 'statement')}: {allowed}")
        changed = self.drift(found)
        if changed:
            return ToDo(*changed)
        return Done(f"version {found.version} says what it should")

    def drift(self, found: Policy) -> list[str]:
        """What the policy in force says otherwise than the template, a line for each statement."""
        return differences(found.document, self._scope.document(self._template))

    def apply(self, run: Context) -> None:
        text = dump(self._scope.document(self._template))
        if self._iam.policy(self.arn) is None:
            about = f"longshore: {self._template} of {self._scope.prefix}"
            self._iam.create_policy(self.arn, text, about, tags(self._scope.environment))
        else:
            self._iam.update_policy(self.arn, text)
        settle(run, self.title, self._is_there)

    def _is_there(self) -> bool:
        found = self._iam.policy(self.arn)
        return found is not None and not self.drift(found)


class Attached(Step):
    """Managed policies that a group or role (`kind`) has. What else it has is left, and told."""

    def __init__(self, iam: Iam, kind: str, name: str, arns: Sequence[str]) -> None:
        self.name = f"{kind}-{name}-policies"
        self.title = f"Policies of the {kind} {name}"
        self._iam = iam
        self._kind = kind
        self._of = name
        self.arns = tuple(arns)

    def check(self, run: Context) -> Status:
        attached = self._iam.attached(self._kind, self._of)
        if missing := [arn for arn in self.arns if arn not in attached]:
            return ToDo(*(f"attach {arn}" for arn in missing))
        return Done(", ".join(map(short_name, self.arns)) + self._others(attached))

    def apply(self, run: Context) -> None:
        attached = self._iam.attached(self._kind, self._of)
        for arn in self.arns:
            if arn not in attached:
                self._iam.attach(self._kind, self._of, arn)
        settle(run, self.title, lambda: set(self.arns) <= set(self._iam.attached(self._kind, self._of)))

    def _others(self, attached: list[str]) -> str:
        others = [short_name(arn) for arn in attached if arn not in self.arns] + self._iam.inline(self._kind, self._of)
        return f"; also, and left as they are: {', '.join(others)}" if others else ""


def short_name(arn: str) -> str:
    """A policy's name without its path."""
    return arn.rpartition("/")[2]
