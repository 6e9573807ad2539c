"""IAM's policies where moto differs: quotas, what refuses to be deleted, and those of AWS's own.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html. moto 5.2.5 knows none of AWS's own policies unless it loads all 1,500 of
them at its start.
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
    NotFoundException,
)
from moto.iam.models import AWSManagedPolicy, Group, IAMBackend, ManagedPolicy, Role, User
from moto.iam.utils import generate_access_key_id_from_account_id

# Characters of policies, white space not counted: a managed one, and all inline ones of an identity together.
MANAGED = 6144
INLINE = {"User": 2048, "Group": 5120, "Role": 10240}
ATTACHED = 10
"""Managed policies of one user, group or role."""


class PlayedPolicies(IAMBackend):
    """The policies of an account."""

    def put_user_policy(self, user_name: str, policy_name: str, policy_json: str) -> None:
        _check_inline("User", self.get_user(user_name), user_name, policy_name, policy_json)
        super().put_user_policy(user_name, policy_name, policy_json)

    def put_group_policy(self, group_name: str, policy_name: str, policy_json: str) -> None:
        _check_inline("Group", self.get_group(group_name), group_name, policy_name, policy_json)
        super().put_group_policy(group_name, policy_name, policy_json)

    def put_role_policy(self, role_name: str, policy_name: str, policy_json: str) -> None:
        _check_inline("Role", self.get_role(role_name), role_name, policy_name, policy_json)
        super().put_role_policy(role_name, policy_name, policy_json)

    def attach_user_policy(self, policy_arn: str, user_name: str) -> None:
        if self._attachable("User", policy_arn, self.get_user(user_name)):
            super().attach_user_policy(policy_arn, user_name)

    def attach_group_policy(self, policy_arn: str, group_name: str) -> None:
        if self._attachable("Group", policy_arn, self.get_group(group_name)):
            super().attach_group_policy(policy_arn, group_name)

    def attach_role_policy(self, policy_arn: str, role_name: str) -> None:
        if self._attachable("Role", policy_arn, self.get_role(role_name)):
            super().attach_role_policy(policy_arn, role_name)

    def _attachable(self, kind: str, arn: str, to: User | Group | Role) -> bool:
        # False: it is attached already, which is fine, and moto would count it twice.
        self.need(arn)
        if arn in to.managed_policies:
            return False
        if len(to.managed_policies) >= ATTACHED:
            raise LimitExceededException(f"Cannot exceed quota for PoliciesPer{kind}: {ATTACHED}")
        return True

    def create_policy(
        self, description: str, path: str, policy_document: str, policy_name: str, tags: list[dict[str, str]]
    ) -> ManagedPolicy:
        if taken(policy_name, [policy.name for policy in self.managed_policies.values() if _own(policy)]):
            raise EntityAlreadyExists(f"A policy called {policy_name} already exists. Duplicate names are not allowed.")
        _check_size("PolicySize", policy_document, MANAGED)
        policy = super().create_policy(description, path, policy_document, policy_name, tags)
        policy.id = self.new_id("ANPA")
        return policy

    def get_policy(self, policy_arn: str) -> ManagedPolicy:
        return self.need(policy_arn, "Policy {arn} was not found.")

    def list_policies(
        self, marker: str | None, max_items: int, only_attached: bool, path_prefix: str, scope: str
    ) -> tuple[Iterable[ManagedPolicy], str | None]:
        if scope != "Local" and not only_attached:
            for name in _of_aws():
                self._load(name)
        return super().list_policies(marker, max_items, only_attached, path_prefix, scope)

    def create_policy_version(self, policy_arn: str, policy_document: str, set_as_default: bool) -> Any:
        _check_size("PolicySize", policy_document, MANAGED)
        return super().create_policy_version(policy_arn, policy_document, set_as_default)

    def set_default_policy_version(self, policy_arn: str, version_id: str) -> bool:
        # moto takes the default away from a version that is made what it is already.
        if self.get_policy(policy_arn).default_version_id == version_id:
            return True
        return super().set_default_policy_version(policy_arn, version_id)

    def delete_policy(self, policy_arn: str) -> None:
        policy = self.get_policy(policy_arn)
        everyone: list[Any] = [*self.users.values(), *self.groups.values(), *self.roles.values()]
        if any(policy_arn in one.managed_policies for one in everyone):
            raise DeleteConflictException("Cannot delete a policy attached to entities.")
        if len(policy.versions) > 1:
            raise DeleteConflictException(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
                "The default version is deleted with the policy."
            )
        super().delete_policy(policy_arn)

    def need(self, arn: str, missing: str = "Policy {arn} does not exist or is not attachable.") -> ManagedPolicy:
        """The managed policy of this ARN; one of AWS's own is loaded when it is first asked for."""
        head = f"arn:{self.partition}:iam::aws:policy/"
        if arn not in self.managed_policies and arn.startswith(head):
            self._load(arn.rpartition("/")[2])
        if arn not in self.managed_policies:
            raise NotFoundException(missing.format(arn=arn))
        return self.managed_policies[arn]

    def _load(self, name: str) -> None:
        data = _of_aws().get(name)
        if data is None:
            return
        policy = AWSManagedPolicy.from_data(name, self.account_id, self.region_name, data)
        if policy.arn not in self.managed_policies:
            self.managed_policies[policy.arn] = policy
            self.aws_managed_policies.append(policy)

    def new_id(self, prefix: str) -> str:
        """An id such as IAM's: AIDA... of users, AGPA... of groups, ANPA... of policies."""
        return str(generate_access_key_id_from_account_id(self.account_id, prefix=prefix, total_length=21))


def taken(name: str, names: Iterable[str]) -> bool:
    """Whether a name is one of these: those that differ only by case are one to IAM."""
    return name.casefold() in {other.casefold() for other in names}


def _own(policy: ManagedPolicy) -> bool:
    return not isinstance(policy, AWSManagedPolicy)


def _check_size(quota: str, document: str, largest: int, others: Iterable[str] = ()) -> None:
    size = sum(len(re.sub(r"\s", "", text)) for text in [document, *others])
    if size > largest:
        raise LimitExceededException(f"Cannot exceed quota for {quota}: {largest}")


def _check_inline(kind: str, owner: User | Group | Role, owner_name: str, name: str, document: str) -> None:
    others = [text for other, text in owner.policies.items() if other != name]
    size = sum(len(re.sub(r"\s", "", text)) for text in [document, *others])
    if size > INLINE[kind]:
        raise LimitExceededException(
            f"Maximum policy size of {INLINE[kind]} bytes exceeded for {kind.lower()} {owner_name}"
        )


_data: dict[str, Any] = {}


def _of_aws() -> dict[str, Any]:
    if not _data:
        from moto.iam.aws_managed_policies import aws_managed_policies_data

        _data.update(json.loads(aws_managed_policies_data))
    return _data
