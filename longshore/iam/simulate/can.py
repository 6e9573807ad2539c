"""iam.can: allowed, denied or not known, as IAM's simulator sees it, for the identity of a profile.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from longshore.answers import Answer, Table
from longshore.aws.errors import DENIED, code_of
from longshore.aws.identity import Identity, whoami
from longshore.aws.session import Session, open_session
from longshore.environments.environment import Environment
from longshore.environments.load import load
from longshore.errors import LongshoreError, UsageError
from longshore.iam.api import Iam
from longshore.iam.simulate.own_policy import OwnPolicy, own_policy
from longshore.iam.simulate.principal import Principal, principal_of

ALLOWED, REFUSED, UNKNOWN = "allowed", "denied", "not known"
ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")
FREE = frozenset({"sts:getcalleridentity", "sts:getsessiontoken"})
"""What every valid key may do: no policy is asked (STS API reference)."""
MFA = frozenset({"aws:multifactorauthpresent", "aws:multifactorauthage"})
"""What a request with a user's own key never brings."""


@dataclass(frozen=True)
class Verdict:
    """`answer` is one of ALLOWED, REFUSED, UNKNOWN. `asked_as` is the profile that asked IAM; empty where IAM wasn't asked."""

    answer: str
    why: str
    asked_as: str = ""
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def can(environment: Environment, action: str, resource: str = "*") -> Answer:
    """Ask. Nothing is tried: where IAM doesn't tell, the answer is that it isn't known.

    Raises UsageError for what is no action or ARN, and as `open_session` and `whoami` do.
    """
    if not ACTION.fullmatch(action):
        raise UsageError(f"--action can't be {action!r}", why="it is a service and an action, such as ecr:PutImage")
    if resource != "*" and not resource.startswith("arn:"):
        raise UsageError(f"--resource can't be {resource!r}", why="it is an ARN, or * for whatever there is")
    session = open_session(environment)
    identity = whoami(session)
    sessions = [session, *_administrator(environment, identity)]
    principal = principal_of(identity, [Iam(one) for one in sessions])
    verdict = judge(environment, identity, principal, action, resource, sessions)
    return _answer(environment, identity, principal, action, resource, verdict)


def judge(
    environment: Environment,
    identity: Identity,
    principal: Principal,
    action: str,
    resource: str,
    sessions: Sequence[Session],
) -> Verdict:
    """Raises UsageError for an action that IAM doesn't take."""
    if action.lower() in FREE:
        return Verdict(ALLOWED, "every valid key may do it: no policy is asked")
    if not principal.arn:
        return Verdict(UNKNOWN, principal.why)
    own = own_policy(action, resource, sessions)
    refusals = []
    for session in sessions:
        try:
            result = _simulate(Iam(session), environment, principal, action, resource, own)
        except LongshoreError as error:
            if error.__cause__ is None or code_of(error.__cause__) not in DENIED | {"NoSuchEntity"}:
                raise
            refusals.append(error.why)
            continue
        return replace(_verdict(result, identity, principal, action, resource, own), asked_as=session.profile)
    return Verdict(UNKNOWN, f"IAM's simulator may not be asked: {refusals[0]}")


def _administrator(environment: Environment, identity: Identity) -> list[Session]:
    """The session of the profile that acts where none is named, if it is of the same account: it may ask where the one in question may not."""
    try:
        named = load(environment.root, environment.name, None, variables={})
        if named.profile == environment.profile:
            return []
        session = open_session(named)
        return [session] if whoami(session).account == identity.account else []
    except LongshoreError:
        return []


def _simulate(
    iam: Iam, environment: Environment, principal: Principal, action: str, resource: str, own: OwnPolicy
) -> Mapping[str, Any]:
    account = principal.arn.split(":")[4]
    known = {
        "aws:RequestedRegion": environment.region,
        "aws:PrincipalAccount": account,
        "aws:ResourceAccount": account,
        "aws:SecureTransport": "true",
        "aws:ViaAWSService": "false",
    }
    booleans = ("aws:SecureTransport", "aws:ViaAWSService")
    parameters: dict[str, Any] = {
        "PolicySourceArn": principal.arn,
        "ActionNames": [action],
        "ResourceArns": [resource],
        "ContextEntries": [
            {
                "ContextKeyName": key,
                "ContextKeyValues": [value],
                "ContextKeyType": "boolean" if key in booleans else "string",
            }
            for key, value in known.items()
            if value
        ],
    }
    if own.text:
        parameters |= {"ResourcePolicy": own.text, "CallerArn": principal.arn}
    with iam.calling("ask IAM's simulator", f"{action} on {resource}"):
        try:
            found: Mapping[str, Any] = iam.client.simulate_principal_policy(**parameters)["EvaluationResults"][0]
        except iam.client.exceptions.InvalidInputException as error:
            message = error.response["Error"].get("Message", "")
            raise UsageError(f"IAM doesn't take {action} on {resource}", why=message) from None
    return found


def _verdict(
    result: Mapping[str, Any],
    identity: Identity,
    principal: Principal,
    action: str,
    resource: str,
    own: OwnPolicy,
) -> Verdict:
    specific: Mapping[str, Any] = next(iter(result.get("ResourceSpecificResults") or []), {})
    decision = str(specific.get("EvalResourceDecision") or result["EvalDecision"])
    missing = _missing([*result.get("MissingContextValues", []), *specific.get("MissingContextValues", [])], principal)
    by = ", ".join(sorted({str(one["SourcePolicyId"]) for one in result.get("MatchedStatements", [])}))
    if missing:
        return Verdict(UNKNOWN, f"it depends on {', '.join(missing)}, which only the call itself has", missing=missing)
    if decision == "allowed":
        if action.lower() == "sts:assumerole":
            return Verdict(UNKNOWN, f"{by} allows it, and the role's trust decides, too: it is not simulated")
        notes = ("the session may have been given less than its role (a session policy)",) if principal.session else ()
        return Verdict(ALLOWED, f"by {by}" if by else "by the resource's own policy", notes=notes)
    if decision == "explicitDeny":
        return Verdict(REFUSED, f"{by or 'a policy'} denies it explicitly")
    why = _limit(result) or "no policy allows it"
    if not own.seen:
        return Verdict(UNKNOWN, f"{why} of {_short(principal.arn)}, and {own.why}")
    notes = ("on a single resource it may be allowed: name it with --resource",) if resource == "*" else ()
    return Verdict(REFUSED, why, notes=notes)


def _missing(keys: Sequence[str], principal: Principal) -> tuple[str, ...]:
    return tuple(sorted({key for key in keys if principal.session or key.lower() not in MFA}))


def _limit(result: Mapping[str, Any]) -> str:
    if result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations") is False:
        return "a policy of the organization doesn't allow it"
    if result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary") is False:
        return "the permissions boundary doesn't allow it"
    return ""


def _short(arn: str) -> str:
    return arn.rpartition(":")[2]


def _answer(
    environment: Environment, identity: Identity, principal: Principal, action: str, resource: str, verdict: Verdict
) -> Answer:
    asked = f" (asked as {verdict.asked_as})" if verdict.asked_as not in ("", environment.profile) else ""
    return Answer(
        {
            "environment": environment.name,
            "profile": environment.profile or None,
            "arn": identity.arn,
            "principal": principal.arn or None,
            "action": action,
            "resource": resource,
            "answer": verdict.answer,
            "why": verdict.why,
            "asked_as": verdict.asked_as or None,
            "missing": list(verdict.missing),
            "notes": list(verdict.notes),
        },
        [
            Table(
                ("", ""),
                [
                    ("who", identity.arn),
                    ("action", action),
                    ("resource", resource),
                    ("answer", f"{verdict.answer}: {verdict.why}{asked}"),
                ],
            )
        ],
        verdict.notes,
    )
