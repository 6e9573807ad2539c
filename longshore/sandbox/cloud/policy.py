"""Whether policies allow an action: AWS's own logic, an explicit deny first.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from longshore.sandbox.cloud import conditions
from longshore.sandbox.cloud.conditions import Context, InvalidPolicy, arn_like, substitute

Document = Mapping[str, Any]


class Decision(Enum):
    """What policies say: DENIED is an explicit deny, SILENT the implicit one."""

    ALLOWED = "allowed"
    DENIED = "denied"
    SILENT = "silent"


@dataclass(frozen=True)
class Wish:
    """One action on one resource. Condition keys are lower case."""

    action: str
    resource: str
    context: Context


def parse(document: str | Document) -> Document:
    """A policy document from its JSON text.

    Raises InvalidPolicy.
    """
    if not isinstance(document, str):
        return document
    try:
        parsed = json.loads(document)
    except json.JSONDecodeError as error:
        raise InvalidPolicy(str(error)) from None
    if not isinstance(parsed, dict):
        raise InvalidPolicy("a policy is a JSON object")
    return parsed


def decide(documents: Iterable[Document], wish: Wish, principals: Sequence[str] = ()) -> Decision:
    """What the policies together say to a wish.

    `principals` are the names by which a resource's or a role's own policy may call whoever asks; without any, the Principal element
    isn't looked at, as in identity policies.
    """
    decision = Decision.SILENT
    for document in documents:
        variables = document.get("Version", "2008-10-17") == "2012-10-17"
        for statement in _list(document.get("Statement", [])):
            if _applies(statement, wish, variables) and (not principals or _is_principal(statement, principals)):
                if statement.get("Effect") == "Deny":
                    return Decision.DENIED
                decision = Decision.ALLOWED
    return decision


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def about(statement: Mapping[str, Any], action: str) -> bool:
    """Whether a statement's Action or NotAction element takes in an action."""
    if "NotAction" in statement:
        return not _acts(statement["NotAction"], action)
    return _acts(statement.get("Action", []), action)


def _applies(statement: Mapping[str, Any], wish: Wish, variables: bool) -> bool:
    if not about(statement, wish.action):
        return False
    if "NotResource" in statement:
        if _on(statement["NotResource"], wish, variables):
            return False
    # A trust policy has no Resource: the role is the resource.
    elif "Resource" in statement and not _on(statement["Resource"], wish, variables):
        return False
    return conditions.holds(statement.get("Condition", {}), wish.context, variables=variables)


def _acts(patterns: Any, action: str) -> bool:
    return any(conditions.like(pattern.lower(), action.lower()) for pattern in _list(patterns))


def _on(patterns: Any, wish: Wish, variables: bool) -> bool:
    for pattern in _list(patterns):
        replaced = substitute(pattern, wish.context) if variables else pattern
        if replaced is not None and arn_like(replaced, wish.resource):
            return True
    return False


def _is_principal(statement: Mapping[str, Any], principals: Sequence[str]) -> bool:
    if "NotPrincipal" in statement:
        return not _named(statement["NotPrincipal"], principals)
    return _named(statement.get("Principal", {}), principals)


def _named(principal: Any, principals: Sequence[str]) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, dict):
        return False
    if any(name in principals for name in _list(principal.get("Service", []))):
        return True
    return any(name == "*" or name in principals for name in _list(principal.get("AWS", [])))
