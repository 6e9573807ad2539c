"""Proof as the grantee: a profile of this machine that is the principal asks the cluster itself who it is and what it may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from longshore.cluster.access.config_map import AwsAuth
from longshore.cluster.access.grantee import session_of
from longshore.cluster.access.level import MASTERS
from longshore.cluster.access.principal import FindPrincipal, Principal
from longshore.cluster.eks import CONFIG_MAP
from longshore.cluster.errors import explained
from longshore.cluster.guard import ClusterGuard
from longshore.errors import Failed
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import Asked, KubernetesError, Reason, Seen
from longshore.steps.step import Context, Done, Look, Status, Unknown

if TYPE_CHECKING:
    from longshore.aws.session import Session

PATIENCE = 60.0
"""Seconds in which what was changed must show: EKS says that entries take some (Cluster access management, eventual consistency)."""
EVERY = 1.0


@dataclass(frozen=True)
class Expected:
    """What the grantee must find. `groups` are Kubernetes groups that it must be in; `username` empty: any."""

    may: Sequence[Asked] = ()
    may_not: Sequence[Asked] = ()
    groups: Sequence[str] = ()
    username: str = ""


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
        patience = PATIENCE if run.acts else 0
        seen = wait_until_in(run, self._guard, self._principal.found, profiled.session, expected, patience)
        return Done(_told(profiled.session, seen, expected))


def wait_until_in(
    run: Context, guard: ClusterGuard, principal: Principal, session: Session, expected: Expected, patience: float
) -> Seen:
    """What the cluster says to the grantee, once it is as expected.

    Raises Failed where that doesn't come within `patience` seconds.
    """
    way, waited = guard.way(session, run), 0.0
    while True:
        try:
            seen, why = _ask(way.kubectl(fresh=True), expected)
        except KubernetesError as error:
            raise explained(error, guard, doing="ask the cluster who it is", on=session.who) from error
        if seen is not None and not why:
            return seen
        if waited >= patience:
            env = f"--env {guard.environment.name}"
            raise Failed(
                f"{principal} does not get what was granted",
                on=f"{session.who}, cluster {guard.cluster.name}",
                why=why,
                do=(f"inv cluster.access {env}", f"inv cluster.verify {env} --profiles {session.profile or 'NAME'}"),
            )
        run.report.progress(f"waiting for the cluster to know {principal}")
        run.sleep(EVERY)
        waited += EVERY


class ProveRevoked(Look):
    """The one whose access was taken is not let in any more (401). `pending` says whether an earlier step has yet to act."""

    name = "proof"
    title = "Proof as who was let in before"

    def __init__(
        self, guard: ClusterGuard, principal: FindPrincipal, aws_auth: AwsAuth, pending: Callable[[Context], bool]
    ) -> None:
        self._guard = guard
        self._principal = principal
        self._aws_auth = aws_auth
        self._pending = pending
        self._patience = 0.0

    def check(self, run: Context) -> Status:
        """Raises Failed where it still gets in."""
        if run.planning and self._pending(run):
            self._patience = PATIENCE
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
                raise explained(
                    error, self._guard, doing="ask the cluster who it is", on=profiled.session.who
                ) from error
            why = self._otherwise(run)
            if why or waited >= self._patience:
                raise Failed(
                    f"{self._principal.found} still gets in",
                    on=f"{profiled.session.who}, cluster {self._guard.cluster.name}",
                    why=f"the cluster knows it as {seen.username}{why}",
                    do=f"inv cluster.access --env {self._guard.environment.name}",
                )
            run.report.progress(f"waiting for the cluster to forget {self._principal.found}")
            run.sleep(EVERY)
            waited += EVERY

    def _otherwise(self, run: Context) -> str:
        """By what else it gets in than by what is revoked, where that is to be seen."""
        if not self._guard.cluster.has_config_map:
            return ""
        account = self._principal.found.arn.split(":")[4]
        if account in self._aws_auth.read(run).document.accounts:
            return f": mapAccounts of aws-auth lets everybody of account {account} in"
        if self._guard.cluster.mode == CONFIG_MAP:
            return ": it created the cluster, and in mode CONFIG_MAP who did is an administrator for good"
        return ""


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
    if expected.username and seen.username != expected.username:
        return seen, f"it is {seen.username}, not {expected.username}"
    if MASTERS in seen.groups:
        # The cluster's creator in mode CONFIG_MAP: it has everything, whatever aws-auth says.
        return seen, ""
    missing = [group for group in expected.groups if group not in seen.groups]
    return seen, f"as {seen.username} it is not in {', '.join(missing)}" if missing else ""


def _told(session: Session, seen: Seen, expected: Expected) -> str:
    may = [str(question) for question in expected.may]
    extra = seen.allowed[len(expected.may) :]
    may_not = [str(question) for question, allowed in zip(expected.may_not, extra, strict=True) if not allowed]
    more = [str(question) for question, allowed in zip(expected.may_not, extra, strict=True) if allowed]
    parts = [f"as {session.who} it is {seen.username}"]
    if expected.groups:
        groups = expected.groups if set(expected.groups) <= set(seen.groups) else [MASTERS]
        parts.append(f"in {', '.join(groups)}")
    if may:
        parts.append(f"may {', '.join(may)}")
    if may_not:
        parts.append(f"may not {', '.join(may_not)}")
    if more:
        parts.append(f"also may {', '.join(more)} (not by this grant)")
    return "; ".join(parts)
