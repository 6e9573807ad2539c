"""cluster.undo: who has access is put back to a snapshot, which is shown as a difference first."""

from __future__ import annotations

from longshore.cluster.access.config_map import AwsAuth
from longshore.cluster.access.entries import Entries, Entry
from longshore.cluster.access.grants import by_entry
from longshore.cluster.access.pending import Pending
from longshore.cluster.access.snapshots import TakeSnapshot
from longshore.cluster.access.standing import is_admin_entry
from longshore.cluster.access.undoing import restored
from longshore.cluster.access.undoing.going_back import ChooseSnapshot, GoingBack
from longshore.cluster.aws_auth.document import Document
from longshore.cluster.guard import guards
from longshore.environments.environment import Environment
from longshore.steps.step import Context, Done, Status, Step, ToDo


def undo(environment: Environment, to: str = "") -> list[Step]:
    """The steps. `to` is a snapshot's id; empty: the newest one. Whatever is to go goes last, so that nobody has less in between.

    Raises UsageError where the environment names no cluster.
    """
    identity, guard = guards(environment)
    aws_auth, entries = AwsAuth(guard), Entries(guard.eks, environment.eks_cluster)
    chosen = ChooseSnapshot(guard, to)
    plan = GoingBack(guard, chosen, aws_auth, entries)
    steps = [RestoreEntries(plan), RestoreLines(plan), RemoveEntries(plan)]
    return [identity, guard, chosen, TakeSnapshot(guard, aws_auth, entries, Pending(steps)), *steps]


class RestoreEntries(Step):
    """Entries that were there are there, as they were."""

    name = "entries"
    title = "Access entries as they were"

    def __init__(self, plan: GoingBack) -> None:
        self._plan = plan

    def check(self, run: Context) -> Status:
        """Raises Refused for what locks somebody out."""
        changed = self._plan.look(run).changed
        lines = [line for before, after in changed.values() if after for line in _lines(before, after)]
        return ToDo(*lines) if lines else Done("nothing to put back")

    def apply(self, run: Context) -> None:
        for arn, (_, after) in self._plan.look(run).changed.items():
            if after is not None:
                by_entry.make(self._plan.entries, self._plan.unchanged(arn), after)


def _lines(before: Entry | None, after: Entry) -> list[str]:
    changes = by_entry.changes(before, after)
    return changes if before is None else [f"{line}, for {after.arn}" for line in changes]


class RestoreLines(Step):
    """aws-auth is, to the letter, what it was."""

    name = "aws-auth"
    title = "aws-auth as it was"

    def __init__(self, plan: GoingBack) -> None:
        self._plan = plan

    def check(self, run: Context) -> Status:
        """Raises UsageError as `restored.document`."""
        both = self._plan.lines(run)
        if both is None:
            unread = self._plan.chosen.found.unread
            return Done("left as it is: it could not be read then" if unread else "not read by the cluster")
        before, after = both
        return ToDo(*before.changes_to(after)) if before.data != after.data else Done("the same")

    def apply(self, run: Context) -> None:
        plan = self._plan
        assert plan.shown is not None, "a run looks before it acts"
        shown = plan.shown[0]

        def back(now: Document) -> Document:
            after = restored.document(now, plan.chosen.found)
            if now.data not in (shown, after.data):
                raise plan.changed_since("aws-auth")
            return after

        plan.aws_auth.change(run, back, lambda before, after: None)


class RemoveEntries(Step):
    """Entries that came since are gone."""

    name = "entries-since"
    title = "Access entries that came since"

    def __init__(self, plan: GoingBack) -> None:
        self._plan = plan

    def check(self, run: Context) -> Status:
        """Raises Refused for what locks somebody out."""
        changed = self._plan.look(run).changed
        lines = [line for before, after in changed.values() if not after for line in by_entry.changes(before, after)]
        return ToDo(*lines) if lines else Done("none")

    def apply(self, run: Context) -> None:
        plan = self._plan
        for arn, (_, after) in plan.look(run).changed.items():
            before = plan.unchanged(arn) if after is None else None
            if before is None:
                continue
            plan.entries.delete(arn)
            if is_admin_entry(before) and not plan.lockout.is_anybody_left(run, plan.aws_auth):
                plan.entries.create(before)
                raise plan.changed_since("who is administrator")
