"""Proof as the grantee: a profile of this machine that is the principal asks the cluster itself who it is and what it may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from longshore.aws.errors import code_of, translated
from longshore.aws.identity import whoami
from longshore.aws.session import choice_of, open_profile
from longshore.cluster.access.principal import FindPrincipal, Principal
from longshore.cluster.aws_auth.arn import canonical
from longshore.cluster.guard import ClusterGuard
from longshore.errors import Failed, LongshoreError
from longshore.programs.kubectl import Asked, Kubectl, KubernetesError, Reason, Seen
from longshore.steps.step import Context, Done, Look, Status, Unknown

if TYPE_CHECKING:
    from longshore.aws.session import Session

PATIENCE = 60.0
"""Seconds in which what was changed must show: EKS says that entries take some (Cluster access management, eventual consistency)."""
EVERY = 1.0


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
    for name, profile in found.profiles.items():
        role = profile.values.get("role_arn", "")
        sso = profile.values.get("sso_role_name", "")
        same_role = bool(role) and canonical(role) == canonical(principal.arn)
        same_sso = bool(sso) and principal.name.startswith(f"AWSReservedSSO_{sso}_")
        if profile.values.get(KEY_ID) not in keys and not (principal.kind == "role" and (same_role or same_sso)):
            continue
        if any("mfa_serial" in one.values for one in found.chain(profile)):
            return Profiled(None, f"profile {name} is it, and asks for an MFA code")
        choice = replace(choice_of(environment), profile=name, profile_from="the grantee's key")
        try:
            session = open_profile(choice)
            if canonical(whoami(session).arn) == canonical(principal.arn):
                return Profiled(session)
        except LongshoreError as error:
            return Profiled(None, f"profile {name} should be it: {error.why or error.what}")
    return Profiled(None, f"no profile of this machine is {principal}")


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


@dataclass(frozen=True)
class Expected:
    """What the grantee must find. `groups` are Kubernetes groups that it must be in."""

    may: Sequence[Asked] = ()
    may_not: Sequence[Asked] = ()
    groups: Sequence[str] = ()


class ProveGrant(Look):
    """The grantee gets in and may do what was granted. `pending` says whether an earlier step has yet to act."""

    name = "proof"

    def __init__(
        self,
        guard: ClusterGuard,
        principal: FindPrincipal,
        expected: Callable[[], Expected],
        pending: Callable[[Context], bool],
    ) -> None:
        self.title = "Proof as the grantee"
        self._guard = guard
        self._principal = principal
        self._expected = expected
        self._pending = pending

    def check(self, run: Context) -> Status:
        """Raises Failed where the grantee doesn't get what was granted."""
        if run.planning and self._pending(run):
            return Unknown("proven once it is granted")
        profiled = session_of(self._guard, self._principal.found)
        if profiled.session is None:
            return Done(f"not proven: {profiled.why}")
        expected = self._expected()
        way = self._guard.way(profiled.session, run)
        waited = 0.0
        while True:
            seen, why = _ask(way.kubectl(fresh=True), expected)
            if seen is not None and not why:
                return Done(_told(profiled.session, seen, expected))
            if waited >= (PATIENCE if run.acts else 0):
                raise self._failed(profiled.session, why)
            run.report.progress(f"waiting for the cluster to know {self._principal.found}")
            run.sleep(EVERY)
            waited += EVERY

    def _failed(self, session: Session, why: str) -> Failed:
        env = f"--env {self._guard.environment.name}"
        return Failed(
            f"{self._principal.found} does not get what was granted",
            on=f"{session.who}, cluster {self._guard.cluster.name}",
            why=why,
            do=(f"inv cluster.access {env}", f"inv cluster.verify {env} --profiles {session.profile or 'NAME'}"),
        )


class ProveRevoked(Look):
    """The one whose access was taken is not let in any more (401)."""

    name = "proof"
    title = "Proof as who was let in before"

    def __init__(self, guard: ClusterGuard, principal: FindPrincipal, pending: Callable[[Context], bool]) -> None:
        self._guard = guard
        self._principal = principal
        self._pending = pending

    def check(self, run: Context) -> Status:
        """Raises Failed where it still gets in."""
        if run.planning and self._pending(run):
            return Unknown("proven once it is revoked")
        profiled = session_of(self._guard, self._principal.found)
        if profiled.session is None:
            return Done(f"not proven: {profiled.why}")
        way, waited = self._guard.way(profiled.session, run), 0.0
        while True:
            try:
                seen = way.kubectl(fresh=True).seen()
            except KubernetesError as error:
                if error.reason is Reason.UNAUTHORIZED:
                    return Done(f"as {profiled.session.who}: refused (401)")
                raise
            if waited >= (PATIENCE if run.acts else 0):
                raise Failed(
                    f"{self._principal.found} still gets in",
                    on=f"{profiled.session.who}, cluster {self._guard.cluster.name}",
                    why=f"the cluster knows it as {seen.username}: the hidden administrator who created it, or mapped by account",
                    do=f"inv cluster.access --env {self._guard.environment.name}",
                )
            run.sleep(EVERY)
            waited += EVERY


def _ask(kubectl: Kubectl, expected: Expected) -> tuple[Seen | None, str]:
    try:
        seen = kubectl.seen(*expected.may, *expected.may_not)
    except KubernetesError as error:
        if error.reason is Reason.UNAUTHORIZED:
            return None, "the cluster does not know it (401)"
        if error.reason is Reason.UNREACHABLE:
            return None, error.said
        raise
    refused = [str(question) for question, allowed in zip(expected.may, seen.allowed, strict=False) if not allowed]
    if refused:
        return seen, f"as {seen.username} it may not {', '.join(refused)}"
    missing = [group for group in expected.groups if group not in seen.groups]
    return seen, f"as {seen.username} it is not in {', '.join(missing)}" if missing else ""


def _told(session: Session, seen: Seen, expected: Expected) -> str:
    may = [str(question) for question in expected.may]
    extra = seen.allowed[len(expected.may) :]
    may_not = [str(question) for question, allowed in zip(expected.may_not, extra, strict=True) if not allowed]
    more = [str(question) for question, allowed in zip(expected.may_not, extra, strict=True) if allowed]
    parts = [f"as {session.who} it is {seen.username}"]
    if expected.groups:
        parts.append(f"in {', '.join(expected.groups)}")
    if may:
        parts.append(f"may {', '.join(may)}")
    if may_not:
        parts.append(f"may not {', '.join(may_not)}")
    if more:
        parts.append(f"also may {', '.join(more)} (not by this grant)")
    return "; ".join(parts)
