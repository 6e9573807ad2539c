"""Amazon RDS: DB instances and their snapshots, by typed calls. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from longshore.aws.errors import translated
from longshore.aws.tags import as_list, from_list
from longshore.environments.environment import Environment

if TYPE_CHECKING:
    from longshore.aws.session import Session

ENGINE = "postgres"

NEXT: Mapping[str, tuple[str, ...]] = {
    "InstanceQuotaExceeded": ("ask AWS for more DB instances (Service Quotas, RDS), or delete one that nobody needs",),
    "StorageQuotaExceeded": ("ask AWS for more storage (Service Quotas, RDS), or give a smaller --storage",),
    "SnapshotQuotaExceeded": (
        "delete manual snapshots that nobody needs: aws rds describe-db-snapshots --snapshot-type manual",
    ),
    "DBSubnetGroupQuotaExceeded": ("delete subnet groups that nobody needs: aws rds describe-db-subnet-groups",),
    "InsufficientDBInstanceCapacity": ("try again later, or with another --instance-class",),
    "DBSubnetGroupDoesNotCoverEnoughAZs": ("set SUBNETS to subnets in at least two availability zones",),
    "KMSKeyNotAccessibleFault": ("ask for the use of the account's key aws/rds",),
    "InvalidVPCNetworkStateFault": ("look at the subnets: each needs free addresses", "inv env.show"),
    "InvalidSubnet": ("look at SUBNETS: they are all in one VPC",),
}
"""What to do about RDS's own error codes."""


@dataclass(frozen=True)
class Instance:
    """A DB instance, as DescribeDBInstances has it."""

    identifier: str
    status: str
    engine: str
    engine_version: str
    instance_class: str
    host: str = ""
    """The endpoint's name; empty as long as there is none."""
    port: int = 0
    master_secret: str = ""
    """The ARN of the master password's secret, where RDS manages it."""
    master_status: str = ""
    """creating, active, rotating, impaired."""
    deletion_protection: bool = False
    public: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Whether it can be used, and a snapshot made of it."""
        return self.status in ("available", "storage-optimization")

    @property
    def answers(self) -> bool:
        """Whether its PostgreSQL can be connected to: it can while RDS backs it up or changes its settings."""
        busy = self.status in ("backing-up", "modifying") or self.status.startswith("configuring-")
        return bool(self.host) and (self.ready or busy)

    def json(self) -> dict[str, Any]:
        """For a program: the endpoint is null as long as there is none."""
        return {
            "instance": self.identifier,
            "status": self.status,
            "engine_version": self.engine_version,
            "instance_class": self.instance_class,
            "endpoint": f"{self.host}:{self.port}" if self.host else None,
        }


@dataclass(frozen=True)
class DbSnapshot:
    """A snapshot of a DB instance. `percent` is how much of it is copied."""

    identifier: str
    instance: str
    status: str
    percent: int = 0
    created: datetime | None = None


def calling(session: Session, *, doing: str, on: str, acting: bool = False) -> AbstractContextManager[None]:
    """`translated`, with the next command for RDS's own codes."""
    return translated(session, doing=doing, on=on, acting=acting, advice=NEXT)


class Rds:
    """The API, as one identity. Everything raises as `calling` does."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @property
    def _client(self) -> Any:
        return self.session.client("rds")

    def instance(self, identifier: str) -> Instance | None:
        """The instance of that name, or None."""
        with calling(self.session, doing="look at the RDS instance", on=identifier):
            try:
                found = self._client.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
            except self._client.exceptions.DBInstanceNotFoundFault:
                return None
        return _instance(found[0]) if found else None

    def create_instance(self, identifier: str, settings: Mapping[str, Any]) -> None:
        """Have an instance made; `settings` are the call's own parameters. One of that name is fine: somebody was faster."""
        with calling(self.session, doing="create the RDS instance", on=identifier, acting=True):
            try:
                self._client.create_db_instance(DBInstanceIdentifier=identifier, **settings)
            except self._client.exceptions.DBInstanceAlreadyExistsFault:
                return

    def unprotect(self, identifier: str) -> None:
        """Turn the instance's deletion protection off."""
        with calling(self.session, doing="turn the deletion protection off", on=identifier, acting=True):
            self._client.modify_db_instance(
                DBInstanceIdentifier=identifier, DeletionProtection=False, ApplyImmediately=True
            )

    def delete_instance(self, identifier: str, final_snapshot: str) -> None:
        """Have the instance deleted after a last snapshot. Gone already is fine."""
        with calling(self.session, doing="delete the RDS instance", on=identifier, acting=True):
            try:
                self._client.delete_db_instance(
                    DBInstanceIdentifier=identifier, FinalDBSnapshotIdentifier=final_snapshot, SkipFinalSnapshot=False
                )
            except self._client.exceptions.DBInstanceNotFoundFault:
                return

    def snapshot(self, identifier: str) -> DbSnapshot | None:
        """The snapshot of that name, or None."""
        with calling(self.session, doing="look at the RDS snapshot", on=identifier):
            try:
                found = self._client.describe_db_snapshots(DBSnapshotIdentifier=identifier)["DBSnapshots"]
            except self._client.exceptions.DBSnapshotNotFoundFault:
                return None
        return _snapshot(found[0]) if found else None

    def create_snapshot(self, instance: str, identifier: str, pairs: Mapping[str, str]) -> None:
        """Have a snapshot made. One of that name is fine: an earlier attempt got through."""
        with calling(self.session, doing="create the RDS snapshot", on=identifier, acting=True):
            try:
                self._client.create_db_snapshot(
                    DBInstanceIdentifier=instance, DBSnapshotIdentifier=identifier, Tags=as_list(pairs)
                )
            except self._client.exceptions.DBSnapshotAlreadyExistsFault:
                return


def _instance(found: dict[str, Any]) -> Instance:
    endpoint, master = found.get("Endpoint") or {}, found.get("MasterUserSecret") or {}
    return Instance(
        identifier=found["DBInstanceIdentifier"],
        status=found.get("DBInstanceStatus", ""),
        engine=found.get("Engine", ""),
        engine_version=found.get("EngineVersion", ""),
        instance_class=found.get("DBInstanceClass", ""),
        host=endpoint.get("Address", ""),
        port=int(endpoint.get("Port", 0)),
        master_secret=master.get("SecretArn", ""),
        master_status=master.get("SecretStatus", ""),
        deletion_protection=bool(found.get("DeletionProtection")),
        public=bool(found.get("PubliclyAccessible")),
        tags=from_list(found.get("TagList")),
    )


def _snapshot(found: dict[str, Any]) -> DbSnapshot:
    return DbSnapshot(
        identifier=found["DBSnapshotIdentifier"],
        instance=found.get("DBInstanceIdentifier", ""),
        status=found.get("Status", ""),
        percent=int(found.get("PercentProgress") or 0),
        created=found.get("SnapshotCreateTime"),
    )


def status(environment: Environment, session: Session) -> Instance | None:
    """The environment's instance, by one call; None where DB_INSTANCE isn't set or names none."""
    return Rds(session).instance(environment.db_instance) if environment.db_instance else None
