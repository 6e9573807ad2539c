"""cluster.grant: a principal of IAM gets a level, by aws-auth or an access entry, and the grantee proves it."""

from __future__ import annotations

from longshore.cluster.access.config_map import AwsAuth
from longshore.cluster.access.entries import Entries
from longshore.cluster.access.grants import by_aws_auth, by_entry
from longshore.cluster.access.grants.bindings import Bind, require_namespace
from longshore.cluster.access.grants.by_aws_auth import AwsAuthWriter
from longshore.cluster.access.grants.path import ChoosePath, Via
from longshore.cluster.access.level import LEVELS, Grant
from longshore.cluster.access.lockout import Lockout
from longshore.cluster.access.pending import Pending
from longshore.cluster.access.principal import FindPrincipal, Kind
from longshore.cluster.access.proof import Expected, ProveGrant
from longshore.cluster.access.snapshots import TakeSnapshot
from longshore.cluster.access.standing import Standing, is_admin_entry
from longshore.cluster.aws_auth.document import Document
from longshore.cluster.guard import ClusterGuard, guards
from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.steps.step import Context, Done, Status, Step, ToDo


def grant(environment: Environment, kind: Kind, name: str, wanted: Grant, via: Via | None = None) -> list[Step]:
    """The steps. `name` is an IAM user's or role's, or its ARN; `via` None: by the cluster's authentication mode.

    Raises UsageError where the environment names no cluster.
    """
    identity, cluster = guards(environment)
    principal = FindPrincipal(identity.session, kind, name, environment.account_id)
    aws_auth, entries = AwsAuth(cluster), Entries(cluster.eks, environment.eks_cluster)
    path = ChoosePath(cluster, principal, aws_auth, entries, via)
    lockout = Lockout(cluster, entries)
    give = Give(cluster, principal, path, wanted, AwsAuthWriter(aws_auth, lockout), aws_auth, entries, lockout)
    binding = BindIfNeeded(cluster, path, wanted)

    pending = Pending([binding, give])
    return [
        identity,
        cluster,
        principal,
        path,
        TakeSnapshot(cluster, aws_auth, entries, Pending([give])),
        binding,
        give,
        ProveGrant(cluster, principal, lambda: _expected(wanted, path.via), pending),
    ]


def _expected(wanted: Grant, via: Via) -> Expected:
    by_group = via == "aws-auth" or wanted.group
    return Expected(wanted.may, wanted.may_not, (wanted.kubernetes_group,) if by_group else ())


class BindIfNeeded(Bind):
    """The binding of a level's group, where the path is aws-auth: an access policy needs none."""

    def __init__(self, guard: ClusterGuard, path: ChoosePath, wanted: Grant) -> None:
        super().__init__(guard, wanted)
        self._path = path

    def check(self, run: Context) -> Status:
        """Raises as Bind's."""
        if self._grant.group:
            return Done("the team's own: its bindings say what it may")
        if self._path.via == "entry":
            if self._grant.namespace:
                require_namespace(self._guard, run, self._grant.namespace)
            return Done(f"not needed: {self._grant.policy} is the access policy")
        if self._grant.is_admin:
            return Done("Kubernetes' own: it needs no binding")
        return super().check(run)


class Give(Step):
    """The principal has what is granted."""

    name = "grant"

    def __init__(
        self,
        guard: ClusterGuard,
        principal: FindPrincipal,
        path: ChoosePath,
        wanted: Grant,
        writer: AwsAuthWriter,
        aws_auth: AwsAuth,
        entries: Entries,
        lockout: Lockout,
    ) -> None:
        self.title = f"Grant {wanted}"
        self._guard = guard
        self._principal = principal
        self._path = path
        self._wanted = wanted
        self._writer = writer
        self._aws_auth = aws_auth
        self._entries = entries
        self._lockout = lockout
        self._edited: tuple[Document, Document] | None = None

    def check(self, run: Context) -> Status:
        """Raises UsageError for an aws-auth that can't be parsed, Refused for a change that locks somebody out."""
        return self._look_at_aws_auth(run) if self._path.via == "aws-auth" else self._look_at_entry(run)

    def apply(self, run: Context) -> None:
        principal = self._principal.found
        if self._path.via == "aws-auth":
            self._writer.write(run, principal, self._edit)
            return
        before = self._entries.find(principal.arn)
        if before is not None and by_entry.is_tombstone(before, principal):
            # What the earlier one of this name had is not the new one's.
            self._entries.delete(principal.arn)
            before = None
        by_entry.make(self._entries, before, by_entry.granted(before, principal, self._wanted))

    def _edit(self, before: Document) -> Document:
        # The same document is looked at again and again.
        if self._edited is None or self._edited[0] is not before:
            self._edited = before, by_aws_auth.granted(before, self._principal.found, self._wanted)
        return self._edited[1]

    def _look_at_aws_auth(self, run: Context) -> Status:
        before = self._aws_auth.read(run).document
        after = self._edit(before)
        if after.data == before.data:
            there = by_aws_auth.of(before, self._principal.found.arn)
            return Done(str(there))
        self._writer.allow(run, self._principal.found, before, after)
        return ToDo(*before.changes_to(after))

    def _look_at_entry(self, run: Context) -> Status:
        principal = self._principal.found
        before = self._entries.find(principal.arn)
        if before is not None and by_entry.is_tombstone(before, principal):
            gone = f"delete the access entry that was made for an earlier {principal}: EKS does not let the new one in by it"
            return ToDo(gone, *by_entry.changes(None, by_entry.granted(None, principal, self._wanted)))
        if before is not None:
            by_entry.refuse_nodes(before, self._guard.environment.name)
        after = by_entry.granted(before, principal, self._wanted)
        lines = by_entry.changes(before, after)
        if not lines:
            return Done(by_entry.describe(after))
        if before is not None and is_admin_entry(before) and not is_admin_entry(after):
            entries = self._entries.all()
            others = [one for one in entries if one.arn != principal.arn]
            document = self._aws_auth.read(run).document if self._guard.cluster.has_config_map else None
            now, then = Standing(document, entries), Standing(document, [*others, after])
            self._lockout.check(run, [principal.arn], now, then)
        return ToDo(*lines)


def levels_told(wanted: Grant) -> str:
    """What else there is to grant, for the answer of a grant that named none."""
    others = ", ".join(level for level in LEVELS if level != wanted.level)
    return f"granted {wanted}; --access {others} are the others, --namespace NAME narrows it"


def chosen(user: str, role: str) -> tuple[Kind, str]:
    """Whom the flags --user and --role name.

    Raises UsageError unless it is exactly one.
    """
    if bool(user) == bool(role):
        raise UsageError(
            "who? --user NAME or --role NAME" if not user else "--user and --role don't go together",
            why="one IAM user or one IAM role, by its name or ARN",
            do="inv cluster.grant --help",
        )
    return ("user", user) if user else ("role", role)
