"""What the steps of an undo have in common: what is there, what was, and whether going back locks somebody out."""

from __future__ import annotations

from longshore.cluster.access import snapshots
from longshore.cluster.access.census import Census, take
from longshore.cluster.access.config_map import AwsAuth
from longshore.cluster.access.entries import Entries, Entry
from longshore.cluster.access.lockout import Lockout
from longshore.cluster.access.snapshots import Snapshot
from longshore.cluster.access.standing import Standing
from longshore.cluster.access.undoing import restored
from longshore.cluster.access.undoing.restored import Restoration
from longshore.cluster.aws_auth.arn import canonical
from longshore.cluster.aws_auth.document import Document
from longshore.cluster.guard import ClusterGuard
from longshore.errors import Refused, UsageError
from longshore.steps.step import Context, Done, Look, Status


class ChooseSnapshot(Look):
    """`found` is set once it has looked."""

    name = "choose"
    title = "Snapshot to go back to"

    def __init__(self, guard: ClusterGuard, to: str) -> None:
        self._guard = guard
        self._to = to
        self._found: Snapshot | None = None

    @property
    def found(self) -> Snapshot:
        assert self._found is not None, "the step has not looked yet"
        return self._found

    def check(self, run: Context) -> Status:
        """Raises UsageError where there is none, Refused for another cluster's, or an earlier one's of the same name."""
        # The one before: settled once, or given again after a kill it would be the one that this undo has taken itself.
        id = run.target("back-to", lambda: self._to or self._newest().id, relative=True)
        if self._found is None or self._found.id != id:
            self._found = snapshots.load(self._guard.environment, id)
        found = self._found
        if found.cluster != self._guard.cluster.arn:
            raise Refused(
                "this snapshot is of another cluster, nothing was touched",
                on=found.id,
                why=f"it is of {found.cluster}",
                do=f"inv cluster.access --env {self._guard.environment.name}",
            )
        created = self._guard.cluster.created
        if created is not None and found.at < created.timestamp():
            raise Refused(
                "this snapshot is of an earlier cluster of this name, nothing was touched",
                on=f"{found.id}, taken {snapshots.taken(found)}",
                why=f"this one was made {created.astimezone():%Y-%m-%d %H:%M:%S}",
                do=f"inv cluster.access --env {self._guard.environment.name}",
            )
        return Done(f"{id}, taken {snapshots.taken(found)} by {found.by}")

    def _newest(self) -> Snapshot:
        environment, arn, created = self._guard.environment, self._guard.cluster.arn, self._guard.cluster.created
        for one in snapshots.all_of(environment):
            if one.cluster == arn and (created is None or one.at >= created.timestamp()):
                return one
        raise UsageError(
            "there is no snapshot of this cluster",
            on=arn,
            why="one is taken before each grant and revocation, on the machine that makes it",
            do=f"inv cluster.access --env {environment.name}",
        )


class GoingBack:
    """`snapshot` is known once the step that chooses it has looked."""

    def __init__(self, guard: ClusterGuard, chosen: ChooseSnapshot, aws_auth: AwsAuth, entries: Entries) -> None:
        self.guard = guard
        self.chosen = chosen
        self.aws_auth = aws_auth
        self.entries = entries
        self.lockout = Lockout(guard, entries)
        self.shown: tuple[dict[str, str], Restoration] | None = None
        """What the difference that was shown began with, and what it is to do with the entries."""
        self._told: set[str] = set()
        self._everybody: Census | None = None

    def lines(self, run: Context) -> tuple[Document, Document] | None:
        """aws-auth as it is and as it is to be; None where the cluster doesn't read it, or it isn't known what it was."""
        if not self.guard.cluster.has_config_map or self.chosen.found.unread:
            return None
        now = self.aws_auth.read(run).document
        return now, restored.document(now, self.chosen.found)

    def look(self, run: Context) -> Restoration:
        """What is to be done with the entries; judges the whole. Raises Refused."""
        now = self.lockout.entries_now()
        found = (
            restored.entries(now, self.chosen.found, self._census())
            if self.guard.cluster.has_entries
            else Restoration()
        )
        both = self.lines(run)
        before = Standing(both[0] if both else None, now)
        after = Standing(both[1] if both else None, found.after(now))
        self.lockout.check(run, _differs(before, after), before, after)
        for line in found.told:
            if line not in self._told:
                self._told.add(line)
                run.report.warn(line)
        if run.planning:
            self.shown = (both[0].data if both else {}, found)
        return found

    def _census(self) -> Census:
        if self._everybody is None:
            self._everybody = take(self.guard.identity.session, self.guard.environment.account_id)
        return self._everybody

    def changed_since(self, what: str) -> Refused:
        return Refused(
            f"{what} has changed since the difference was shown, and was left as it is",
            on=self.guard.cluster.name,
            why="somebody else works on it: going back would take that away unseen",
            do=f"inv cluster.undo --env {self.guard.environment.name} --to {self.chosen.found.id}",
        )

    def unchanged(self, arn: str) -> Entry | None:
        """The entry as it is now. Raises Refused where it isn't as it was shown (and not as it is to be)."""
        assert self.shown is not None, "a run looks before it acts"
        before, after = self.shown[1].changed.get(arn, (None, None))
        now = self.entries.find(arn)
        if not any(_same(now, one) for one in (before, after)):
            raise self.changed_since(f"the access entry of {arn}")
        return now


def _same(one: Entry | None, other: Entry | None) -> bool:
    return one is other if one is None or other is None else restored.same(one, other)


def _differs(before: Standing, after: Standing) -> set[str]:
    """Whom the change is about."""

    def of(standing: Standing) -> dict[str, object]:
        lines = standing.document.effective if standing.document else ()
        found: dict[str, object] = {canonical(one.arn): (one.username, frozenset(one.groups)) for one in lines}
        return found | {canonical(one.arn): one for one in standing.entries}

    one, other = of(before), of(after)
    return {arn for arn in {*one, *other} if one.get(arn) != other.get(arn)}
