"""What stands between a cluster and the mode API, in which aws-auth isn't read: lines that are left, and nodes that come by it."""

from __future__ import annotations

from longshore.cluster.access.entries import STANDARD, Entry
from longshore.cluster.access.migration.ground import Ground
from longshore.cluster.aws_auth import arn as arns
from longshore.cluster.aws_auth.mapping import Mapping
from longshore.cluster.eks import API
from longshore.errors import Refused
from longshore.steps.step import Context, Done, Look, Status, Step, ToDo


class NoLinesLeft(Look):
    """Nobody but nodes is let in by aws-auth any more."""

    name = "no-lines"
    title = "Nobody is left in aws-auth"

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def check(self, run: Context) -> Status:
        """Raises Refused where somebody is, and (while the plan is made) would still be after the moves."""
        left = [(mapping, self._ground.moved(mapping)) for mapping in self._ground.lines(run)]
        stay = [(mapping, plan.why) for mapping, plan in left if plan.entry is None or not run.planning]
        accounts = self._ground.document(run).accounts
        env = self._ground.guard.environment.name
        if stay:
            mapping, why = stay[0]
            more = f", and {len(stay) - 1} more" if len(stay) > 1 else ""
            raise Refused(
                f"{mapping.arn}{more} would lose the cluster: aws-auth lets it in, nothing was touched",
                on="--final",
                why=why or "it was not moved",
                do=(f"inv cluster.migrate-access --env {env}", f"inv cluster.revoke --env {env} ..."),
            )
        if accounts:
            raise Refused(
                f"everybody of account {accounts[0]} would lose the cluster, nothing was touched",
                on="--final, mapAccounts of aws-auth",
                why="no access entry stands for a whole account",
                do="grant those who need it by name, and take the account out of mapAccounts",
            )
        return Done("nobody")


class EntryOfNodes(Step):
    """The nodes of a role come in by an access entry, too. EKS makes it itself for managed node groups."""

    def __init__(self, ground: Ground, mapping: Mapping) -> None:
        who = arns.parse(mapping.arn)
        self.name = f"nodes {arns.canonical(mapping.arn).split(':', 4)[4]}"
        self.title = f"Nodes of role {who.name if who else mapping.arn}"
        self._ground = ground
        self._mapping = mapping

    def check(self, run: Context) -> Status:
        """Raises Refused where the role has an entry that is none of nodes."""
        if self._ground.guard.cluster.mode == API:
            return Done("come by their access entry")
        found = self._ground.entry(run, self._mapping.arn)
        if found is None:
            return ToDo(f"create an access entry of type {self._type} for {self._arn}")
        if found.type == STANDARD:
            raise Refused(
                "the nodes of this role would lose the cluster, nothing was touched",
                on=found.arn,
                why="it has an access entry of type STANDARD, by which no node joins, and a type never changes",
                do=f"aws eks delete-access-entry --cluster-name {self._ground.guard.cluster.name} --principal-arn {found.arn}",
            )
        return Done(f"access entry of type {found.type}")

    def apply(self, run: Context) -> None:
        self._ground.entries.create(Entry(self._arn, type=self._type))

    @property
    def _arn(self) -> str:
        found = self._ground.census.find(self._mapping.arn)
        return found.arn if found else self._mapping.arn

    @property
    def _type(self) -> str:
        groups = self._mapping.groups
        if "eks:kube-proxy-windows" in groups:
            return "EC2_WINDOWS"
        return "FARGATE_LINUX" if "system:node-proxier" in groups else "EC2_LINUX"
