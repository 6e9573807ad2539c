"""The step of db.provision that makes the RDS instance and waits for it."""

from __future__ import annotations

from typing import Any

from longshore.aws import waiting
from longshore.aws.tags import as_list, is_ours, tags
from longshore.database.rds import states as rds_states
from longshore.database.rds.api import ENGINE, Instance, Rds
from longshore.database.rds.network import PORT, RdsNetwork
from longshore.database.rds.provision_network import SecurityGroupStep
from longshore.errors import Failed, Refused
from longshore.steps.step import Context, Done, Status, Step, ToDo

MASTER = "postgres"
BACKUP_DAYS = 7
MINUTES = 60


class InstanceStep(Step):
    """An instance that is encrypted, not public, backed up, and whose master password RDS makes, keeps and rotates."""

    name = "instance"

    def __init__(
        self,
        network: RdsNetwork,
        rds: Rds,
        group: SecurityGroupStep,
        *,
        instance_class: str,
        storage: int,
        version: str,
    ) -> None:
        self._environment = network.environment
        self.title = f"RDS instance {self._environment.db_instance}"
        self._network = network
        self._rds = rds
        self._group = group
        self._class = instance_class
        self._storage = storage
        self._version = version

    def check(self, run: Context) -> Status:
        """Raises Refused for one of another engine, Failed for one that can't be used."""
        found = self._rds.instance(self._environment.db_instance)
        if found is None:
            return ToDo(*self._changes())
        self._refuse_unusable(found)
        if _over(found):
            foreign = "" if is_ours(found.tags, self._environment) else ", not made by longshore: used as it is"
            return Done(f"{found.status}, PostgreSQL {found.engine_version} on {found.host}:{found.port}{foreign}")
        return ToDo(f"wait for it: it is {found.status}")

    def apply(self, run: Context) -> None:
        """Raises Failed when RDS can't, or hasn't after an hour."""
        name = self._environment.db_instance
        if self._rds.instance(name) is None:
            self._rds.create_instance(name, self._settings())
        waiting.wait(run, name, MINUTES, self._look)

    def _changes(self) -> tuple[str, ...]:
        version = f"PostgreSQL {self._version}" if self._version else "PostgreSQL of RDS's own choice"
        protection = ", deletion protection" if self._environment.protected else ""
        return (
            f"make it: {version}, {self._class}, {self._storage} GB, encrypted, not public, backups of {BACKUP_DAYS} days{protection}",
            f"it is billed by the hour from then on, until: inv db.deprovision --env {self._environment.name}",
        )

    def _settings(self) -> dict[str, Any]:
        version = {"EngineVersion": self._version} if self._version else {}
        return version | {
            "Engine": ENGINE,
            "DBInstanceClass": self._class,
            "AllocatedStorage": self._storage,
            "StorageType": "gp3",
            "StorageEncrypted": True,
            "MasterUsername": MASTER,
            "ManageMasterUserPassword": True,
            "Port": PORT,
            "PubliclyAccessible": False,
            "DBSubnetGroupName": self._network.name,
            "VpcSecurityGroupIds": self._group.ids(),
            "BackupRetentionPeriod": BACKUP_DAYS,
            "CopyTagsToSnapshot": True,
            "AutoMinorVersionUpgrade": True,
            "DeletionProtection": self._environment.protected,
            "Tags": as_list(tags(self._environment)),
        }

    def _look(self) -> waiting.Look:
        found = self._rds.instance(self._environment.db_instance)
        if found is None:
            return waiting.Look(False, "requested")
        self._refuse_unusable(found)
        return waiting.Look(_over(found), found.status)

    def _refuse_unusable(self, found: Instance) -> None:
        if found.engine != ENGINE:
            raise Refused(
                f"the RDS instance is no PostgreSQL but {found.engine}, nothing was touched",
                on=found.identifier,
                do=f"set another DB_INSTANCE in env/{self._environment.name}.env",
            )
        if failure := rds_states.fault(found):
            raise failure
        if found.master_status == "impaired":
            raise Failed(
                "RDS can't rotate the master password",
                on=found.identifier,
                why="the KMS key of its secret is disabled, or the secret was changed by hand",
                do=f"aws secretsmanager describe-secret --secret-id {found.master_secret}",
            )


def _over(found: Instance) -> bool:
    return found.answers and found.master_status != "creating"
