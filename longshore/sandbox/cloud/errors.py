"""What AWS answers when it says no: the code, the text and the shape that each protocol has for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from uuid import uuid4
from xml.sax.saxutils import escape


class Kind(Enum):
    """The refusals that every service knows, each under names of its own: those of JSON services, query services, EC2, S3."""

    MISSING = ("MissingAuthenticationTokenException", "MissingAuthenticationToken", "AuthFailure", "AccessDenied")
    INCOMPLETE = (
        "IncompleteSignatureException",
        "IncompleteSignature",
        "IncompleteSignature",
        "AuthorizationHeaderMalformed",
    )
    UNKNOWN_KEY = ("UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure", "InvalidAccessKeyId")
    SIGNATURE = ("InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure", "SignatureDoesNotMatch")
    CLOCK = ("InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired", "RequestTimeTooSkewed")
    EXPIRED = ("ExpiredTokenException", "ExpiredToken", "RequestExpired", "ExpiredToken")
    DENIED = ("AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "AccessDenied")
    THROTTLED = ("ThrottlingException", "Throttling", "RequestLimitExceeded", "SlowDown")
    BROKEN = ("InternalServiceError", "InternalFailure", "InternalError", "InternalError")
    UNKNOWN_OPERATION = ("UnknownOperationException", "InvalidAction", "InvalidAction", "MethodNotAllowed")
    MALFORMED = ("SerializationException", "MalformedInput", "MalformedInput", "InvalidRequest")

    def code(self, protocol: str) -> str:
        """As a service of this protocol says it."""
        return self.value[{"query": 1, "ec2": 2, "rest-xml": 3}.get(protocol, 0)]

    def status(self, protocol: str) -> int:
        """The HTTP status."""
        if self is Kind.BROKEN:
            return 500
        if self is Kind.THROTTLED:
            return {"ec2": 503, "rest-xml": 503, "rest-json": 429}.get(protocol, 400)
        if self in (Kind.UNKNOWN_OPERATION, Kind.MALFORMED):
            return 404 if protocol == "rest-json" else 400
        if protocol == "ec2" and self is not Kind.DENIED:
            return 400 if self is Kind.CLOCK else 401
        return 400 if protocol == "json" else 403


TEXTS = {
    Kind.UNKNOWN_KEY: "The security token included in the request is invalid.",
    Kind.SIGNATURE: (
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. "
        "Consult the service documentation for details."
    ),
    Kind.EXPIRED: "The security token included in the request is expired",
    Kind.THROTTLED: "Rate exceeded",
    Kind.BROKEN: "The request processing has failed because of an unknown error, exception or failure.",
}

# Services whose throttling has a code of its own (their API references, Common Errors).
_THROTTLED = {
    "secretsmanager": "ThrottlingException",
    "ecr": "ThrottlingException",
    "dynamodb": "ProvisionedThroughputExceededException",
}


class Refusal(Exception):
    """An answer that is an error, in terms that hold for every protocol. `code` and `status` override what the kind implies."""

    def __init__(self, kind: Kind, text: str = "", *, code: str = "", status: int = 0) -> None:
        super().__init__(text or TEXTS.get(kind, ""))
        self.kind = kind
        self.text = text or TEXTS.get(kind, "")
        self.code = code
        self.status = status


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def line(self) -> str:
        """The status as WSGI wants it."""
        from http import HTTPStatus

        return f"{self.status} {HTTPStatus(self.status).phrase}"


def reply(refusal: Refusal, service: str, protocol: str) -> Reply:
    """The refusal as this service says it."""
    request_id = str(uuid4())
    kind = refusal.kind
    code = refusal.code or (kind is Kind.THROTTLED and _THROTTLED.get(service)) or kind.code(protocol)
    status = refusal.status or kind.status(protocol)
    head = (("x-amzn-RequestId", request_id),)
    if protocol in ("json", "rest-json"):
        body = json.dumps(
            {"__type": code, "message": refusal.text, "Message": refusal.text}
            if protocol == "json"
            else {"message": refusal.text}
        )
        kind_of = "application/x-amz-json-1.1" if protocol == "json" else "application/json"
        return Reply(status, (("Content-Type", kind_of), ("x-amzn-ErrorType", code), *head), body.encode())
    text, side = escape(refusal.text), "Receiver" if status >= 500 else "Sender"
    if protocol == "ec2":
        xml = f"<Response><Errors><Error><Code>{code}</Code><Message>{text}</Message></Error></Errors><RequestID>{request_id}</RequestID></Response>"
    elif protocol == "rest-xml":
        xml = f"<Error><Code>{code}</Code><Message>{text}</Message><RequestId>{request_id}</RequestId></Error>"
    else:
        xml = (
            f"<ErrorResponse><Error><Type>{side}</Type><Code>{code}</Code><Message>{text}</Message></Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    return Reply(
        status, (("Content-Type", "text/xml"), *head), f'<?xml version="1.0" encoding="UTF-8"?>\n{xml}'.encode()
    )
