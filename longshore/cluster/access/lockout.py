"""Nobody is locked out: a change must leave the one who makes it in the cluster, and an administrator."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence

from longshore.aws.errors import translated
from longshore.cluster.access.config_map import AwsAuth
from longshore.cluster.access.entries import Entries, Entry
from longshore.cluster.access.principal import described
from longshore.cluster.access.standing import Administrator, Standing
from longshore.cluster.aws_auth import arn as arns
from longshore.cluster.aws_auth.document import Document
from longshore.cluster.guard import ClusterGuard
from longshore.errors import Failed, Refused
from longshore.programs.kubernetes import Asked, KubernetesError
from longshore.steps.step import Context

EVERYTHING = Asked("*", "*")


class Lockout:
    """Judges changes of who has access. It asks for what it needs, and only where an administrator or the caller loses something."""

    def __init__(self, guard: ClusterGuard, entries: Entries) -> None:
        self._guard = guard
        self._entries = entries

    def check_lines(self, run: Context, targets: Iterable[str], before: Document, after: Document) -> None:
        """Whether a change of aws-auth that is about these ARNs leaves things safe. Raises Refused."""
        lost = Standing(before).administrators.keys() - Standing(after).administrators.keys()
        targets = list(targets)
        if lost or self._me in map(arns.canonical, targets):
            entries = self.entries_now()
            self.check(run, targets, Standing(before, entries), Standing(after, entries))

    def check(self, run: Context, targets: Iterable[str], before: Standing, after: Standing) -> None:
        """Whether a change that is about these ARNs leaves things safe. Raises Refused."""
        admins, left = before.administrators, after.administrators
        if self._me in map(arns.canonical, targets):
            if self._me not in after.known:
                self._refuse("this would take your own access", "you are the one who would be locked out")
            if self._me in admins and self._me not in left:
                self._refuse("this would make you no administrator any more", "you could not undo it")
        gone = admins.keys() - left.keys()
        if gone and not self.has_admin(run, after, but=gone):
            last = ", ".join(admins[one].arn for one in sorted(gone))
            self._refuse("this would take the last administrator away", f"{last} is the last")

    def has_admin(self, run: Context, standing: Standing, but: Iterable[str] = ()) -> bool:
        """Whether anybody is an administrator. `but` are canonical ARNs that don't count."""
        # The one who acts may be one whom no list names: the cluster's creator in mode CONFIG_MAP, a group that is bound to cluster-admin.
        hidden = self._me not in set(but)
        return any(self._exists(one) for one in standing.administrators.values()) or (hidden and self._is_admin(run))

    def is_anybody_left(self, run: Context, aws_auth: AwsAuth) -> bool:
        """Whether anybody is an administrator, now that an entry has gone."""
        document: Document | None = None
        # Where we are out, too, aws-auth can't be read: no reason to believe that it names somebody.
        with contextlib.suppress(Failed):
            document = aws_auth.read(run).document if self._guard.cluster.has_config_map else None
        return self.has_admin(run, Standing(document, self._entries.all()))

    def entries_now(self) -> Sequence[Entry]:
        """All access entries, none where the cluster has no such thing."""
        return self._entries.all() if self._guard.cluster.has_entries else []

    @property
    def _identity(self) -> str:
        identity = self._guard.identity.identity
        assert identity is not None, "the identity is the first step"
        return identity.arn

    @property
    def _me(self) -> str:
        return arns.canonical(self._identity)

    def _exists(self, administrator: Administrator) -> bool:
        who = arns.parse(administrator.arn)
        if who is None or who.account != self._guard.environment.account_id:
            return who is not None
        session = self._guard.identity.session
        with translated(session, doing="look up an administrator", on=administrator.arn):
            found = described(session.client("iam"), who.kind, who.name)
        # An entry from before its principal lets nobody in.
        return found is not None and (administrator.since is None or administrator.since >= found["CreateDate"])

    def _is_admin(self, run: Context) -> bool:
        # By a token that the API server hasn't seen: another run may have taken our own access a moment ago.
        way = self._guard.way(self._guard.identity.session, run)
        try:
            return all(way.kubectl(fresh=True).seen(EVERYTHING).allowed)
        except KubernetesError:
            return False

    def _refuse(self, what: str, why: str) -> None:
        env = f"--env {self._guard.environment.name}"
        raise Refused(
            f"{what}, nothing was touched",
            on=self._identity,
            why=why,
            do=(
                f"make another one administrator first: inv cluster.grant {env} --user NAME --access admin",
                f"inv cluster.access {env}",
            ),
        )
