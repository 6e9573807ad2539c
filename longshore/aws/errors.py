"""What botocore raises, in words for a person.

Credentials, profile and region are settings: exit 2, and nothing was touched. With `acting` (a step's apply) the same is exit 1, since an
earlier act may have been done. What AWS itself refuses or can't do is exit 1; exit 3 is for longshore's own guards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from longshore.errors import Failed, LongshoreError, UsageError, nearest
from longshore.process.redaction import redact

if TYPE_CHECKING:
    from longshore.aws.session import Session

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "UnauthorizedException"})
UNKNOWN_KEY = frozenset(
    {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure", "InvalidToken"}
)
BAD_SIGNATURE = frozenset({"SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature"})
CLOCK = frozenset({"RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture"})
DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "Client.UnauthorizedOperation",
        "NotAuthorized",
        "403",
    }
)
THROTTLED = frozenset({
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException", "TooManyRequestsException",
    "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown", "PriorRequestNotComplete",
})  # fmt: skip
KEY_ID = re.compile(r"\b(A[A-Z]{3})[A-Z0-9]{8,}([A-Z0-9]{4})\b")


def code_of(error: BaseException) -> str:
    """The error code of a ClientError; empty for anything else."""
    response: Any = getattr(error, "response", None)
    return str(response["Error"].get("Code", "")) if isinstance(response, dict) and "Error" in response else ""


def was_throttled(error: BaseException) -> bool:
    """Whether AWS only wanted to be asked less often. `error` is one that `translated` made."""
    return error.__cause__ is not None and code_of(error.__cause__) in THROTTLED


def short_key(key_id: str) -> str:
    """A key id as it may be shown: `AKIA...WXYZ`."""
    return f"{key_id[:4]}...{key_id[-4:]}" if len(key_id) > 8 else "..."


def said(text: object) -> str:
    """A message of botocore's or AWS's in one line, key ids shortened and known secrets masked."""
    return KEY_ID.sub(r"\1...\2", redact(" ".join(str(text).split())))


@contextmanager
def translated(
    session: Session,
    *,
    doing: str,
    on: str = "",
    acting: bool = False,
    advice: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[None]:
    """Inside, an exception of botocore's leaves as a LongshoreError: `could not {doing}`.

    `advice` is what to do about error codes of the service's own. An answer that the caller expects (a ResourceNotFoundException) is caught
    by the caller inside the block.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        explained = explain(error, session, doing=doing, on=on, acting=acting)
        explained.do = explained.do or tuple((advice or {}).get(code_of(error), ()))
        raise explained from error
    except EOFError as error:
        # botocore asks for an MFA code with getpass.
        kind = Failed if acting else UsageError
        why = f"{session.who} asks for an MFA code, and there is no terminal to ask at"
        raise kind(f"could not {doing}", on=on, why=why, do="inv aws.profiles") from error


def explain(error: Exception, session: Session, *, doing: str, on: str = "", acting: bool = False) -> LongshoreError:
    """The LongshoreError for an exception of botocore's."""
    from botocore.exceptions import ClientError

    settings, why, do = _of_aws(error, session) if isinstance(error, ClientError) else _of_botocore(error, session)
    kind = UsageError if settings and not acting else Failed
    return kind(f"could not {doing}", on=on, why=why, do=do)


Told = tuple[bool, str, tuple[str, ...]]


def _of_aws(error: Any, session: Session) -> Told:
    code, message = code_of(error), said(error.response["Error"].get("Message", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    me = session.who
    if code in CLOCK or "Signature expired" in message or "not yet current" in message:
        return True, f"AWS says that the time of the request is off: {message or code}", ("set this machine's clock",)
    if code in EXPIRED:
        return True, f"the session of {me} has expired", (_renew(session),)
    if code in UNKNOWN_KEY:
        return (
            True,
            f"AWS does not know the access key of {me} ({code}): deleted, inactive, or mistyped",
            _key_next(session),
        )
    if code in BAD_SIGNATURE:
        return (
            True,
            f"the secret access key of {me} does not belong to its key id, or the clock is off ({code})",
            _key_next(session),
        )
    if code in DENIED or (status == 403 and not _retriable(code)):
        return False, f"AWS refused {me}: {message or code}", (_ask(session),)
    if code in THROTTLED:
        return (
            False,
            f"AWS throttles {error.operation_name}, also after {_attempts(error)} attempts",
            ("wait a minute and run it again",),
        )
    return False, f"{error.operation_name}: {code}: {message}" if message else f"{error.operation_name}: {code}", ()


def _retriable(code: str) -> bool:
    return code in THROTTLED


def _attempts(error: Any) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0)) + 1


def _of_botocore(error: Exception, session: Session) -> Told:
    from botocore import exceptions as known

    me = session.who
    match error:
        case known.ProfileNotFound():
            names = list(session.core.full_config.get("profiles", {}))
            return True, f"there is no profile {session.profile}{nearest(session.profile, names)}", (
                "inv aws.profiles", f"inv aws.configure --profile {session.profile}")  # fmt: skip
        case known.NoCredentialsError():
            if session.profile:
                return (
                    True,
                    f"{me} has no credentials",
                    ("inv aws.profiles", f"inv aws.configure --profile {session.profile}"),
                )
            return True, "there is no ambient identity: no key, role or token in this process's environment", (
                "give the job a role, or name a profile with --profile", "inv aws.profiles")  # fmt: skip
        case known.PartialCredentialsError():
            return True, f"{me} has half a credential: {_missing(error)} is missing", ("inv aws.profiles",)
        case (
            known.UnauthorizedSSOTokenError()
            | known.SSOTokenLoadError()
            | known.TokenRetrievalError()
            | known.NoAuthTokenError()
        ):
            return (
                True,
                f"the single sign-on session of {me} has expired or was never begun",
                (_login("sso login", session),),
            )
        case known.LoginError():
            return True, f"the login session of {me} has expired or was never begun", (_login("login", session),)
        case (
            known.ConfigParseError()
            | known.InvalidConfigError()
            | known.CredentialRetrievalError()
            | known.RefreshWithMFAUnsupportedError()
        ):
            return True, said(error), ("inv aws.profiles",)
        case known.UnknownCredentialError() | known.ConfigNotFound() | known.MetadataRetrievalError():
            return True, said(error), ("inv aws.profiles",)
        case known.NoRegionError() | known.InvalidRegionError():
            return True, "no region is set, or it is none", ("set AWS_REGION in the environment's file under env/",)
        case known.ConnectionError() | known.HTTPClientError():
            down = session.choice.sandbox
            return (
                False,
                said(error),
                ("inv sandbox.up" if down else "look at the network, a VPN or a proxy, then run it again",),
            )
        case _:
            return False, said(error), ()


def _missing(error: Exception) -> str:
    keywords: Any = getattr(error, "kwargs", {})
    return str(keywords.get("cred_var", "a part")).lower()


def _renew(session: Session) -> str:
    if not session.profile:
        return "begin the job again: its role's session is over"
    scoped = session.core.get_scoped_config()
    if "login_session" in scoped:
        return _login("login", session)
    if "sso_session" in scoped or "sso_start_url" in scoped:
        return _login("sso login", session)
    return f"renew the temporary credentials of profile {session.profile}"


def _login(command: str, session: Session) -> str:
    return f"aws {command}" + (f" --profile {session.profile}" if session.profile else "")


def _key_next(session: Session) -> tuple[str, ...]:
    if session.choice.sandbox:
        return ("inv sandbox.up",)
    return (f"inv aws.configure --profile {session.profile}",) if session.profile else ("inv aws.whoami",)


def _ask(session: Session) -> str:
    return (
        "ask for that right, or use another profile: inv aws.profiles"
        if session.profile
        else "give the job's role that right"
    )


__all__ = ["code_of", "explain", "said", "short_key", "translated", "was_throttled"]
