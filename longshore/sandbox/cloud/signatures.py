"""Signature Version 4, as the one who checks it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html: the Authorization header and presigned URLs.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

from longshore.sandbox.cloud.http import HttpRequest

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW = timedelta(minutes=15)
UNSIGNED = "UNSIGNED-PAYLOAD"
_STAMP = "%Y%m%dT%H%M%SZ"
_HEADER = re.compile(
    r"Credential=(?P<credential>[^,\s]+),\s*SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]+)"
)


class NotSigned(Exception):
    """There is no signature in the request."""


class Incomplete(Exception):
    """There is something like a signature, and a part of it is missing or malformed; the text says which."""


@dataclass(frozen=True)
class Signature:
    """What a request says about its signature. `seconds` is how long a presigned URL is good for; None where a header holds the signature."""

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    stamp: str
    token: str | None
    seconds: int | None = None

    @property
    def signed_at(self) -> datetime:
        return datetime.strptime(self.stamp, _STAMP).replace(tzinfo=UTC)

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def read(request: HttpRequest) -> Signature:
    """The signature in the Authorization header, else in the query of a presigned URL.

    Raises NotSigned, Incomplete.
    """
    header = request.headers.get("authorization")
    if header is not None:
        if not header.startswith(f"{ALGORITHM} "):
            raise Incomplete(f"Unsupported AWS 'algorithm': '{header.split(' ')[0][:40]}'.")
        match = _HEADER.search(header)
        if match is None:
            raise Incomplete("Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.")
        stamp = request.headers.get("x-amz-date", "")
        token = request.headers.get("x-amz-security-token")
        return _signature(match["credential"], match["headers"], match["signature"], stamp, token, None)
    given = {name.lower(): value for name, value in request.parameters()}
    if "x-amz-signature" not in given and "x-amz-algorithm" not in given:
        raise NotSigned
    if given.get("x-amz-algorithm") != ALGORITHM:
        raise Incomplete("AWS query-string parameters must include 'X-Amz-Algorithm'.")
    seconds = given.get("x-amz-expires", "900")
    if not seconds.isdecimal() or not 0 < int(seconds) <= 604800:
        raise Incomplete("X-Amz-Expires must be between 1 and 604800 seconds.")
    return _signature(
        given.get("x-amz-credential", ""),
        given.get("x-amz-signedheaders", ""),
        given.get("x-amz-signature", ""),
        given.get("x-amz-date", ""),
        given.get("x-amz-security-token"),
        int(seconds),
    )


def _signature(
    credential: str, headers: str, signature: str, stamp: str, token: str | None, seconds: int | None
) -> Signature:
    parts = credential.rsplit("/", 4)
    if len(parts) != 5 or parts[4] != "aws4_request" or not all(parts):
        raise Incomplete("Credential must have exactly 5 slash-delimited elements, ending in aws4_request.")
    try:
        datetime.strptime(stamp, _STAMP)
    except ValueError:
        raise Incomplete("Date must be in ISO-8601 'basic format'.") from None
    if parts[1] != stamp[:8]:
        raise Incomplete("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.")
    names = tuple(sorted(headers.lower().split(";")))
    if "host" not in names:
        raise Incomplete("'Host' must be a 'SignedHeader' in the AWS Authorization.")
    return Signature(parts[0], parts[1], parts[2], parts[3], names, signature, stamp, token, seconds)


def late(signature: Signature, now: datetime) -> str:
    """Why the signature's time is not acceptable now, in AWS's words; empty when it is."""
    at = signature.signed_at
    last = at + (SKEW if signature.seconds is None else timedelta(seconds=signature.seconds))
    if now > last:
        limit = now - SKEW if signature.seconds is None else last
        return f"Signature expired: {signature.stamp} is now earlier than {limit.strftime(_STAMP)} ({now.strftime(_STAMP)})"
    if at > now + SKEW:
        limit = now + SKEW
        return f"Signature not yet current: {signature.stamp} is still later than {limit.strftime(_STAMP)} ({now.strftime(_STAMP)} + 15 min.)"
    return ""


def matches(request: HttpRequest, signature: Signature, secret: str) -> bool:
    """Whether the request was signed with this secret, and whether its body is the one that was signed."""
    payload = _payload(request, signature)
    if payload is None:
        return False
    canonical = _canonical(request, signature, payload)
    text = "\n".join((ALGORITHM, signature.stamp, signature.scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{secret}".encode()
    for part in signature.scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    made = hmac.digest(key, text.encode(), "sha256").hex()
    return hmac.compare_digest(made.encode(), signature.signature.encode())


def _payload(request: HttpRequest, signature: Signature) -> str | None:
    # The hash that was signed; None when it isn't this body's.
    digest = hashlib.sha256(request.body).hexdigest()
    if signature.seconds is not None:
        return UNSIGNED if signature.service == "s3" else digest
    stated = request.headers.get("x-amz-content-sha256")
    if stated is None or stated == digest:
        return digest
    return stated if stated == UNSIGNED or stated.startswith("STREAMING-") else None


def _canonical(request: HttpRequest, signature: Signature, payload: str) -> str:
    # S3 signs the path as it is sent; every other service a normalised one, encoded once more.
    path = request.path if signature.service == "s3" else quote(_normalised(request.path), safe="/~")
    pairs = [part.partition("=") for part in request.query.split("&") if part]
    encoded = sorted(
        (quote(unquote(name), safe="-_.~"), quote(unquote(value), safe="-_.~"))
        for name, _, value in pairs
        if unquote(name).lower() != "x-amz-signature"
    )
    headers = "".join(
        f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in signature.signed_headers
    )
    query = "&".join(f"{name}={value}" for name, value in encoded)
    return "\n".join((request.method, path, query, headers, ";".join(signature.signed_headers), payload))


def _normalised(path: str) -> str:
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            kept = kept[:-1]
        elif part and part != ".":
            kept.append(part)
    end = "/" if kept and path.endswith("/") else ""
    return "/" + "/".join(kept) + end
