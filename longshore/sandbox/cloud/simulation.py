"""SimulatePrincipalPolicy and SimulateCustomPolicy, by the evaluator that decides the sandbox's own calls.

As in AWS, a simulation looks at policies only: what a condition needs and the request didn't bring is told as missing, and a resource's own policy
counts only where it is given. https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from longshore.sandbox.cloud import policy
from longshore.sandbox.cloud.calls import Call
from longshore.sandbox.cloud.conditions import InvalidPolicy
from longshore.sandbox.cloud.errors import Kind, Refusal
from longshore.sandbox.cloud.iam import PlayedIam
from longshore.sandbox.cloud.policy import Decision, Document, Wish
from longshore.sandbox.cloud.policy_sources import Source, owner
from longshore.sandbox.cloud.principals import Directory

OPERATIONS = frozenset(
    {
        "SimulatePrincipalPolicy",
        "SimulateCustomPolicy",
        "GetContextKeysForPrincipalPolicy",
        "GetContextKeysForCustomPolicy",
    }
)

_VARIABLE = re.compile(r"\$\{([^},]+)")
_WORDS = {Decision.ALLOWED: "allowed", Decision.DENIED: "explicitDeny", Decision.SILENT: "implicitDeny"}


@dataclass(frozen=True)
class _Case:
    """What is simulated: policies with their names, and what the request says beside them."""

    policies: Sequence[Source]
    limits: Sequence[Document]
    resource_policy: Document | None
    caller: str
    context: Mapping[str, tuple[str, ...]]
    limited: bool

    @property
    def documents(self) -> list[Document]:
        return [source.document for source in self.policies]


def answer(call: Call, directory: Directory) -> Mapping[str, Any]:
    """The result of one of OPERATIONS.

    Raises Refusal.
    """
    try:
        case = _case(call, directory)
        if call.operation.startswith("GetContextKeys"):
            return {"ContextKeyNames": sorted({key for document in case.documents for key in keys(document)})}
        return _page([_result(case, action, resource, call) for action, resource in _pairs(call)], call)
    except InvalidPolicy as error:
        raise _invalid(f"Invalid policy: {error}") from None


def _invalid(text: str) -> Refusal:
    return Refusal(Kind.MALFORMED, text, code="InvalidInput", status=400)


def _pairs(call: Call) -> Iterator[tuple[str, str]]:
    resources = call.texts("ResourceArns") or ["*"]
    for action in call.texts("ActionNames"):
        if not re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z0-9*]+", action):
            raise _invalid(f"Invalid Action: {action}")
        yield from ((action, resource) for resource in resources)


def _case(call: Call, directory: Directory) -> _Case:
    sources, limits, caller = [], [], call.text("CallerArn")
    context: dict[str, tuple[str, ...]] = {}
    if call.text("PolicySourceArn"):
        store = directory.iam
        assert isinstance(store, PlayedIam)
        who = owner(store, call.text("PolicySourceArn"))
        if who is None:
            raise _missing(call.text("PolicySourceArn"))
        sources, limits = list(who.policies), list(who.limits)
        caller = caller or (who.arn if who.kind != "Group" else "")
        if who.kind == "User":
            context |= {"aws:username": (who.name,), "aws:userid": (who.id,)}
    given = enumerate(call.texts("PolicyInputList"), 1)
    sources += [Source(f"PolicyInputList.{number}", policy.parse(text)) for number, text in given]
    override = [policy.parse(text) for text in call.texts("PermissionsBoundaryPolicyInputList")]
    now = datetime.now(UTC)
    context |= {"aws:currenttime": (now.strftime("%Y-%m-%dT%H:%M:%SZ"),), "aws:epochtime": (str(int(now.timestamp())),)}
    if caller:
        context["aws:principalarn"] = (caller,)
    for entry in call.parameters.get("ContextEntries") or []:
        context[str(entry.get("ContextKeyName", "")).lower()] = tuple(
            str(value) for value in entry.get("ContextKeyValues") or []
        )
    own = call.text("ResourcePolicy")
    limits = override or limits
    return _Case(sources, limits, policy.parse(own) if own else None, caller, context, bool(limits))


def _missing(arn: str) -> Refusal:
    if not re.fullmatch(r"arn:[^:]+:iam::\d{12}:(user|group|role)/.+", arn):
        return _invalid(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    name, kind = arn.rpartition("/")[2], arn.split(":", 5)[5].partition("/")[0]
    return Refusal(Kind.MALFORMED, f"The {kind} with name {name} cannot be found.", code="NoSuchEntity", status=404)


def _result(case: _Case, action: str, resource: str, call: Call) -> dict[str, Any]:
    wish = Wish(action, resource, case.context)
    identity = policy.decide(case.documents, wish)
    direct = Decision.SILENT
    if case.resource_policy is not None:
        direct = policy.decide([case.resource_policy], wish, [case.caller] if case.caller else ["*"])
    limits = [policy.decide([limit], wish) for limit in case.limits]
    decision = _decide(identity, direct, limits)
    wanted = {key for document in [*case.documents, *case.limits] for key in keys(document, action)}
    missing = sorted(key for key in wanted if key.lower() not in case.context)
    matched = [
        {"SourcePolicyId": source.name, "SourcePolicyType": "IAM Policy"}
        for source in case.policies
        if policy.decide([source.document], wish) is not Decision.SILENT
    ]
    result: dict[str, Any] = {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": _WORDS[decision],
        "MatchedStatements": matched,
        "MissingContextValues": missing,
    }
    detail = {"AllowedByPermissionsBoundary": all(limit is Decision.ALLOWED for limit in limits)}
    if case.limited:
        result["PermissionsBoundaryDecisionDetail"] = detail
    if call.texts("ResourceArns"):
        # With resources, what is missing is told for each of them.
        result["MissingContextValues"] = []
        specific = {
            "EvalResourceName": resource,
            "EvalResourceDecision": _WORDS[decision],
            "MatchedStatements": matched,
            "MissingContextValues": missing,
        }
        result["ResourceSpecificResults"] = [
            {**specific, **({"PermissionsBoundaryDecisionDetail": detail} if case.limited else {})}
        ]
    return result


def _decide(identity: Decision, direct: Decision, limits: Sequence[Decision]) -> Decision:
    if Decision.DENIED in (identity, direct, *limits):
        return Decision.DENIED
    if Decision.SILENT in limits or Decision.ALLOWED not in (identity, direct):
        return Decision.SILENT
    return Decision.ALLOWED


def keys(document: Document, action: str = "") -> Iterator[str]:
    """The condition keys that a policy asks for: those of its Condition elements, and its variables; of the statements about an action."""
    statements = document.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        if action and not policy.about(statement, action):
            continue
        condition = statement.get("Condition") or {}
        for tested in condition.values():
            yield from tested
        resources = [statement.get(name) or [] for name in ("Resource", "NotResource")]
        for text in _texts([resources, list(condition.values())]):
            yield from (name for name in _VARIABLE.findall(text) if name not in ("*", "?", "$"))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _page(results: list[dict[str, Any]], call: Call) -> Mapping[str, Any]:
    marker, size = call.text("Marker"), call.parameters.get("MaxItems")
    if marker and not marker.isdecimal():
        raise _invalid("Invalid Marker")
    start = int(marker or 0)
    end = start + (int(size) if size else 100)
    more = end < len(results)
    return {
        "EvaluationResults": results[start:end],
        "IsTruncated": more,
        "Marker": str(end) if more else None,
    }
