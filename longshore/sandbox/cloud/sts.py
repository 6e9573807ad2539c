"""The part of STS that is answered here: who one is, and sessions of a user. AssumeRole is moto's, once it is allowed.

moto's GetSessionToken gives the same keys to everybody, and its GetCallerIdentity doesn't read presigned URLs.
"""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from longshore.process.redaction import know
from longshore.sandbox.cloud import query
from longshore.sandbox.cloud.calls import Call
from longshore.sandbox.cloud.errors import Kind, Refusal, Reply
from longshore.sandbox.cloud.http import HttpRequest
from longshore.sandbox.cloud.principals import Directory, Key, Session

_KEY_LETTERS = string.ascii_uppercase + "234567"
_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


def answer(call: Call, key: Key, request: HttpRequest, directory: Directory) -> Reply | None:
    """The answer to the operations that are answered here; None for the others.

    Raises Refusal.
    """
    match call.operation:
        case "GetCallerIdentity":
            who = {"UserId": key.principal.id, "Account": directory.account_id, "Arn": key.principal.arn}
            return _reply(call.operation, who, request)
        case "GetSessionToken":
            return _reply(call.operation, {"Credentials": _session(call, key, directory)}, request)
        case "GetFederationToken":
            raise Refusal(Kind.UNKNOWN_OPERATION, "The sandbox does not play GetFederationToken.")
        case "AssumeRole":
            _check_duration(call, key, directory)
    return None


def _session(call: Call, key: Key, directory: Directory) -> dict[str, str]:
    if key.principal.kind != "User" or key.principal.temporary:
        raise Refusal(Kind.DENIED, "Cannot call GetSessionToken with session credentials")
    seconds = _seconds(call, 43200)
    if not 900 <= seconds <= 129600:
        raise Refusal(Kind.MALFORMED, "DurationSeconds must be between 900 and 129600.", code="ValidationError")
    id = "ASIA" + "".join(secrets.choice(_KEY_LETTERS) for _ in range(16))
    expires = (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)
    session = Session(
        key.principal.name, secrets.token_urlsafe(30), "FwoGZXIvYXdzE" + secrets.token_urlsafe(240), expires
    )
    know(session.secret, session.token)
    directory.remember(id, session)
    return {
        "AccessKeyId": id,
        "SecretAccessKey": session.secret,
        "SessionToken": session.token,
        "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _check_duration(call: Call, key: Key, directory: Directory) -> None:
    role = directory.role(call.text("RoleArn"))
    longest = 3600 if key.principal.kind == "Role" else int(role.max_session_duration or 3600) if role else 3600
    seconds = _seconds(call, 3600)
    if seconds > longest:
        raise Refusal(
            Kind.MALFORMED,
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            code="ValidationError",
        )


def _seconds(call: Call, default: int) -> int:
    value = str(call.parameters.get("DurationSeconds") or default)
    return int(value) if value.isdecimal() else default


def _reply(operation: str, result: Mapping[str, object], request: HttpRequest) -> Reply:
    if "application/json" in request.headers.get("accept", ""):
        # aws-iam-authenticator asks so.
        request_id = str(uuid4())
        body = {f"{operation}Response": {f"{operation}Result": result, "ResponseMetadata": {"RequestId": request_id}}}
        return Reply(
            200, (("Content-Type", "application/json"), ("x-amzn-RequestId", request_id)), json.dumps(body).encode()
        )
    return query.reply(operation, result, _NAMESPACE)
