"""An EKS token: who made it, proven by the signature that it carries.

`k8s-aws-v1.` and the unpadded base64url of a presigned GetCallerIdentity of STS, which is good for 15 minutes whatever X-Amz-Expires says. The checks
are those of aws-iam-authenticator (pkg/token/token.go, tokenVerifier.Verify); what it asks STS for is then looked up here.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult, parse_qsl, urlsplit

from longshore.sandbox.cloud import signatures
from longshore.sandbox.cloud.authentication import prove
from longshore.sandbox.cloud.errors import Refusal
from longshore.sandbox.cloud.http import HttpRequest
from longshore.sandbox.cloud.principals import Directory, Key

PREFIX = "k8s-aws-v1."
HEADER = "x-k8s-aws-id"
LONGEST = 4096
GOOD_FOR = timedelta(minutes=15)

_ALLOWED = frozenset(
    {
        "action", "version", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-security-token",
        "x-amz-signature", "x-amz-signedheaders", "x-amz-user-agent",
    }
)  # fmt: skip
_STS = re.compile(r"sts(-fips)?(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?")


class InvalidToken(Exception):
    """It proves nothing; the text says why, in the words of aws-iam-authenticator's log."""


def holder(token: str, cluster: str, directory: Directory, hosts: Collection[str]) -> tuple[Key, str]:
    """The key that signed the token for this cluster, and its id. `hosts` are the sandbox's own addresses, which stand for STS beside AWS's.

    Raises InvalidToken.
    """
    parts, given = _read(token)
    if parts.scheme != "https" and parts.netloc not in hosts:
        raise InvalidToken(f'unexpected scheme "{parts.scheme}" in pre-signed URL')
    if parts.netloc not in hosts and not _STS.fullmatch(parts.netloc):
        raise InvalidToken(f'unexpected hostname "{parts.netloc}" in pre-signed URL')
    if parts.path not in ("/", ""):
        raise InvalidToken("unexpected path in pre-signed URL")
    if given.get("action") != "GetCallerIdentity":
        raise InvalidToken("unexpected action parameter in pre-signed URL")
    if HEADER not in given.get("x-amz-signedheaders", "").lower().split(";"):
        raise InvalidToken(f"client did not sign the {HEADER} header in the pre-signed URL")
    _check_time(given)
    request = HttpRequest("GET", "/", parts.query, {"host": parts.netloc, HEADER: cluster}, b"")
    try:
        signature = replace(signatures.read(request), seconds=int(GOOD_FOR.total_seconds()))
        key = prove(request, signature, directory)
    except signatures.Incomplete as error:
        raise InvalidToken(f"sts getCallerIdentity failed: {error}") from None
    except Refusal as refusal:
        # Also a token for another cluster: its name is signed.
        raise InvalidToken(f"sts getCallerIdentity failed: {refusal.text or refusal.kind.name}") from None
    if signature.service != "sts":
        raise InvalidToken(
            f"sts getCallerIdentity failed: Credential should be scoped to correct service: 'sts', not '{signature.service}'"
        )
    directory.used(signature.access_key_id, "sts", signature.region)
    return key, signature.access_key_id


def _read(token: str) -> tuple[SplitResult, dict[str, str]]:
    if len(token) > LONGEST:
        raise InvalidToken("token is too large")
    if not token.startswith(PREFIX):
        raise InvalidToken(f'token is missing expected "{PREFIX}" prefix')
    encoded = token.removeprefix(PREFIX)
    if not re.fullmatch(r"[A-Za-z0-9_-]*", encoded):
        raise InvalidToken("illegal base64 data")
    try:
        url = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True)
    except (binascii.Error, ValueError):
        raise InvalidToken("illegal base64 data or malformed URL") from None
    given: dict[str, str] = {}
    for name, value in pairs:
        if name.lower() not in _ALLOWED:
            raise InvalidToken(f'non-whitelisted query parameter "{name}"')
        if name.lower() in given:
            raise InvalidToken("query parameter with multiple values not supported")
        given[name.lower()] = value
    return parts, given


def _check_time(given: dict[str, str]) -> None:
    expires = given.get("x-amz-expires", "")
    if not expires.isdecimal() or int(expires) > GOOD_FOR.total_seconds():
        raise InvalidToken(f"invalid X-Amz-Expires parameter in pre-signed URL: {expires}")
    try:
        made = datetime.strptime(given.get("x-amz-date", ""), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise InvalidToken("X-Amz-Date parameter must be present in pre-signed URL") from None
    if datetime.now(UTC) > made + GOOD_FOR:
        raise InvalidToken(f"X-Amz-Date parameter is expired (15 minute expiration) {made}")
