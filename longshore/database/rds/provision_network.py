"""The steps of db.provision that make the network of the instance: its subnet group, and who may reach it."""

from __future__ import annotations

from longshore.aws import waiting
from longshore.database.rds.api import Rds
from longshore.database.rds.network import PORT, RdsNetwork
from longshore.errors import Refused
from longshore.steps.step import Context, Done, Status, Step, ToDo

SEEN_MINUTES = 2


class SubnetGroupStep(Step):
    """The subnets in which RDS may put the instance."""

    name = "subnet-group"

    def __init__(self, network: RdsNetwork, rds: Rds) -> None:
        self.title = f"Subnet group {network.name}"
        self._network = network
        self._rds = rds

    def check(self, run: Context) -> Status:
        """Raises UsageError where the environment's subnets won't do, Refused where the group isn't ours or is in another VPC."""
        environment = self._network.environment
        if self._rds.instance(environment.db_instance) is not None:
            return Done(f"{environment.db_instance} is there and has one")
        network, found = self._network.network(), self._network.subnet_group()
        if found is None:
            return ToDo(f"make it: {len(network.subnets)} subnets of {network.vpc}, in {', '.join(network.zones)}")
        if found != network.vpc:
            raise Refused(
                "our subnet group is in another VPC",
                on=self._network.name,
                why=f"it is in {found}, SUBNETS or the default VPC says {network.vpc}",
                do=f"aws rds delete-db-subnet-group --db-subnet-group-name {self._network.name}, then run it again",
            )
        return Done(found)

    def apply(self, run: Context) -> None:
        self._network.create_subnet_group()


class SecurityGroupStep(Step):
    """Who may reach the instance: SECURITY_GROUPS, else a group of ours that lets the VPC's own addresses in."""

    name = "security-group"

    def __init__(self, network: RdsNetwork, rds: Rds) -> None:
        named = network.groups
        self.title = f"Security group {', '.join(named) or network.name}"
        self._network = network
        self._rds = rds

    def ids(self) -> list[str]:
        """The groups of an instance that is made now."""
        if named := self._network.groups:
            return list(named)
        ours = self._network.security_group(self._network.network().vpc)
        return [ours.id] if ours else []

    def check(self, run: Context) -> Status:
        """Raises UsageError for a group of SECURITY_GROUPS that isn't there, Refused for one of our name that isn't ours."""
        environment = self._network.environment
        if self._rds.instance(environment.db_instance) is not None:
            return Done(f"{environment.db_instance} is there and has one")
        if self._network.groups:
            for group in self._network.named_security_groups():
                self._warn(run, group.id, group.world)
            return Done(", ".join(self._network.groups))
        network = self._network.network()
        ours = self._network.security_group(network.vpc)
        if ours is None:
            return ToDo(f"make it: port {PORT} from {', '.join(network.blocks)} ({network.vpc}), nothing else")
        self._warn(run, ours.id, ours.world)
        if closed := [block for block in network.blocks if block not in ours.open_to]:
            return ToDo(f"let {', '.join(closed)} in to port {PORT}")
        return Done(ours.id)

    def apply(self, run: Context) -> None:
        network = self._network.network()
        ours = self._network.security_group(network.vpc)
        group = ours.id if ours else self._network.create_security_group()
        self._network.open_to_vpc(group, [block for block in network.blocks if not ours or block not in ours.open_to])

        def look() -> waiting.Look:
            seen = self._network.security_group(network.vpc)
            return waiting.Look(seen is not None and seen.open_to.issuperset(network.blocks), "not seen yet")

        # EC2 shows what was made only after a while (its API is eventually consistent).
        waiting.wait(run, self._network.name, SEEN_MINUTES, look)

    def _warn(self, run: Context, group: str, world: bool) -> None:
        if world and not run.planning:
            run.report.warn(f"{group} lets every address in to port {PORT}; the instance itself gets no public address")
