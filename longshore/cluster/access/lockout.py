"""Nobody is locked out: a change must leave the one who makes it in the cluster, and an administrator."""

from __future__ import annotations

from collections.abc import Iterable

from longshore.aws.errors import translated
from longshore.cluster.access.entries import Entries, Entry
from longshore.cluster.access.level import MASTERS, Grant
from longshore.cluster.aws_auth import arn as arns
from longshore.cluster.aws_auth.document import Document
from longshore.cluster.guard import ClusterGuard
from longshore.errors import Refused
from longshore.programs.kubectl import Asked, KubernetesError
from longshore.steps.step import Context

CLUSTER_ADMIN = Grant("admin").policy
EVERYTHING = Asked("*", "*")


def is_admin_entry(entry: Entry) -> bool:
    """Whether an entry makes its principal an administrator of the whole cluster."""
    return any(one.policy == CLUSTER_ADMIN and not one.namespaces for one in entry.policies)


def admins_of(document: Document | None) -> dict[str, str]:
    """The administrators that aws-auth makes: canonical ARN to ARN."""
    if document is None:
        return {}
    return {arns.canonical(one.arn): one.arn for one in document.effective if MASTERS in one.groups}


class Lockout:
    """Judges changes of who has access. What the API has (entries, IAM, whether the caller is an administrator) is asked for once."""

    def __init__(self, guard: ClusterGuard, entries: Entries) -> None:
        self._guard = guard
        self._entries = entries
        self._caller_is_admin: bool | None = None

    def check(
        self,
        run: Context,
        targets: Iterable[str],
        before: Document | None,
        after: Document | None,
        *,
        entries_after: list[Entry] | None = None,
    ) -> None:
        """Whether the change leaves things safe. `targets` are the ARNs that it is about; documents are None where aws-auth isn't read by the
        cluster; `entries_after` is None where the change touches no entry.

        Raises Refused.
        """
        entries = self._entries.all() if self._guard.cluster.has_entries else []
        then = entries if entries_after is None else entries_after
        admins = admins_of(before) | {arns.canonical(one.arn): one.arn for one in entries if is_admin_entry(one)}
        left = admins_of(after) | {arns.canonical(one.arn): one.arn for one in then if is_admin_entry(one)}
        mapped = [one.arn for one in after.effective] if after is not None else []
        known = {arns.canonical(arn) for arn in (*mapped, *(one.arn for one in then))}
        me = arns.canonical(self._identity)
        if me in {arns.canonical(target) for target in targets}:
            if me not in known:
                self._refuse("this would take your own access", "you are the one who would be locked out")
            if me in admins and me not in left:
                self._refuse("this would make you no administrator any more", "you could not undo it")
        gone = admins.keys() - left.keys()
        if gone and not self._somebody(run, left, hidden=me not in gone):
            self._refuse(
                "this would take the last administrator away",
                f"{', '.join(admins[one] for one in sorted(gone))} is the last",
            )

    def has_admin(self, run: Context, document: Document | None, entries: Iterable[Entry]) -> bool:
        """Whether anybody is an administrator by what is there now."""
        self._caller_is_admin = None
        left = admins_of(document) | {arns.canonical(one.arn): one.arn for one in entries if is_admin_entry(one)}
        return self._somebody(run, left, hidden=True)

    @property
    def _identity(self) -> str:
        identity = self._guard.identity.identity
        assert identity is not None, "the identity is the first step"
        return identity.arn

    def _somebody(self, run: Context, left: dict[str, str], *, hidden: bool) -> bool:
        # The one who acts may be an administrator whom no list names: the cluster's creator, in mode CONFIG_MAP.
        return any(self._exists(arn) for arn in left.values()) or (hidden and self._is_admin(run))

    def _exists(self, arn: str) -> bool:
        who = arns.parse(arn)
        if who is None or who.account != self._guard.environment.account_id:
            return who is not None
        session = self._guard.identity.session
        iam = session.client("iam")
        with translated(session, doing="look up an administrator", on=arn):
            try:
                iam.get_user(UserName=who.name) if who.kind == "user" else iam.get_role(RoleName=who.name)
            except iam.exceptions.NoSuchEntityException:
                return False
        return True

    def _is_admin(self, run: Context) -> bool:
        if self._caller_is_admin is None:
            try:
                self._caller_is_admin = all(self._guard.kubectl(run).seen(EVERYTHING).allowed)
            except KubernetesError:
                self._caller_is_admin = False
        return self._caller_is_admin

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
