"""The webhooks that a cluster's API server asks: `POST /_sandbox/clusters/NAME/authenticate` and `/authorize`.

They answer only to the token of the settings, as a password or a bearer token. Reviews are v1 of authentication.k8s.io and authorization.k8s.io.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import logging
import re
from collections.abc import Mapping
from typing import Any

from longshore.process.redaction import redact
from longshore.sandbox.cloud.eks import authenticator, authorizer
from longshore.sandbox.cloud.eks.authenticator import Unmapped
from longshore.sandbox.cloud.eks.service import Eks
from longshore.sandbox.cloud.eks.tokens import InvalidToken
from longshore.sandbox.cloud.errors import Reply
from longshore.sandbox.cloud.http import HttpRequest

log = logging.getLogger(__name__)

PATH = "/_sandbox/clusters/"
USER = "kube-apiserver"
_PATHS = re.compile(rf"{PATH}(?P<server>[A-Za-z0-9._-]+)/(?P<what>authenticate|authorize)")


class Webhooks:
    """What API servers ask."""

    def __init__(self, eks: Eks, token: str) -> None:
        self._eks = eks
        self._token = token

    def answer(self, request: HttpRequest) -> Reply:
        """The answer to a request under `/_sandbox/clusters/`."""
        match = _PATHS.fullmatch(request.path)
        if match is None or not self._token:
            return _json(404, {"message": "no such endpoint"})
        if not hmac.compare_digest(self._token.encode(), _password(request.headers.get("authorization", ""))):
            return _json(403, {"message": "wrong token"})
        if request.method != "POST":
            return _json(405, {"message": "expected POST"})
        try:
            review = json.loads(request.body)
            spec, version = dict(review["spec"]), str(review["apiVersion"])
        except (ValueError, KeyError, TypeError):
            return _json(400, {"message": "expected a request body to be a review"})
        try:
            if match["what"] == "authenticate":
                status = self._authenticate(match["server"], spec, request.headers.get("host", ""))
                return _json(200, {"apiVersion": version, "kind": "TokenReview", "status": status})
            status = self._authorize(match["server"], spec)
            return _json(200, {"apiVersion": version, "kind": "SubjectAccessReview", "status": status})
        except OSError as error:
            return _json(503, {"message": redact(f"{type(error).__name__}: {error}")})

    def _authenticate(self, server: str, spec: Mapping[str, Any], host: str) -> dict[str, Any]:
        try:
            user = authenticator.review(self._eks, server, str(spec.get("token", "")), _hosts(host))
        except (InvalidToken, Unmapped) as error:
            # The client only ever sees 401; why stands in the sandbox's log.
            log.warning("access denied: %s", redact(str(error)))
            return {"authenticated": False, "error": str(error)}
        return {"authenticated": True, "user": user}

    def _authorize(self, server: str, spec: Mapping[str, Any]) -> dict[str, Any]:
        policy = authorizer.review(self._eks, server, spec)
        if not policy:
            return {"allowed": False}
        return {"allowed": True, "reason": f"EKS access policy {policy.rpartition('/')[2]}"}


def _password(header: str) -> bytes:
    # An API server sends a kubeconfig's token to servers with TLS only, and a user's password to the others as well.
    kind, _, given = header.partition(" ")
    if kind == "Bearer":
        return given.encode()
    try:
        return base64.b64decode(given, validate=True).partition(b":")[2] if kind == "Basic" else b""
    except binascii.Error:
        return b""


def _hosts(host: str) -> tuple[str, ...]:
    # The API server reaches us where clients reach the sandbox's STS.
    port = host.rpartition(":")[2]
    return host, f"127.0.0.1:{port}", f"localhost:{port}"


def _json(status: int, body: dict[str, Any]) -> Reply:
    return Reply(status, (("Content-Type", "application/json"),), json.dumps(body).encode())
