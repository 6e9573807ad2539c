"""Which operation of which service a request calls, with what parameters: read with botocore's service models, as AWS's own front does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request, determine_request_protocol
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException

from longshore.sandbox.cloud.http import HttpRequest

MODELS = {
    "monitoring": "cloudwatch",
    "elasticloadbalancing": "elbv2",
    "email": "ses",
    "execute-api": "apigatewaymanagementapi",
}
"""Signing names whose service model has another name."""

_READING = (
    "Get",
    "List",
    "Describe",
    "BatchGet",
    "BatchCheck",
    "Head",
    "Lookup",
    "Search",
    "Query",
    "Scan",
    "Validate",
    "Simulate",
    "Generate",
)
_READING_TOO = frozenset({"AssumeRole", "DecodeAuthorizationMessage", "DownloadDBLogFilePortion", "Decrypt"})


class UnknownOperation(Exception):
    """No operation of the service is called so; the text is the name."""


class Malformed(Exception):
    """The body can't be read as the protocol wants it."""


@dataclass(frozen=True)
class Call:
    """`service` is the signing name (IAM's prefix, but for a few); `protocol` one of query, ec2, json, rest-json, rest-xml."""

    service: str
    region: str
    operation: str
    protocol: str
    parameters: Mapping[str, Any] = field(repr=False, default_factory=dict)

    @property
    def action(self) -> str:
        """As a policy names it."""
        return f"{self.service}:{self.operation}"

    @property
    def mutating(self) -> bool:
        """Whether it may change something, judged by its name."""
        return not self.operation.startswith(_READING) and self.operation not in _READING_TOO

    def text(self, name: str) -> str:
        """A parameter that is a string; empty when it isn't given."""
        value = self.parameters.get(name)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        """A parameter that is a list of strings."""
        value = self.parameters.get(name)
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def guess_protocol(service: str, request: HttpRequest) -> str:
    """How an error must look before the operation is known."""
    if "x-amz-target" in request.headers:
        return "json"
    if service == "ec2":
        return "ec2"
    if service in ("s3", "route53", "cloudfront"):
        return "rest-xml"
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded") or request.parameter("Action"):
        return "query"
    return "rest-json"


def read(service: str, region: str, request: HttpRequest, environ: Mapping[str, Any]) -> Call:
    """The call in a request whose signature names this service and region.

    Raises UnknownOperation, Malformed.
    """
    from io import BytesIO

    from botocore.exceptions import UnknownServiceError
    from moto.core.routing import get_service_router

    web = Request({**environ, "wsgi.input": BytesIO(request.body)})
    try:
        model = get_service_model(MODELS.get(service, service))
    except UnknownServiceError:
        return _unmodelled(service, region, request)
    path: dict[str, Any] = {}
    target = request.headers.get("x-amz-target", "").rpartition(".")[2]
    action = web.values.get("Action", "")
    if (target and action) or "action" in request.headers:
        # moto would obey one of them, and not necessarily the one that was allowed.
        raise Malformed("the operation is named twice")
    try:
        if target:
            name, protocol = target, "json"
        elif action:
            name, protocol = action, "ec2" if service == "ec2" else "query"
        else:
            found, path = get_service_router(model.service_name).match(web)
            name, protocol = found.name, determine_request_protocol(model, request.headers.get("content-type"))
    except (HTTPException, NotImplementedError):
        raise UnknownOperation(f"{request.method} {request.path}") from None
    if name not in model.operation_names:
        raise UnknownOperation(name)
    try:
        if protocol == "json" and request.body:
            json.loads(request.body)  # moto's parser takes text that is no JSON for a message
        parsed = PROTOCOL_PARSERS[protocol](model.operation_model(name)).parse(
            {
                "method": request.method,
                "values": web.values,
                "headers": web.headers,
                "body": request.body,
                "url_path": web.path,
                "url_params": path,
            }
        )
    except (
        RequestParserError,
        json.JSONDecodeError,
        UnicodeDecodeError,
        ValueError,
        TypeError,
        AttributeError,
    ) as error:
        raise Malformed(str(error)[:200]) from error
    return Call(service, region, name, protocol, parsed if isinstance(parsed, dict) else {})


def _unmodelled(service: str, region: str, request: HttpRequest) -> Call:
    name = request.headers.get("x-amz-target", "").rpartition(".")[2] or request.parameter("Action") or ""
    if not name:
        raise UnknownOperation(f"{request.method} {request.path}")
    return Call(service, region, name, guess_protocol(service, request))
