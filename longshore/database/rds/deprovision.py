"""db.deprovision: what db.provision made is deleted, after a last snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

from longshore.aws import waiting
from longshore.aws.identity import IdentityGuard
from longshore.aws.session import open_session
from longshore.aws.tags import is_ours
from longshore.database.rds import states as rds_states
from longshore.database.rds.api import Instance, Rds
from longshore.database.rds.network import RdsNetwork
from longshore.database.rds.snapshot import STAMP
from longshore.environments.environment import Environment
from longshore.errors import Failed, Refused, UsageError
from longshore.steps.step import Context, Done, Look, Status, Step, ToDo

MINUTES = 60
NETWORK_MINUTES = 15
"""RDS takes its network interface out of the VPC some minutes after the instance is gone."""
KEPT = ("stopped", "stopping", "deleting", "storage-full")
"""States in which an instance can be deleted, or is."""


def deprovision(environment: Environment) -> list[Step]:
    """The steps. Raises UsageError where DB_INSTANCE isn't set."""
    if not environment.db_instance:
        raise UsageError("DB_INSTANCE is not set", on=f"env/{environment.name}.env", why="there is nothing to delete")
    session = open_session(environment)
    rds, network = Rds(session), RdsNetwork(environment, session)
    return [
        IdentityGuard(environment, session),
        DeletionProtection(environment, rds),
        Deletion(environment, rds),
        SecurityGroupDeletion(network),
        SubnetGroupDeletion(network),
        SecretLeft(environment),
    ]


class _OnInstance(Step):
    def __init__(self, environment: Environment, rds: Rds) -> None:
        self._environment = environment
        self._rds = rds
        self._name = environment.db_instance

    def _ours(self) -> Instance | None:
        """The instance, None when it is gone. Raises Refused for one that longshore didn't make for this environment."""
        found = self._rds.instance(self._name)
        if found is not None and not is_ours(found.tags, self._environment):
            raise Refused(
                "the RDS instance was not made by longshore, nothing was touched",
                on=self._name,
                why=f"it has no tags of {self._environment.name}'s",
                do=f"aws rds delete-db-instance --db-instance-identifier {self._name} --final-db-snapshot-identifier NAME",
            )
        return found

    def _wait_until_ready(self, run: Context) -> None:
        def look() -> waiting.Look:
            found = self._rds.instance(self._name)
            if found is None or found.status in KEPT:
                return waiting.Look(True, "")
            if failure := rds_states.fault(found):
                failure.do = (
                    f"without a last snapshot: aws rds delete-db-instance --db-instance-identifier {self._name} --skip-final-snapshot",
                )
                raise failure
            return waiting.Look(found.ready, found.status)

        waiting.wait(run, self._name, MINUTES, look)


class DeletionProtection(_OnInstance):
    """The instance's deletion protection is off."""

    name = "protection"

    def __init__(self, environment: Environment, rds: Rds) -> None:
        super().__init__(environment, rds)
        self.title = f"Deletion protection of {self._name}"

    def check(self, run: Context) -> Status:
        found = self._ours()
        if found is None or not found.deletion_protection or found.status == "deleting":
            return Done("there is no instance" if found is None else "off")
        return ToDo("turn it off")

    def apply(self, run: Context) -> None:
        self._wait_until_ready(run)
        self._rds.unprotect(self._name)

        def look() -> waiting.Look:
            found = self._rds.instance(self._name)
            return waiting.Look(found is None or not found.deletion_protection, "still protected")

        waiting.wait(run, self._name, MINUTES, look)


class Deletion(_OnInstance):
    """The instance is gone, and a last snapshot of it is there. `snapshot` is its name, once this run has one."""

    name = "deletion"

    def __init__(self, environment: Environment, rds: Rds) -> None:
        super().__init__(environment, rds)
        self.title = f"RDS instance {self._name}"
        self.snapshot = ""
        self._seen_deleting = False

    def check(self, run: Context) -> Status:
        found = self._ours()
        if found is None:
            return Done(f"gone; {self._last()}" if self.snapshot else "there is no instance")
        self.snapshot = self.snapshot or self._target(run)
        if found.status == "deleting":
            return ToDo("wait until it is gone: it is being deleted")
        return ToDo("delete it with all its data and its automated backups", f"keep a last snapshot: {self.snapshot}")

    def apply(self, run: Context) -> None:
        self._wait_until_ready(run)
        found = self._rds.instance(self._name)
        if found is not None and found.status != "deleting":
            # A snapshot of that name is from an attempt that RDS gave up: it lacks what was written since.
            self.snapshot = next(name for name in _names(self.snapshot) if self._rds.snapshot(name) is None)
            self._rds.delete_instance(self._name, self.snapshot)
        waiting.wait(run, self._name, MINUTES, self._look)

    def _target(self, run: Context) -> str:
        return run.target(
            "last-snapshot", lambda: f"longshore-{self._name}-last-{datetime.now(UTC):{STAMP}}", relative=True
        )

    def _look(self) -> waiting.Look:
        found = self._rds.instance(self._name)
        if found is None:
            return waiting.Look(True, "gone")
        self._seen_deleting = self._seen_deleting or found.status == "deleting"
        if self._seen_deleting and found.status != "deleting":
            raise Failed(
                "RDS gave the deletion up",
                on=self._name,
                why=f"the instance is {found.status} again; its last snapshot failed",
                do=f"aws rds describe-events --source-type db-instance --source-identifier {self._name} --duration 1440",
            )
        kept = self._rds.snapshot(self.snapshot)
        percent = kept.percent if kept is not None and kept.status == "creating" else None
        return waiting.Look(False, found.status if percent is None else "last snapshot", percent)

    def _last(self) -> str:
        kept = self._rds.snapshot(self.snapshot)
        if kept is None:
            return "its last snapshot has another name: aws rds describe-db-snapshots"
        return f"last snapshot {kept.identifier} ({kept.status})"


class SecurityGroupDeletion(Step):
    """Our security group is gone; another's is left."""

    name = "security-group"

    def __init__(self, network: RdsNetwork) -> None:
        self.title = f"Security group {network.name}"
        self._network = network

    def check(self, run: Context) -> Status:
        try:
            found = self._network.security_group()
        except Refused:
            return Done("it isn't longshore's, and is left")
        return ToDo("delete it") if found else Done("there is none of ours")

    def apply(self, run: Context) -> None:
        found = self._network.security_group()
        if found is None:
            return
        group = found.id

        def look() -> waiting.Look:
            return waiting.Look(self._network.delete_security_group(group), "still in use")

        waiting.wait(run, self._network.name, NETWORK_MINUTES, look)


class SubnetGroupDeletion(Step):
    """Our subnet group is gone; another's is left."""

    name = "subnet-group"

    def __init__(self, network: RdsNetwork) -> None:
        self.title = f"Subnet group {network.name}"
        self._network = network

    def check(self, run: Context) -> Status:
        try:
            found = self._network.subnet_group()
        except Refused:
            return Done("it isn't longshore's, and is left")
        return ToDo("delete it") if found else Done("there is none of ours")

    def apply(self, run: Context) -> None:
        self._network.delete_subnet_group()


class SecretLeft(Look):
    """Says what is not deleted."""

    name = "secret-left"

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self.title = f"{environment.db_url_key} in {environment.secrets}"

    def check(self, run: Context) -> Status:
        key = self._environment.db_url_key
        return Done(f"left as it is; for another database: inv secrets.set --env {self._environment.name} --key {key}")


def _names(first: str) -> Iterator[str]:
    return (first if number == 1 else f"{first}-{number}" for number in count(1))
