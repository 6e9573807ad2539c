"""Who made a request: its signature against the real secret of its access key. For headers and presigned URLs alike."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime

from longshore.sandbox.cloud import signatures
from longshore.sandbox.cloud.errors import Kind, Refusal
from longshore.sandbox.cloud.http import HttpRequest
from longshore.sandbox.cloud.principals import Directory, Key
from longshore.sandbox.cloud.signatures import Signature


def authenticate(request: HttpRequest, directory: Directory) -> tuple[Signature, Key]:
    """What the signature says of itself, and the key that made it.

    Raises Refusal: no signature, half a one, an unknown or inactive key, an expired or foreign session token, a clock that is more than
    15 minutes off, a wrong signature.
    """
    try:
        signature = signatures.read(request)
    except signatures.NotSigned:
        raise Refusal(Kind.MISSING, "Request is missing Authentication Token") from None
    except signatures.Incomplete as error:
        raise Refusal(Kind.INCOMPLETE, str(error)) from None
    return signature, prove(request, signature, directory)


def prove(request: HttpRequest, signature: Signature, directory: Directory) -> Key:
    """The key that made this signature of this request.

    Raises Refusal.
    """
    key = directory.key(signature.access_key_id)
    if key is None or not key.active or not _same_token(key.token, signature.token):
        raise Refusal(Kind.UNKNOWN_KEY)
    now = datetime.now(UTC)
    if key.expires is not None and key.expires <= now:
        raise Refusal(Kind.EXPIRED)
    if why := signatures.late(signature, now):
        raise Refusal(Kind.CLOCK, why)
    if not signatures.matches(request, signature, key.secret):
        raise Refusal(Kind.SIGNATURE)
    return key


def _same_token(wanted: str | None, given: str | None) -> bool:
    # Long-term keys have no token, and one that comes with them makes them invalid.
    if wanted is None or given is None:
        return wanted is given
    return hmac.compare_digest(wanted.encode(), given.encode())
