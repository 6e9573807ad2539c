"""By which path somebody is let in: aws-auth or an access entry. The cluster's authentication mode says which there are."""

from __future__ import annotations

from typing import Literal

from longshore.cluster.access.config_map import AwsAuth
from longshore.cluster.access.entries import Entries, Entry
from longshore.cluster.access.principal import FindPrincipal
from longshore.cluster.aws_auth.arn import canonical
from longshore.cluster.guard import ClusterGuard
from longshore.errors import Failed, UsageError
from longshore.programs.kubernetes import KubernetesError, Reason
from longshore.steps.step import Context, Done, Look, Status

Via = Literal["aws-auth", "entry"]


class ChoosePath(Look):
    """`via` is set once it has looked: what was asked for where that works, else the one that the principal has, else entries where the cluster
    knows them (aws-auth is deprecated by AWS).
    """

    name = "path"
    title = "Path into the cluster"

    def __init__(
        self, guard: ClusterGuard, principal: FindPrincipal, aws_auth: AwsAuth, entries: Entries, asked: Via | None
    ) -> None:
        self._guard = guard
        self._principal = principal
        self._aws_auth = aws_auth
        self._entries = entries
        self._asked = asked
        self._via: Via | None = None

    @property
    def via(self) -> Via:
        assert self._via is not None, "the step has not looked yet"
        return self._via

    def check(self, run: Context) -> Status:
        """Raises UsageError for a path that the cluster doesn't know, or on which the grant would have no effect."""
        if self._via is None:
            self._via = self._choose(run)
        what = "aws-auth" if self._via == "aws-auth" else "access entry"
        return Done(f"{what} (authentication mode {self._guard.cluster.mode})")

    def _choose(self, run: Context) -> Via:
        cluster, arn = self._guard.cluster, self._principal.found.arn
        env = f"--env {self._guard.environment.name}"
        if self._asked == "entry" and not cluster.has_entries:
            raise UsageError(
                "this cluster has no access entries",
                on=f"--via entry, {cluster.name}",
                why=f"its authentication mode is {cluster.mode}",
                do=(f"inv cluster.migrate-access {env}", "or --via aws-auth"),
            )
        if self._asked == "aws-auth" and not cluster.has_config_map:
            raise UsageError(
                "this cluster does not read aws-auth",
                on=f"--via aws-auth, {cluster.name}",
                why=f"its authentication mode is {cluster.mode}, for good",
                do="--via entry",
            )
        if not cluster.has_entries:
            return "aws-auth"
        if not cluster.has_config_map:
            return "entry"
        entry = self._entries.find(arn)
        if entry is not None:
            if self._asked == "aws-auth":
                raise UsageError(
                    f"{self._principal.found} has an access entry, which beats aws-auth",
                    on="--via aws-auth",
                    why="a line of aws-auth would have no effect",
                    do=f"inv cluster.grant {env} ... --via entry",
                )
            return "entry"
        return self._by_mapping(run, arn, entry, env)

    def _by_mapping(self, run: Context, arn: str, entry: Entry | None, env: str) -> Via:
        try:
            document = self._aws_auth.read(run).document
        except Failed as error:
            if self._asked == "aws-auth" or not _is_locked_out(error):
                raise
            # Who is locked out of Kubernetes gets in again by an entry, which needs only AWS's API.
            run.report.warn(f"aws-auth can't be read, so an access entry is made, and counts more than it: {error.why}")
            return "entry"
        mapped = any(canonical(one.arn) == canonical(arn) for one in document.effective)
        if mapped and self._asked == "entry":
            raise UsageError(
                f"{self._principal.found} is in aws-auth, which an entry would beat",
                on="--via entry",
                why="the groups that it has there would be gone",
                do=(f"inv cluster.migrate-access {env}", "or leave --via out"),
            )
        return "aws-auth" if mapped or self._asked == "aws-auth" else "entry"


def _is_locked_out(error: Failed) -> bool:
    cause = error.__cause__
    return isinstance(cause, KubernetesError) and cause.reason in (Reason.UNAUTHORIZED, Reason.FORBIDDEN)
