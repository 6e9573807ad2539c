"""IAM's users, groups, roles and providers where moto differs: what refuses to be deleted, ids, names, permissions boundaries of users.

https://docs.aws.amazon.com/IAM/latest/APIReference/. moto 5.2.5 deletes users that still have keys, and gives users ids of no form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from moto.iam.exceptions import (
    DeleteConflictException,
    EntityAlreadyExists,
    LimitExceededException,
    MalformedPolicyDocument,
    NotFoundException,
)
from moto.iam.models import AccessKeyLastUsed, Group, OpenIDConnectProvider, Role, User, iam_backends
from moto.iam.policy_validation import IAMTrustPolicyDocumentValidator

from longshore.sandbox.cloud.iam_policies import PlayedPolicies, taken

GROUPS = 10
"""Groups of one user."""


def install() -> None:
    """Have moto make its stores of this class from now on. Stores that exist stay: call it before the first request and before the seed."""
    iam_backends.backend = PlayedIam


class PlayedIam(PlayedPolicies):
    """The identities of an account."""

    boundary: str = ""
    """The permissions boundary of the user that is created next: moto doesn't hand it on."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.uses: dict[str, AccessKeyLastUsed] = {}
        """Of access keys, by id: moto hears of the calls only that it answers itself, and knows no services without regions."""

    @property
    def _url_module(self) -> Any:
        # moto looks for it beside the module of the class.
        from moto.iam import urls

        return urls

    def get_access_key_last_used(self, access_key_id: str) -> dict[str, Any]:
        return {**super().get_access_key_last_used(access_key_id), "last_used": self.uses.get(access_key_id)}

    def create_user(
        self, region_name: str, user_name: str, path: str = "/", tags: list[dict[str, str]] | None = None
    ) -> User:
        if taken(user_name, self.users):
            raise EntityAlreadyExists(f"User with name {user_name} already exists.")
        boundary, self.boundary = self.boundary, ""
        if boundary:
            self.need(boundary)
        user = super().create_user(region_name, user_name, path, tags)
        user.id = self.new_id("AIDA")
        if boundary:
            bound(user, boundary)
        return user

    def update_user(self, user_name: str, new_path: str | None = None, new_user_name: str | None = None) -> None:
        user = self.get_user(user_name)
        if new_user_name and new_user_name != user_name and taken(new_user_name, set(self.users) - {user_name}):
            raise EntityAlreadyExists(f"User with name {new_user_name} already exists.")
        tags = self.tagger.list_tags_for_resource(user.arn)["Tags"]
        self.tagger.delete_all_tags_for_resource(user.arn)
        super().update_user(user_name, new_path, new_user_name)
        self.tagger.tag_resource(user.arn, tags)
        for key in user.access_keys:
            key.user_name = user.name

    def delete_user(self, user_name: str) -> None:
        user = self.get_user(user_name)
        there = {
            "remove users from group": [group for group in self.groups.values() if user in group.users],
            "delete login profile": user.password,
            "delete access keys": user.access_keys,
            "delete MFA device": user.mfa_devices,
            "delete signing certificates": user.signing_certificates,
            "delete SSH public keys": user.ssh_public_keys,
            "delete service specific credentials": credentials(user),
        }
        for what, things in there.items():
            if things:
                raise DeleteConflictException(f"Cannot delete entity, must {what} first.")
        super().delete_user(user_name)

    def create_group(self, group_name: str, path: str = "/") -> Group:
        if taken(group_name, self.groups):
            raise EntityAlreadyExists(f"Group with name {group_name} already exists.")
        group = super().create_group(group_name, path or "/")
        group.id = self.new_id("AGPA")
        return group

    def get_group(self, group_name: str) -> Group:
        if group_name not in self.groups:
            raise NotFoundException(f"The group with name {group_name} cannot be found.")
        return super().get_group(group_name)

    def delete_group(self, group_name: str) -> None:
        group = self.get_group(group_name)
        there = {
            "remove users from group": group.users,
            "detach all policies": group.managed_policies,
            "delete policies": group.policies,
        }
        for what, things in there.items():
            if things:
                raise DeleteConflictException(f"Cannot delete entity, must {what} first.")
        super().delete_group(group_name)

    def add_user_to_group(self, group_name: str, user_name: str) -> None:
        user = self.get_user(user_name)
        others = [group for name, group in self.groups.items() if user in group.users and name != group_name]
        if len(others) >= GROUPS:
            raise LimitExceededException(f"Cannot exceed quota for GroupsPerUser: {GROUPS}")
        super().add_user_to_group(group_name, user_name)

    def create_role(
        self, role_name: str, assume_role_policy_document: str, path: str, permissions_boundary: str | None, *args: Any, **kwargs: Any
    ) -> Role:  # fmt: skip
        self._check_trust(assume_role_policy_document)
        if taken(role_name, [role.name for role in self.roles.values()]):
            raise EntityAlreadyExists(f"Role with name {role_name} already exists.")
        if permissions_boundary:
            self.need(permissions_boundary)
        return super().create_role(role_name, assume_role_policy_document, path, permissions_boundary, *args, **kwargs)

    def get_role(self, role_name: str) -> Role:
        for role in self.roles.values():
            if role.name == role_name:
                return role
        raise NotFoundException(f"The role with name {role_name} cannot be found.")

    def update_assume_role_policy(self, role_name: str, policy_document: str) -> None:
        self._check_trust(policy_document)
        super().update_assume_role_policy(role_name, policy_document)

    def put_role_permissions_boundary(self, role_name: str, permissions_boundary: str) -> None:
        self.need(permissions_boundary)
        super().put_role_permissions_boundary(role_name, permissions_boundary)

    def delete_virtual_mfa_device(self, serial_number: str) -> None:
        device = self.virtual_mfa_devices.get(serial_number)
        if device is not None and device.enable_date is not None:
            raise DeleteConflictException("MFA VirtualDevice in use. Must deactivate first.")
        super().delete_virtual_mfa_device(serial_number)

    def create_open_id_connect_provider(
        self, url: str, thumbprint_list: list[str], client_id_list: list[str], tags: list[dict[str, str]]
    ) -> OpenIDConnectProvider:
        try:
            return super().create_open_id_connect_provider(url, thumbprint_list, client_id_list, tags)
        except EntityAlreadyExists:
            raise EntityAlreadyExists(f"Provider with url {url} already exists.") from None

    def delete_open_id_connect_provider(self, arn: str) -> None:
        self.get_open_id_connect_provider(arn)
        super().delete_open_id_connect_provider(arn)

    def _check_trust(self, document: str) -> None:
        IAMTrustPolicyDocumentValidator(document).validate()
        statements = json.loads(document).get("Statement", [])
        for statement in statements if isinstance(statements, list) else [statements]:
            principal = statement.get("Principal", {})
            named = principal.get("AWS", []) if isinstance(principal, dict) else []
            for arn in named if isinstance(named, list) else [named]:
                if not self._is_there(str(arn)):
                    raise MalformedPolicyDocument(f'Invalid principal in policy: "AWS":"{arn}"')

    def _is_there(self, arn: str) -> bool:
        match = re.fullmatch(rf"arn:[^:]+:iam::{self.account_id}:(user|role)/.+", arn)
        if match is None:
            return True  # an account, another account's, a session: not looked up
        named: Iterable[Any] = self.users.values() if match[1] == "user" else self.roles.values()
        return any(one.arn == arn for one in named)


def bound(user: User, arn: str) -> None:
    """Give a user a permissions boundary; none where the ARN is empty."""
    # moto's class has no such attribute; its answers show what an object has.
    if arn:
        shown = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
        user.__dict__["permissions_boundary"] = shown
    else:
        user.__dict__.pop("permissions_boundary", None)


def boundary(user: User) -> str:
    """The ARN of a user's permissions boundary; empty where there is none."""
    there = user.__dict__.get("permissions_boundary")
    return str(there["PermissionsBoundaryArn"]) if there else ""


def credentials(user: User) -> dict[str, dict[str, Any]]:
    """The service-specific credentials of a user by id."""
    found: dict[str, dict[str, Any]] = user.__dict__.setdefault("service_credentials", {})
    return found
