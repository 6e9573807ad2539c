"""Secrets Manager where moto differs from it: versions and their staging labels, idempotence, the size limit, managed secrets.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/: PutSecretValue, UpdateSecret, UpdateSecretVersionStage. In moto 5.2.5 a moved
AWSCURRENT is not what GetSecretValue returns, a label can be lost by a refused move, and values of any size are taken.
"""

from __future__ import annotations

import base64
import json
import re
import time
from typing import Any

from moto.secretsmanager.exceptions import (
    InvalidParameterException,
    InvalidRequestException,
    OperationNotPermittedOnReplica,
    ResourceExistsException,
    ResourceNotFoundException,
    SecretNotFoundException,
    ValidationException,
)
from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend, secretsmanager_backends

LARGEST = 65536
"""Bytes of a value (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html)."""

CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"


def install() -> None:
    """Have moto make its stores of this class from now on. Stores that exist stay: call it before the first request."""
    secretsmanager_backends.backend = PlayedSecrets


class PlayedSecrets(SecretsManagerBackend):
    """The secrets of an account in a region."""

    @property
    def _url_module(self) -> Any:
        # moto looks for it beside the module of the class.
        from moto.secretsmanager import urls

        return urls

    def create_secret(
        self, name: str, secret_string: str | None, secret_binary: str | None, *args: Any, **kwargs: Any
    ) -> str:
        _check_size(secret_string, secret_binary)
        if not re.fullmatch(r"[A-Za-z0-9/_+=.@!-]{1,512}", name or ""):
            raise ValidationException(
                "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
            )
        there = self.secrets.get(name)
        if isinstance(there, FakeSecret) and there.is_deleted():
            raise InvalidRequestException(
                "You can't create this secret because a secret with this name is already scheduled for deletion."
            )
        return super().create_secret(name, secret_string, secret_binary, *args, **kwargs)

    def put_secret_value(
        self,
        secret_id: str,
        secret_string: str,
        secret_binary: str,
        client_request_token: str,
        version_stages: list[str],
    ) -> str:
        secret = self._writable(secret_id)
        _check_size(secret_string, secret_binary)
        version = self._put(secret, secret_string, secret_binary, client_request_token, version_stages)
        return secret.to_short_dict(include_version_stages=True, version_id=version)

    def update_secret(
        self,
        secret_id: str,
        secret_string: str | None = None,
        secret_binary: str | None = None,
        client_request_token: str | None = None,
        kms_key_id: str | None = None,
        description: str | None = None,
    ) -> str:
        secret = self._writable(secret_id)
        _check_size(secret_string, secret_binary)
        version = None
        if secret_string is not None or secret_binary is not None:
            version = self._put(secret, secret_string, secret_binary, client_request_token, [CURRENT])
        secret.description = description if description is not None else secret.description
        secret.kms_key_id = kms_key_id or secret.kms_key_id
        secret.last_changed_date = int(time.time())
        return secret.to_short_dict(version_id=version, include_version_id=version is not None)

    def update_secret_version_stage(
        self, secret_id: str, version_stage: str, remove_from_version_id: str, move_to_version_id: str
    ) -> tuple[str, str]:
        """A compare-and-swap: RemoveFromVersionId must be the version that has the label now, or nothing happens."""
        secret = self._writable(secret_id)
        for version in (remove_from_version_id, move_to_version_id):
            if version and version not in secret.versions:
                raise ResourceNotFoundException(f"Secrets Manager can't find the specified secret version: {version}.")
        holder = _holder(secret, version_stage)
        if remove_from_version_id and remove_from_version_id != holder:
            raise InvalidParameterException(
                f"The staging label {version_stage} is not attached to version {remove_from_version_id}"
                + (f"; it is currently attached to version {holder}." if holder else ".")
            )
        if move_to_version_id and holder not in (None, move_to_version_id) and not remove_from_version_id:
            raise InvalidParameterException(
                f"The parameter RemoveFromVersionId can't be empty. Staging label {version_stage} is currently attached to version "
                f"{holder}, so you must explicitly reference that version in RemoveFromVersionId."
            )
        if not move_to_version_id:
            if not remove_from_version_id:
                raise InvalidParameterException("You must specify RemoveFromVersionId, MoveToVersionId, or both.")
            if version_stage == CURRENT:
                raise InvalidParameterException(
                    "You can't remove the staging label AWSCURRENT without moving it to another version."
                )
            _stages(secret, remove_from_version_id).remove(version_stage)
        else:
            _attach(secret, version_stage, move_to_version_id)
        secret.last_changed_date = int(time.time())
        return secret.arn, secret.name

    def delete_secret(
        self, secret_id: str, recovery_window_in_days: int | None, force_delete_without_recovery: bool
    ) -> tuple[str, str, float]:
        if secret_id in self.secrets and self.secrets[secret_id].owning_service:
            raise _managed(self.secrets[secret_id].owning_service)
        return super().delete_secret(secret_id, recovery_window_in_days, force_delete_without_recovery)

    def list_secret_version_ids(self, secret_id: str) -> str:
        if secret_id not in self.secrets:
            raise SecretNotFoundException
        answer = json.loads(super().list_secret_version_ids(secret_id))
        answer["ARN"] = self.secrets[secret_id].arn
        for version in answer["Versions"]:
            version["CreatedDate"] = self.secrets[secret_id].versions[version["VersionId"]]["createdate"]
        return json.dumps({name: value for name, value in answer.items() if value != ""})

    def set_managed(self, secret_id: str, value: str) -> None:
        """Put a value into a secret that a service manages, as that service."""
        secret = self.secrets[secret_id]
        assert isinstance(secret, FakeSecret)
        self._put(secret, value, None, None, [CURRENT])

    def remove_managed(self, secret_id: str) -> None:
        """Remove a secret that a service manages, as that service."""
        self.secrets.pop(secret_id)

    def _writable(self, secret_id: str) -> FakeSecret:
        if secret_id not in self.secrets:
            raise SecretNotFoundException
        secret = self.secrets[secret_id]
        if not isinstance(secret, FakeSecret):
            raise OperationNotPermittedOnReplica
        if secret.owning_service:
            raise _managed(secret.owning_service)
        if secret.is_deleted():
            raise InvalidRequestException(
                "You can't perform this operation on the secret because it was marked for deletion."
            )
        return secret

    def _put(
        self, secret: FakeSecret, string: str | None, binary: str | None, token: str | None, stages: list[str]
    ) -> str:
        version = self._from_client_request_token(token)
        value = {
            name: given for name, given in (("secret_string", string), ("secret_binary", binary)) if given is not None
        }
        there = secret.versions.get(version)
        if there is not None and {"secret_string", "secret_binary"} & there.keys():
            # The same request once more is no second one; another value under the same token never replaces the first.
            if {name: there[name] for name in ("secret_string", "secret_binary") if name in there} == value:
                return version
            raise ResourceExistsException(
                f"You can't use ClientRequestToken {version} because that value is already in use for a version of secret {secret.arn}."
            )
        if there is None:
            secret.versions[version] = {
                "createdate": round(time.time(), 3),
                "version_id": version,
                "version_stages": [],
            }
        secret.versions[version].update(value)
        first = _holder(secret, CURRENT) is None
        for stage in dict.fromkeys([*stages, *([CURRENT] if first else [])]):
            _attach(secret, stage, version)
        secret.last_changed_date = int(time.time())
        return version


def _managed(service: str | None) -> InvalidRequestException:
    return InvalidRequestException(f"You can't perform this operation on a secret that is managed by {service}.")


def _check_size(string: str | None, binary: str | None) -> None:
    sizes = {
        "secretString": len(string.encode()) if string else 0,
        "secretBinary": len(base64.b64decode(binary)) if binary else 0,
    }
    for name, size in sizes.items():
        if size > LARGEST:
            raise ValidationException(
                f"1 validation error detected: Value at '{name}' failed to satisfy constraint: "
                f"Member must have length less than or equal to {LARGEST}"
            )


def _stages(secret: FakeSecret, version: str) -> list[str]:
    stages: list[str] = secret.versions[version]["version_stages"]
    return stages


def _holder(secret: FakeSecret, stage: str) -> str | None:
    return next((version for version in secret.versions if stage in _stages(secret, version)), None)


def _attach(secret: FakeSecret, stage: str, version: str) -> None:
    holder = _holder(secret, stage)
    if holder == version:
        return
    if holder is not None:
        _stages(secret, holder).remove(stage)
    _stages(secret, version).append(stage)
    if stage == CURRENT:
        secret.set_default_version_id(version)
        # AWSPREVIOUS follows to where AWSCURRENT was taken from, and is never beside it.
        if PREVIOUS in _stages(secret, version):
            _stages(secret, version).remove(PREVIOUS)
        if holder is not None:
            _attach(secret, PREVIOUS, holder)
