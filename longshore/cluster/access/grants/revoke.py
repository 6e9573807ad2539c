"""cluster.revoke: a principal loses its access by every path there is; the caller and the last administrator can't."""

from __future__ import annotations

from longshore.cluster.access.config_map import AwsAuth
from longshore.cluster.access.entries import Entries, Entry
from longshore.cluster.access.grants import by_aws_auth, by_entry
from longshore.cluster.access.grants.by_aws_auth import AwsAuthWriter
from longshore.cluster.access.lockout import Lockout
from longshore.cluster.access.pending import Pending
from longshore.cluster.access.principal import FindPrincipal, Kind
from longshore.cluster.access.proof import ProveRevoked
from longshore.cluster.access.snapshots import TakeSnapshot
from longshore.cluster.access.standing import Standing, is_admin_entry
from longshore.cluster.aws_auth.arn import parse
from longshore.cluster.aws_auth.document import Document
from longshore.cluster.guard import ClusterGuard, guards
from longshore.environments.environment import Environment
from longshore.errors import Refused
from longshore.steps.step import Context, Done, Status, Step, ToDo


def revoke(environment: Environment, kind: Kind, name: str, namespace: str = "") -> list[Step]:
    """The steps. With a `namespace` only what longshore gave there. aws-auth comes first: an entry beats it, so nobody has more in between.

    Raises UsageError where the environment names no cluster.
    """
    identity, cluster = guards(environment)
    principal = FindPrincipal(identity.session, kind, name, environment.account_id, gone_is_fine=True)
    aws_auth, entries = AwsAuth(cluster), Entries(cluster.eks, environment.eks_cluster)
    lockout = Lockout(cluster, entries)
    line = RemoveLine(cluster, principal, aws_auth, AwsAuthWriter(aws_auth, lockout), namespace)
    entry = RemoveEntry(cluster, principal, aws_auth, entries, lockout, namespace)

    pending = Pending([line, entry])
    steps: list[Step] = [
        identity,
        cluster,
        principal,
        TakeSnapshot(cluster, aws_auth, entries, pending),
        line,
        entry,
    ]
    # Out of one namespace is not out of the cluster.
    return steps if namespace else [*steps, ProveRevoked(cluster, principal, aws_auth, pending)]


class RemoveLine(Step):
    """aws-auth doesn't name the principal."""

    name = "aws-auth"
    title = "aws-auth"

    def __init__(
        self, guard: ClusterGuard, principal: FindPrincipal, aws_auth: AwsAuth, writer: AwsAuthWriter, namespace: str
    ) -> None:
        self._guard = guard
        self._principal = principal
        self._aws_auth = aws_auth
        self._writer = writer
        self._namespace = namespace

    def check(self, run: Context) -> Status:
        """Raises UsageError for what can't be parsed, Refused for a change that locks somebody out."""
        if not self._guard.cluster.has_config_map:
            return Done(f"not read by the cluster (authentication mode {self._guard.cluster.mode})")
        before = self._aws_auth.read(run).document
        after = by_aws_auth.revoked(before, self._principal.found, self._namespace)
        if after.data == before.data:
            return Done("does not name it" if not self._namespace else f"gives it nothing in {self._namespace}")
        self._writer.allow(run, self._principal.found, before, after)
        return ToDo(*before.changes_to(after))

    def apply(self, run: Context) -> None:
        self._writer.revoke(run, self._principal.found, self._namespace)


class RemoveEntry(Step):
    """The principal has no access entry."""

    name = "access-entry"
    title = "Access entry"

    def __init__(
        self,
        guard: ClusterGuard,
        principal: FindPrincipal,
        aws_auth: AwsAuth,
        entries: Entries,
        lockout: Lockout,
        namespace: str,
    ) -> None:
        self._guard = guard
        self._principal = principal
        self._aws_auth = aws_auth
        self._entries = entries
        self._lockout = lockout
        self._namespace = namespace

    def check(self, run: Context) -> Status:
        """Raises Refused for a change that locks somebody out."""
        if not self._guard.cluster.has_entries:
            return Done(f"the cluster has none (authentication mode {self._guard.cluster.mode})")
        before = self._find()
        if before is None:
            return Done("there is none")
        after = by_entry.revoked(before, self._namespace)
        lines = by_entry.changes(before, after)
        if not lines:
            return Done(f"gives it nothing in {self._namespace}")
        by_entry.refuse_nodes(before, self._guard.environment.name)
        self._allow(run, before, after)
        return ToDo(*lines)

    def apply(self, run: Context) -> None:
        before = self._find()
        if before is None:
            return
        after = by_entry.revoked(before, self._namespace)
        by_entry.make(self._entries, before, after)
        # Entries have no compare-and-swap: two who take each other away at the same moment both get here, and both put back.
        if is_admin_entry(before) and not self._lockout.is_anybody_left(run, self._aws_auth):
            by_entry.make(self._entries, after, before)
            raise Refused(
                "this took the last administrator away, and was put back",
                on=before.arn,
                why="another run took away the others at the same moment",
                do=f"inv cluster.access --env {self._guard.environment.name}",
            )

    def _find(self) -> Entry | None:
        principal = self._principal.found
        found = self._entries.find(principal.arn)
        if found is not None or principal.exists:
            return found
        # One whom IAM doesn't have any more: its path is known nowhere else.
        named = ((one, parse(one.arn)) for one in self._entries.all())
        return next(
            (one for one, who in named if who and (who.kind, who.name) == (principal.kind, principal.name)), None
        )

    def _allow(self, run: Context, before: Entry, after: Entry | None) -> None:
        entries = self._entries.all()
        left = [*(one for one in entries if one.arn != before.arn), *([after] if after else [])]
        # The line of aws-auth, if there is one, has gone (or is to go) before the entry does.
        document = self._document(run)
        then = by_aws_auth.revoked(document, self._principal.found, self._namespace) if document else None
        self._lockout.check(run, [before.arn], Standing(document, entries), Standing(then, left))

    def _document(self, run: Context) -> Document | None:
        return self._aws_auth.read(run).document if self._guard.cluster.has_config_map else None
