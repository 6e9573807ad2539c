"""RDS whose PostgreSQL instances really answer: moto keeps the records, `Databases` runs the servers, in background threads as in AWS."""

from __future__ import annotations

import json
import logging
import secrets as random
import string
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from threading import RLock
from typing import Any, cast

from moto.rds.exceptions import (
    DBInstanceNotFoundError,
    InvalidParameterCombination,
    InvalidParameterValue,
    RDSClientError,
)
from moto.rds.models import DBInstance, DBSnapshot, RDSBackend, rds_backends

from longshore.process.redaction import know, redact
from longshore.sandbox.cloud import master_passwords
from longshore.sandbox.cloud.databases import Databases, Endpoint
from longshore.sandbox.cloud.instances import PlayedInstance
from longshore.sandbox.cloud.secrets import PlayedSecrets

log = logging.getLogger(__name__)

_played: dict[str, tuple[Databases, RLock, ThreadPoolExecutor]] = {}


def install(account_id: str, databases: Databases, lock: RLock) -> None:
    """Have moto make this account's instances real. `lock` is held around every request to moto, and so by what ends in the background."""
    _played[account_id] = (databases, lock, ThreadPoolExecutor(max_workers=4, thread_name_prefix="rds"))
    rds_backends.backend = PlayedRds


class PlayedRds(RDSBackend):
    """The instances and snapshots of an account in a region."""

    _restoring: tuple[str, bool] | None = None

    @property
    def _url_module(self) -> Any:
        # moto looks for it beside the module of the class.
        from moto.rds import urls

        return urls

    def _version(self, asked: str) -> str:
        """The one version that there is, where it is what was asked for: all of it, or a beginning such as the major one."""
        there = self._databases.version
        if asked and there != asked and not there.startswith(asked + "."):
            raise InvalidParameterCombination(f"Cannot find version {asked} for postgres")
        return there

    def create_db_instance(self, db_kwargs: dict[str, Any]) -> DBInstance:
        if db_kwargs.get("engine") != "postgres":
            raise InvalidParameterValue("The sandbox plays instances of engine postgres only.")
        restored, managed = self._restoring or ("", bool(db_kwargs.get("manage_master_user_password")))
        given = "" if restored else str(db_kwargs.get("master_user_password") or "")
        if not restored:
            master_passwords.check(given, managed, str(db_kwargs.get("master_username") or ""))
        db_kwargs["manage_master_user_password"] = managed
        db_kwargs["engine_version"] = self._version(str(db_kwargs.get("engine_version") or ""))
        made = super().create_db_instance(db_kwargs)
        # moto makes an automated snapshot with nothing in it: none is better than one that can't be restored.
        for snapshot in self.describe_db_snapshots(made.db_instance_identifier, snapshot_type="automated"):
            self.delete_db_snapshot(snapshot.db_snapshot_identifier)
        made.__class__ = cast(Any, PlayedInstance)
        instance = cast(PlayedInstance, made)
        name = instance.db_instance_identifier
        instance.server, instance.answers, instance.status = name, None, "creating"
        instance.dbi_resource_id = "db-" + "".join(
            random.choice(string.ascii_uppercase + string.digits) for _ in range(26)
        )
        instance.password = given
        know(given)
        if managed:
            instance.password = self._keep_password(instance)
        databases, user, password = self._databases, str(instance.master_username), instance.password
        database = str(instance.db_name or "postgres")

        def create() -> Endpoint:
            if not restored:
                return databases.create(name, user, password, database)
            endpoint = databases.restore(restored, name)
            if managed:
                databases.set_password(name, user, password)
            return endpoint

        self._background(create, lambda endpoint: _answer(instance, endpoint), lambda: _status(instance, "failed"))
        return instance

    def restore_db_instance_from_db_snapshot(self, from_snapshot_id: str, overrides: dict[str, Any]) -> DBInstance:
        name = from_snapshot_id.rpartition(":")[2] if from_snapshot_id.startswith("arn:") else from_snapshot_id
        snapshot = self.describe_db_snapshots(None, name)[0]
        if snapshot.status != "available":
            raise RDSClientError("InvalidDBSnapshotState", f"Snapshot {name} is not in the available state.")
        # moto comes back to create_db_instance with the properties of the snapshot's instance.
        self._restoring = (snapshot.db_snapshot_identifier, bool(overrides.get("manage_master_user_password")))
        try:
            return super().restore_db_instance_from_db_snapshot(from_snapshot_id, overrides)
        finally:
            self._restoring = None

    def create_db_snapshot(
        self,
        db_instance_identifier: str,
        db_snapshot_identifier: str,
        snapshot_type: str = "manual",
        tags: list[dict[str, str]] | None = None,
        original_created_at: datetime | None = None,
        kms_key_id: str | None = None,
    ) -> DBSnapshot:
        instance = self.databases.get(db_instance_identifier)
        real = isinstance(instance, PlayedInstance) and snapshot_type == "manual"
        if real and instance is not None and instance.status != "available":
            raise RDSClientError(
                "InvalidDBInstanceState",
                f"Cannot create a snapshot because the database instance {db_instance_identifier} is not currently in the available state.",
            )
        snapshot = super().create_db_snapshot(
            db_instance_identifier, db_snapshot_identifier, snapshot_type, tags, original_created_at, kms_key_id
        )
        if real:
            assert isinstance(instance, PlayedInstance)
            _status(instance, "backing-up")
            self._snapshot(instance, snapshot, lambda: _status(instance, "available"))
        return snapshot

    def _snapshot(
        self,
        instance: PlayedInstance,
        snapshot: DBSnapshot,
        then: Callable[[], None],
        failed: Callable[[], None] | None = None,
    ) -> None:
        _status(snapshot, "creating")
        databases, server, name = self._databases, instance.server, snapshot.db_snapshot_identifier

        def done(_: object) -> None:
            _status(snapshot, "available")
            then()

        def fail() -> None:
            _status(snapshot, "failed")
            (failed or then)()

        self._background(lambda: databases.snapshot(server, name), done, fail)

    def delete_db_instance(
        self,
        db_instance_identifier: str,
        final_db_snapshot_identifier: str | None = None,
        skip_final_snapshot: bool | None = False,
        delete_automated_backups: bool | None = True,
    ) -> DBInstance:
        instance = self.databases.get(db_instance_identifier)
        if not isinstance(instance, PlayedInstance):
            raise DBInstanceNotFoundError(db_instance_identifier)
        if instance.status == "deleting":
            raise RDSClientError(
                "InvalidDBInstanceState", f"Instance {db_instance_identifier} is already being deleted."
            )
        if instance.status not in ("available", "failed"):
            # One thing at a time is done to a server.
            raise RDSClientError(
                "InvalidDBInstanceState", f"Instance {db_instance_identifier} is not currently in the available state."
            )
        if bool(skip_final_snapshot) == bool(final_db_snapshot_identifier):
            raise InvalidParameterCombination(
                "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
                if not skip_final_snapshot
                else "FinalDBSnapshotIdentifier can not be specified when deleting with SkipFinalSnapshot."
            )
        if instance.deletion_protection:
            raise InvalidParameterCombination(
                "Cannot delete protected DB Instance, please disable deletion protection and try again."
            )
        databases = self._databases

        def gone(_: object) -> None:
            if instance.manage_master_user_password:
                self._secrets.remove_managed(instance.master_user_secret.secret_arn)
            self.databases.pop(instance.db_instance_identifier)

        def delete() -> None:
            self._background(lambda: databases.delete(instance.server), gone, lambda: _status(instance, "failed"))

        if not final_db_snapshot_identifier:
            instance.status = "deleting"
            delete()
        else:
            if instance.status != "available":
                raise RDSClientError(
                    "InvalidDBInstanceState",
                    f"Cannot take a final snapshot: {db_instance_identifier} is {instance.status}.",
                )
            snapshot = super().create_db_snapshot(db_instance_identifier, final_db_snapshot_identifier)
            instance.status = "deleting"
            # Without the snapshot that was asked for, nothing is deleted.
            self._snapshot(instance, snapshot, delete, lambda: _status(instance, "available"))
        return instance

    def modify_db_instance(self, db_instance_identifier: str, db_kwargs: dict[str, Any]) -> DBInstance:
        there = self.databases.get(db_instance_identifier)
        given = str(db_kwargs.get("master_user_password") or "")
        manage = db_kwargs.get("manage_master_user_password")
        rotate = db_kwargs.get("rotate_master_user_password") is True
        if isinstance(there, PlayedInstance):
            if there.status != "available":
                raise RDSClientError(
                    "InvalidDBInstanceState", f"Database instance is not in available state: {there.status}."
                )
            if given and (manage or (there.manage_master_user_password and manage is not False)):
                raise InvalidParameterCombination(
                    "You can't specify MasterUserPassword while RDS manages the password."
                )
            if manage is False and there.manage_master_user_password and not given:
                raise InvalidParameterCombination(
                    "You must specify MasterUserPassword when RDS stops to manage the password."
                )
            if there.manage_master_user_password and manage is True:
                db_kwargs.pop("manage_master_user_password")
                manage = None
            if manage is False and there.manage_master_user_password:
                self._secrets.remove_managed(there.master_user_secret.secret_arn)
                del there.master_user_secret
                there.manage_master_user_password = False
            db_kwargs.pop("rotate_master_user_password", None)
        instance = super().modify_db_instance(db_instance_identifier, db_kwargs)
        if isinstance(instance, PlayedInstance) and (given or manage is True or rotate):
            self._reset_password(instance, given, managed=manage is True or rotate)
        return instance

    def _reset_password(self, instance: PlayedInstance, given: str, *, managed: bool) -> None:
        password = master_passwords.invent() if managed else given
        know(password)
        databases = self._databases
        instance.status = "resetting-master-credentials"

        def done(_: object) -> None:
            instance.password = password
            if managed:
                self._keep_password(instance, password)
            instance.status = "available"

        self._background(
            lambda: databases.set_password(instance.server, str(instance.master_username), password),
            done,
            lambda: _status(instance, "failed"),
        )

    def stop_db_instance(self, db_instance_identifier: str, db_snapshot_identifier: str | None = None) -> DBInstance:
        raise InvalidParameterValue("The sandbox does not stop DB instances.")

    @property
    def _databases(self) -> Databases:
        return _played[self.account_id][0]

    @property
    def _secrets(self) -> PlayedSecrets:
        backend = self.secretsmanager
        assert isinstance(backend, PlayedSecrets)
        return backend

    def _keep_password(self, instance: DBInstance, password: str = "") -> str:
        # The managed secret holds what the server has: the user and the password, nothing else, as in RDS.
        password = password or master_passwords.invent()
        value = json.dumps({"username": instance.master_username, "password": password})
        self._secrets.set_managed(instance.master_user_secret.secret_arn, value)
        return password

    def _background(self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[], None]) -> None:
        _, lock, pool = _played[self.account_id]

        def end(future: Future[Any]) -> None:
            error = future.exception()
            with lock:
                if error is None:
                    done(future.result())
                else:
                    log.error("%s", redact(f"{type(error).__name__}: {error}"))
                    failed()

        pool.submit(work).add_done_callback(end)


def _answer(instance: PlayedInstance, endpoint: Endpoint) -> None:
    instance.answers, instance.port, instance.status = endpoint, endpoint.port, "available"


def _status(thing: DBInstance | DBSnapshot, status: str) -> None:
    thing.status = status
