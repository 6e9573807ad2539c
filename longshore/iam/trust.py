"""Who may act as a role: its trust policy, in words, and the step that makes it what it should be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from longshore.aws.tags import is_ours, tags
from longshore.environments.environment import Environment
from longshore.errors import Refused
from longshore.iam.api import Iam
from longshore.iam.documents import differences, dump
from longshore.iam.entities import Document, Role
from longshore.iam.settling import settle
from longshore.steps.step import Context, Done, Status, Step, ToDo


class RoleStep(Step):
    """The role, with exactly this trust. Another trust of a role that longshore made is changed with `replace` only; another's role never is."""

    def __init__(
        self,
        environment: Environment,
        iam: Iam,
        name: str,
        trust: Document,
        about: str,
        *,
        replace: bool,
        instead: str = "",
    ) -> None:
        self.name = f"role-{name}"
        self.title = f"Role {name}"
        self._environment = environment
        self._iam = iam
        self._role = name
        self._trust = trust
        self._about = about
        self._replace = replace
        self._instead = instead
        """The command that replaces another trust; empty where there is none."""

    def check(self, run: Context) -> Status:
        """Raises Refused for a trust that is not to be replaced."""
        found = self._iam.role(self._role)
        if found is None:
            return ToDo(*(f"make it, trusted by {line}" for line in described(self._trust)))
        if not differences(found.trust, self._trust):
            foreign = "" if is_ours(found.tags, self._environment) else ", not made by longshore: used as it is"
            return Done(f"{found.arn}, trusted by {'; '.join(described(self._trust))}{foreign}")
        if not self._replace or not is_ours(found.tags, self._environment):
            raise self._other_trust(found)
        return ToDo(*self._changes(found))

    def apply(self, run: Context) -> None:
        text = dump(self._trust)
        if self._iam.role(self._role) is None:
            self._iam.create_role(self._role, text, self._about, tags(self._environment))
        else:
            self._iam.change_trust(self._role, text)
        settle(run, self.title, self._is_there)

    def _is_there(self) -> bool:
        found = self._iam.role(self._role)
        return found is not None and not differences(found.trust, self._trust)

    def _changes(self, found: Role) -> list[str]:
        now, then = described(found.trust), described(self._trust)
        lines = [f"- trusted by {line}" for line in now if line not in then]
        lines += [f"+ trusted by {line}" for line in then if line not in now]
        return lines or differences(found.trust, self._trust)

    def _other_trust(self, found: Role) -> Refused:
        ours = is_ours(found.tags, self._environment)
        by_hand = f"look at it, then delete or rename it: aws iam get-role --role-name {self._role}"
        return Refused(
            f"the role {self._role} is trusted otherwise, nothing was touched",
            on=found.arn if ours else f"{found.arn}, not made by longshore for {self._environment.name}",
            why="; ".join(self._changes(found)),
            do=self._instead if ours and self._instead else by_hand,
        )


def described(trust: Document) -> list[str]:
    """A line for each statement: who, and under which condition."""
    found = trust.get("Statement", [])
    return [_statement(statement) for statement in (found if isinstance(found, list) else [found])]


def _statement(statement: Mapping[str, Any]) -> str:
    principal = statement.get("Principal", statement.get("NotPrincipal", "nobody"))
    who = (
        ", ".join(_names(principal))
        if isinstance(principal, dict)
        else "everybody"
        if principal == "*"
        else str(principal)
    )
    but = "everybody but " if "NotPrincipal" in statement else ""
    denied = "" if statement.get("Effect") == "Allow" else f"{statement.get('Effect')} "
    conditions = [
        f"{key.rpartition(':')[2]} {_operators.get(operator, operator)} {_text(value)}"
        for operator, keys in sorted((statement.get("Condition") or {}).items())
        for key, value in sorted(keys.items())
    ]
    return f"{denied}{but}{who}" + (f" if {' and '.join(conditions)}" if conditions else "")


_operators = {"StringEquals": "=", "StringLike": "is like", "ArnEquals": "=", "ArnLike": "is like"}


def _names(principal: Mapping[str, Any]) -> list[str]:
    names: list[str] = []
    for value in principal.values():
        names += value if isinstance(value, list) else [value]
    return sorted(str(name).rpartition(":oidc-provider/")[2] for name in names)


def _text(value: Any) -> str:
    return (
        " or ".join(map(str, value))
        if isinstance(value, list)
        else value
        if isinstance(value, str)
        else json.dumps(value)
    )
