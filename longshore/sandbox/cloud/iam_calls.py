"""The operations of IAM that moto hasn't got, and those about the caller himself where no user is named."""

from __future__ import annotations

import io
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from longshore.process.redaction import know
from longshore.sandbox.cloud import iam, query, simulation
from longshore.sandbox.cloud.calls import Call
from longshore.sandbox.cloud.errors import Kind, Refusal, Reply
from longshore.sandbox.cloud.http import HttpRequest
from longshore.sandbox.cloud.identities import OWN
from longshore.sandbox.cloud.principals import Directory, Key

_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
_SERVICES = ("codecommit.amazonaws.com", "cassandra.amazonaws.com", "bedrock.amazonaws.com")


def answer(call: Call, directory: Directory) -> Reply | None:
    """The answer to an operation that moto hasn't got; None for the others.

    Raises Refusal.
    """
    if call.operation in simulation.OPERATIONS:
        return query.reply(call.operation, simulation.answer(call, directory), _NAMESPACE)
    play = _OPERATIONS.get(call.operation)
    if play is not None:
        return query.reply(call.operation, play(call, directory), _NAMESPACE)
    if call.operation == "CreateUser":
        store = _store(directory)
        store.boundary = call.text("PermissionsBoundary")
        if store.boundary:
            _policy(store, store.boundary)
    return None


def of_oneself(call: Call, key: Key, request: HttpRequest, environ: dict[str, Any]) -> dict[str, Any]:
    """The request with the caller's name in it where it names nobody: moto finds him by long-term keys only.

    Raises Refusal for callers that are no users.
    """
    if call.operation not in OWN or call.text("UserName") or call.operation == "GetAccessKeyLastUsed":
        return environ
    if key.principal.kind != "User":
        if key.principal.kind == "Root":
            return environ
        raise _refused("ValidationError", "Must specify userName when calling with non-User credentials", 400)
    body = request.body + b"&" + urlencode({"UserName": key.principal.name}).encode()
    return {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def _refused(code: str, text: str, status: int) -> Refusal:
    return Refusal(Kind.MALFORMED, text, code=code, status=status)


def _store(directory: Directory) -> iam.PlayedIam:
    store = directory.iam
    assert isinstance(store, iam.PlayedIam)
    return store


def _user(call: Call, directory: Directory) -> Any:
    name = call.text("UserName")
    user = directory.iam.users.get(name)
    if user is None:
        raise _refused("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
    return user


def _policy(store: iam.PlayedIam, arn: str) -> None:
    from moto.iam.exceptions import NotFoundException

    try:
        store.need(arn)
    except NotFoundException:
        store.boundary = ""
        raise _refused("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.", 404) from None


def _bound(call: Call, directory: Directory) -> Mapping[str, Any]:
    user = _user(call, directory)
    _policy(_store(directory), call.text("PermissionsBoundary"))
    iam.bound(user, call.text("PermissionsBoundary"))
    return {}


def _unbound(call: Call, directory: Directory) -> Mapping[str, Any]:
    user = _user(call, directory)
    if not iam.boundary(user):
        raise _refused("NoSuchEntity", f"The user {user.name} has no permissions boundary.", 404)
    iam.bound(user, "")
    return {}


def _create_credential(call: Call, directory: Directory) -> Mapping[str, Any]:
    user, service = _user(call, directory), call.text("ServiceName")
    if service not in _SERVICES:
        raise _refused(
            "NotSupportedService", f"No such service {service} is supported for Service Specific Credentials", 404
        )
    there = iam.credentials(user)
    if sum(one["ServiceName"] == service for one in there.values()) >= 2:
        raise _refused("LimitExceeded", "Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2", 409)
    id = f"ACCA{secrets.token_hex(9).upper()[:17]}"
    there[id] = {
        "CreateDate": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "ServiceName": service,
        "ServiceUserName": f"{user.name}-at-{directory.account_id}",
        "ServiceSpecificCredentialId": id,
        "UserName": user.name,
        "Status": "Active",
    }
    password = secrets.token_urlsafe(30)
    know(password)
    return {"ServiceSpecificCredential": {**there[id], "ServicePassword": password}}


def _list_credentials(call: Call, directory: Directory) -> Mapping[str, Any]:
    service = call.text("ServiceName")
    found = [one for one in iam.credentials(_user(call, directory)).values() if service in ("", one["ServiceName"])]
    return {"ServiceSpecificCredentials": found, "IsTruncated": False}


def _credential(call: Call, directory: Directory) -> tuple[dict[str, dict[str, Any]], str]:
    there, id = iam.credentials(_user(call, directory)), call.text("ServiceSpecificCredentialId")
    if id not in there:
        raise _refused("NoSuchEntity", f"No such credential {id} exists", 404)
    return there, id


def _delete_credential(call: Call, directory: Directory) -> Mapping[str, Any]:
    there, id = _credential(call, directory)
    del there[id]
    return {}


def _update_credential(call: Call, directory: Directory) -> Mapping[str, Any]:
    there, id = _credential(call, directory)
    there[id]["Status"] = call.text("Status")
    return {}


def _provider(call: Call, directory: Directory) -> Any:
    arn = call.text("OpenIDConnectProviderArn")
    provider = directory.iam.open_id_providers.get(arn)
    if provider is None:
        raise _refused("NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}", 404)
    return provider


def _add_client(call: Call, directory: Directory) -> Mapping[str, Any]:
    provider, client = _provider(call, directory), call.text("ClientID")
    if client not in provider.client_id_list:
        provider.client_id_list = [*provider.client_id_list, client]
    return {}


def _remove_client(call: Call, directory: Directory) -> Mapping[str, Any]:
    provider, client = _provider(call, directory), call.text("ClientID")
    provider.client_id_list = [one for one in provider.client_id_list if one != client]
    return {}


_OPERATIONS = {
    "PutUserPermissionsBoundary": _bound,
    "DeleteUserPermissionsBoundary": _unbound,
    "CreateServiceSpecificCredential": _create_credential,
    "ListServiceSpecificCredentials": _list_credentials,
    "UpdateServiceSpecificCredential": _update_credential,
    "DeleteServiceSpecificCredential": _delete_credential,
    "AddClientIDToOpenIDConnectProvider": _add_client,
    "RemoveClientIDFromOpenIDConnectProvider": _remove_client,
}
