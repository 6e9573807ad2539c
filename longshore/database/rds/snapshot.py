"""An RDS snapshot before something changes the database of a protected environment."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property

from longshore.aws import waiting
from longshore.aws.tags import tags
from longshore.database.rds import states as rds_states
from longshore.database.rds.api import Instance, Rds
from longshore.environments.environment import Environment
from longshore.errors import Failed, Refused
from longshore.steps.step import Context, Done, Status, Step, ToDo

ON_RDS = re.compile(r"\.rds\.amazonaws\.com(\.cn)?\.?$", re.I)
STAMP = "%Y%m%d-%H%M%S"
MINUTES = 60
"""How long to wait for a snapshot; RDS's own waiter has 30."""
FRESH = timedelta(hours=1)
"""The same command again after a kill goes on with its snapshot, if that is no older: later the database has moved on."""


class Snapshot(Step):
    """Makes a snapshot where there is something to do (`needed`) and the database (`host`, and `port` where it is known) is DB_INSTANCE.

    `identifier` is the snapshot's name, once there is one.
    """

    name = "snapshot"

    def __init__(
        self,
        environment: Environment,
        needed: Callable[[], bool],
        host: Callable[[], str],
        port: Callable[[], int] | None = None,
    ) -> None:
        self.title = f"Snapshot of {environment.db_instance or 'the database'}"
        self.identifier = ""
        self._environment = environment
        self._needed = needed
        self._host = host
        self._port = port

    def check(self, run: Context) -> Status:
        """Raises Refused where the database is on RDS and DB_INSTANCE doesn't name it, Failed for a snapshot or an instance that failed."""
        environment, host = self._environment, self._host
        if not environment.protected:
            return Done("not protected")
        if not self.identifier and not self._needed():
            return Done("nothing pending")
        if not environment.db_instance:
            self._refuse_on_rds(host(), "DB_INSTANCE is not set")
            return Done("not RDS: DB_INSTANCE is not set")
        instance = self._rds.instance(environment.db_instance)
        if instance is None or not self._is_endpoint(instance):
            self._refuse_on_rds(host(), f"{host()} is not {environment.db_instance}'s endpoint")
            return Done(f"not RDS: {host()} is not {environment.db_instance}'s endpoint")
        self.identifier = self.identifier or self._target(run)
        return self._state(instance)

    def apply(self, run: Context) -> None:
        """Raises Failed when RDS can't, or hasn't after an hour."""
        name = self._environment.db_instance
        self._wait_for_instance(run, name)
        if self._rds.snapshot(self.identifier) is None:
            self._rds.create_snapshot(name, self.identifier, tags(self._environment))
        waiting.wait(run, f"snapshot {self.identifier}", MINUTES, self._look)

    @cached_property
    def _rds(self) -> Rds:
        from longshore.aws.session import open_session

        return Rds(open_session(self._environment))

    def _is_endpoint(self, instance: Instance) -> bool:
        if self._port is not None and self._port() != instance.port:
            return False
        return self._host().rstrip(".").lower() == instance.host.lower()

    def _refuse_on_rds(self, host: str, why: str) -> None:
        if not ON_RDS.search(host):
            return
        first = host.split(".")[0]
        raise Refused(
            "no snapshot can be taken of this database, nothing was touched",
            on=host,
            why=f"it is on RDS, {self._environment.name} is protected, and {why}",
            do=(
                f"set DB_INSTANCE in env/{self._environment.name}.env to the instance behind {first}, and name its own endpoint",
                f"inv db.migrate --env {self._environment.name} --no-snapshot goes without one (it asks)",
            ),
        )

    def _target(self, run: Context) -> str:
        """The name of this run's snapshot, or of the one that an unfinished run of the same command has just made."""
        prefix = f"longshore-{self._environment.db_instance}-"
        number = 0
        while True:
            wish = f"snapshot-{number}" if number else "snapshot"
            name = run.target(wish, lambda: prefix + f"{_now():{STAMP}}", relative=True)
            # Of another instance: DB_INSTANCE was changed since that run.
            if name.startswith(prefix):
                made = datetime.strptime(name.removeprefix(prefix), STAMP).replace(tzinfo=UTC)
                if _now() - made < FRESH:
                    return name
            number += 1

    def _state(self, instance: Instance) -> Status:
        found = self._rds.snapshot(self.identifier)
        if found is None:
            if failure := rds_states.fault(instance):
                raise failure
            return ToDo(
                f"make the snapshot {self.identifier}"
                + ("" if instance.ready else f" (the instance is {instance.status})")
            )
        if found.status == "available":
            return Done(self.identifier)
        self._refuse_failed(found.status)
        return ToDo(f"wait for the snapshot {self.identifier}: {found.status}, {found.percent} %")

    def _look(self) -> waiting.Look:
        found = self._rds.snapshot(self.identifier)
        if found is None:
            return waiting.Look(False, "requested")
        self._refuse_failed(found.status)
        return waiting.Look(found.status == "available", found.status, found.percent)

    def _refuse_failed(self, status: str) -> None:
        if status in ("creating", "available", "pending"):
            return
        name = self._environment.db_instance
        raise Failed(
            f"the snapshot is {status}",
            on=self.identifier,
            why="RDS did not complete it",
            do=(
                f"aws rds describe-events --source-type db-snapshot --source-identifier {self.identifier}",
                f"aws rds delete-db-snapshot --db-snapshot-identifier {self.identifier}, then run it again: it makes it of {name} anew",
            ),
        )

    def _wait_for_instance(self, run: Context, name: str) -> None:
        """A snapshot can't be begun while the instance is being backed up or changed."""

        def look() -> waiting.Look:
            instance = self._rds.instance(name)
            if instance is None:
                raise Failed("the RDS instance is gone", on=name, why="it was deleted meanwhile")
            if failure := rds_states.fault(instance):
                raise failure
            begun = self._rds.snapshot(self.identifier) is not None
            return waiting.Look(begun or instance.ready, instance.status)

        waiting.wait(run, name, MINUTES, look)


def _now() -> datetime:
    return datetime.now(UTC)
