"""The profile of this machine that is the grantee, where there is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from longshore.aws.errors import code_of, translated
from longshore.aws.identity import whoami
from longshore.aws.session import choice_of, open_profile
from longshore.cluster.access.principal import Principal
from longshore.cluster.aws_auth.arn import canonical
from longshore.cluster.guard import ClusterGuard
from longshore.errors import LongshoreError

if TYPE_CHECKING:
    from longshore.aws.session import Session


@dataclass(frozen=True)
class Profiled:
    """A session that is the principal; None, and why there is none."""

    session: Session | None
    why: str = ""


def session_of(guard: ClusterGuard, principal: Principal) -> Profiled:
    """A session of a profile of this machine that is the principal, proven by STS."""
    from longshore.aws.config_files import files_of
    from longshore.aws.profile import KEY_ID, catalogue

    mine = guard.identity.identity
    if mine is not None and canonical(mine.arn) == canonical(principal.arn):
        return Profiled(guard.identity.session)
    environment = guard.environment
    found = catalogue(files_of(environment if environment.is_sandbox else None))
    keys = _keys(guard.identity.session, principal)
    why = f"no profile of this machine is {principal}"
    for name, profile in found.profiles.items():
        role = profile.values.get("role_arn", "")
        sso = profile.values.get("sso_role_name", "")
        same_role = bool(role) and canonical(role) == canonical(principal.arn)
        same_sso = bool(sso) and principal.name.startswith(f"AWSReservedSSO_{sso}_")
        if profile.values.get(KEY_ID) not in keys and not (principal.kind == "role" and (same_role or same_sso)):
            continue
        if any("mfa_serial" in one.values for one in found.chain(profile)):
            why = f"profile {name} is it, and asks for an MFA code"
            continue
        choice = replace(choice_of(environment), profile=name, profile_from="the grantee's key")
        try:
            session = open_profile(choice)
            if canonical(whoami(session).arn) == canonical(principal.arn):
                return Profiled(session)
        except LongshoreError as error:
            why = f"profile {name} should be it: {error.why or error.what}"
    return Profiled(None, why)


def _keys(session: Session, principal: Principal) -> frozenset[str]:
    if principal.kind != "user" or not principal.exists:
        return frozenset()
    from botocore.exceptions import ClientError

    iam = session.client("iam")
    with translated(session, doing="list the user's access keys", on=principal.name):
        try:
            listed = iam.list_access_keys(UserName=principal.name)["AccessKeyMetadata"]
        except ClientError as error:
            if code_of(error) in ("AccessDenied", "NoSuchEntity"):
                return frozenset()
            raise
    return frozenset(key["AccessKeyId"] for key in listed)
