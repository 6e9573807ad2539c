"""What all moves of a migration stand on: aws-auth, the entries, IAM and the bindings, asked for once while the plan is made."""

from __future__ import annotations

from collections.abc import Sequence

from longshore.cluster.access import bound as bindings
from longshore.cluster.access import census as censuses
from longshore.cluster.access.bound import Bound
from longshore.cluster.access.census import Census
from longshore.cluster.access.config_map import AwsAuth
from longshore.cluster.access.entries import Entries, Entry
from longshore.cluster.access.grants.by_aws_auth import of
from longshore.cluster.access.lockout import Lockout
from longshore.cluster.access.migration.moved import Moved, is_bridging, moved
from longshore.cluster.aws_auth.arn import canonical
from longshore.cluster.aws_auth.document import Document
from longshore.cluster.aws_auth.mapping import Mapping
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard
from longshore.errors import UsageError
from longshore.steps.step import Context


class Ground:
    """While a plan is made, everything is as it was at its beginning; a step that acts looks again."""

    def __init__(self, guard: ClusterGuard) -> None:
        self.guard = guard
        self.aws_auth = AwsAuth(guard)
        self.entries = Entries(guard.eks, guard.cluster.name)
        self.lockout = Lockout(guard, self.entries)
        self.census: Census = censuses.take(guard.identity.session, guard.environment.account_id)
        self.bound = Bound()
        self._document: Document | None = None
        self._known: dict[str, Entry] | None = None

    @property
    def grant(self) -> str:
        """The command that puts a tombstone right."""
        return f"inv cluster.grant --env {self.guard.environment.name} --via entry"

    def begin(self, run: Context) -> None:
        """Read what is there. Raises UsageError where a section of aws-auth can't be parsed."""
        with asking(self.guard, doing="list the bindings"):
            self.bound = bindings.read(self.guard.kubectl(run))
        self._document, self._known = None, None
        _refuse_lost(self.document(run))

    def document(self, run: Context) -> Document:
        """aws-auth; empty where the cluster doesn't read it."""
        if not self.guard.cluster.has_config_map:
            return Document.parse({})
        if self._document is None or not run.planning:
            self._document = self.aws_auth.read(run).document
        return self._document

    def lines(self, run: Context) -> Sequence[Mapping]:
        """The lines that count, without those of nodes."""
        return [mapping for mapping in self.document(run).effective if not mapping.is_node]

    def line(self, run: Context, arn: str) -> Mapping | None:
        """The line of a principal."""
        return of(self.document(run), arn)

    def entry(self, run: Context, arn: str) -> Entry | None:
        """The entry of a principal, who stands in aws-auth by this ARN: a role without its path."""
        if not self.guard.cluster.has_entries:
            return None
        if not run.planning:
            self._known = None
            who = self.census.find(arn)
            return self.entries.find(who.arn if who else arn)
        if self._known is None:
            self._known = {canonical(entry.arn): entry for entry in self.entries.all()}
        return self._known.get(canonical(arn))

    def unfinished(self) -> list[Entry]:
        """Entries that a move has made and not ended."""
        return [entry for entry in self.lockout.entries_now() if is_bridging(entry)]

    def moved(self, mapping: Mapping) -> Moved:
        """What becomes of a line."""
        return moved(mapping, self.census, self.bound)

    def remove_line(self, run: Context, arn: str) -> None:
        """Take a principal's line away. Raises as `AwsAuth.change`, and Refused."""
        self.aws_auth.change(
            run,
            lambda document: document.revoked(arn),
            lambda before, after: self.lockout.check_lines(run, [arn], before, after),
        )


def _refuse_lost(document: Document) -> None:
    """Raises UsageError where a list can't be parsed: it can't be told who is in it."""
    for part in document.sections:
        if part.lost is not None:
            raise UsageError(
                f"aws-auth can't be parsed, nothing was touched: {part.lost.what}",
                on=part.lost.where,
                why="EKS reads nothing of this list, so nobody in it gets in",
                do="kubectl -n kube-system edit configmap aws-auth",
            )
