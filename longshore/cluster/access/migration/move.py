"""One principal's move from aws-auth to an access entry: the entry gives all, which is proven, before the line goes."""

from __future__ import annotations

from dataclasses import replace

from longshore.cluster.access.entries import Entry
from longshore.cluster.access.grantee import session_of
from longshore.cluster.access.grants import by_entry
from longshore.cluster.access.migration.ground import Ground
from longshore.cluster.access.migration.moved import Moved, gives_all, is_bridging
from longshore.cluster.access.principal import Principal
from longshore.cluster.access.proof import PATIENCE, Expected, wait_until_in
from longshore.cluster.aws_auth import arn as arns
from longshore.errors import Failed
from longshore.steps.step import Context, Done, Status, Step, ToDo


class Move(Step):
    """The principal has an access entry with all that its line of aws-auth gave it, and no line."""

    def __init__(self, ground: Ground, arn: str) -> None:
        self.name = f"move {arns.canonical(arn).split(':', 4)[4]}"
        self.title = f"Move {arn.rpartition(':')[2]}"
        self._ground = ground
        self.arn = arn
        self._proven = ""

    def check(self, run: Context) -> Status:
        """Raises UsageError where aws-auth can't be parsed."""
        mapping = self._ground.line(run, self.arn)
        entry = self._ground.entry(run, self.arn)
        if mapping is None:
            if entry is not None and is_bridging(entry):
                return ToDo(f"take {', '.join(_bridging(entry))} away from the access entry of {entry.arn}")
            return Done(f"by its access entry alone{self._proven}" if entry else "not in aws-auth")
        plan = self._ground.moved(mapping)
        if plan.entry is None:
            return Done(f"stays in aws-auth: {plan.why}")
        if self._is_tombstone(entry):
            return Done(
                f"stays in aws-auth: its access entry is of an earlier one of this name, and counts: {self._ground.grant}"
            )
        return ToDo(*self._lines(plan, entry), f"then, once that is proven, - {mapping}")

    def _lines(self, plan: Moved, entry: Entry | None) -> list[str]:
        assert plan.entry is not None
        if entry is None or is_bridging(entry):
            lines = by_entry.changes(None, plan.entry)
            name = plan.mapping.username
            return [
                *lines,
                *([f"~ its name in Kubernetes is EKS's own: an entry can't be {name}"] if plan.renamed else []),
            ]
        if gives_all(entry, plan.entry):
            return [f"its access entry gives that already: {by_entry.describe(entry)}"]
        return [f"its access entry counts already, and gives {by_entry.describe(entry)}: the line has no effect"]

    def apply(self, run: Context) -> None:
        ground = self._ground
        mapping, entry = ground.line(run, self.arn), ground.entry(run, self.arn)
        plan = ground.moved(mapping) if mapping is not None else None
        if plan is None or plan.entry is None:
            if entry is not None:
                ground.entries.update(entry.arn, [group for group in entry.groups if group not in _bridging(entry)])
            return
        wanted = plan.entry
        if entry is None or is_bridging(entry):
            wanted = merged(entry, wanted) if entry is not None else wanted
            whole = replace(wanted, groups=(*wanted.groups, *plan.bridging))
            by_entry.make(ground.entries, entry, whole)
            by_entry.make(ground.entries, whole, wanted)
            self._prove(run, plan, wanted)
        elif gives_all(entry, wanted):
            self._prove(run, plan, replace(wanted, username=""))
        ground.remove_line(run, self.arn)

    def _prove(self, run: Context, plan: Moved, wanted: Entry) -> None:
        """Raises Failed, with the groups put back that bridge the moment, and the line still there."""
        ground, who = self._ground, arns.parse(self.arn)
        assert who is not None
        principal = ground.census.find(self.arn) or Principal(who.kind, who.name, self.arn)
        try:
            found = ground.entries.find(wanted.arn)
            if found is None or not gives_all(found, wanted):
                raise Failed(
                    "the access entry is not what it was made to be",
                    on=wanted.arn,
                    why="somebody else changed it meanwhile; the line of aws-auth is still there",
                    do=f"inv cluster.access --env {ground.guard.environment.name}",
                )
            profiled = session_of(ground.guard, principal)
            if profiled.session is None:
                self._proven = f"; by comparing the entry: {profiled.why}"
                return
            may = tuple(dict.fromkeys(question for grant in plan.grants for question in grant.may))
            name = "" if "{{" in wanted.username else wanted.username
            seen = wait_until_in(
                run, ground.guard, principal, profiled.session, Expected(may, (), wanted.groups, name), PATIENCE
            )
            self._proven = f"; as {profiled.session.who} it is {seen.username}" + (
                f", may {', '.join(map(str, may))}" if may else ""
            )
        except Failed:
            if plan.bridging:
                ground.entries.update(wanted.arn, (*wanted.groups, *plan.bridging))
            raise

    def _is_tombstone(self, entry: Entry | None) -> bool:
        who = self._ground.census.find(self.arn)
        return entry is not None and who is not None and by_entry.is_tombstone(entry, who)


def merged(entry: Entry, wanted: Entry) -> Entry:
    """What is wanted, and what somebody has given the entry beside it since a move was killed."""
    policies = {one.policy: one for one in wanted.policies}
    for one in entry.policies:
        there = policies.get(one.policy)
        if there is None or not one.namespaces:
            policies[one.policy] = one
        elif there.namespaces:
            policies[one.policy] = replace(there, namespaces=tuple(dict.fromkeys((*there.namespaces, *one.namespaces))))
    groups = [group for group in entry.groups if group not in _bridging(entry)]
    return replace(wanted, policies=tuple(policies.values()), groups=tuple(dict.fromkeys((*wanted.groups, *groups))))


def _bridging(entry: Entry) -> list[str]:
    return [group for group in entry.groups if is_bridging(replace(entry, groups=(group,)))]
