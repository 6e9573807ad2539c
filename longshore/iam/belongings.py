"""What a user has that IAM wants gone before the user: each kind is listed, and removed piece by piece.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_remove.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from longshore.aws.errors import short_key
from longshore.iam.api import Iam
from longshore.iam.calls import ABSENT
from longshore.iam.settling import settle
from longshore.steps.step import Context, Done, Status, Step, ToDo

VIRTUAL = ":mfa/"
"""In the serial number of a virtual MFA device, which is deleted, too: nobody else can use it."""


@dataclass(frozen=True)
class Kind:
    """`find` gives what there is of it, by ids that `remove` takes; `shown` is an id as it may be shown."""

    name: str
    title: str
    verb: str
    find: Callable[[Iam, str], Sequence[str]]
    remove: Callable[[Iam, str, str], None]
    shown: Callable[[str], str] = str


class Removal(Step):
    """Nothing of this kind is left."""

    def __init__(self, iam: Iam, user: str, kind: Kind) -> None:
        self.name = kind.name
        self.title = f"{kind.title} of {user}"
        self._iam = iam
        self._user = user
        self._kind = kind

    def check(self, run: Context) -> Status:
        found = self._kind.find(self._iam, self._user)
        return ToDo(*(f"{self._kind.verb} {self._kind.shown(one)}" for one in found)) if found else Done("none")

    def apply(self, run: Context) -> None:
        for one in self._kind.find(self._iam, self._user):
            self._kind.remove(self._iam, self._user, one)
        settle(run, self.title, lambda: not self._kind.find(self._iam, self._user))


def _listed(operation: str, key: str, id: str) -> Callable[[Iam, str], list[str]]:
    def find(iam: Iam, user: str) -> list[str]:
        with iam.calling(f"look at what {user} has", operation.removeprefix("list_").replace("_", " "), fine=ABSENT):
            found = iam.pages(operation, key, UserName=user)
            return [str(one[id] if id else one) for one in found]
        return []

    return find


def _removed(operation: str, parameter: str) -> Callable[[Iam, str, str], None]:
    def remove(iam: Iam, user: str, one: str) -> None:
        _call(iam, user, operation, **{parameter: one})

    return remove


def _call(iam: Iam, user: str, operation: str, **parameters: Any) -> None:
    with iam.calling(f"{operation.replace('_', ' ')} of {user}", user, acting=True, fine=ABSENT):
        getattr(iam.client, operation)(UserName=user, **parameters)


def _active_keys(iam: Iam, user: str) -> list[str]:
    return [key.id for key in iam.keys_if_any(user) if key.active]


def _keys(iam: Iam, user: str) -> list[str]:
    return [key.id for key in iam.keys_if_any(user)]


def _password(iam: Iam, user: str) -> list[str]:
    return ["the password"] if iam.has_password(user) else []


def _delete_password(iam: Iam, user: str, one: str) -> None:
    _call(iam, user, "delete_login_profile")


def _remove_device(iam: Iam, user: str, serial: str) -> None:
    _call(iam, user, "deactivate_mfa_device", SerialNumber=serial)
    if VIRTUAL in serial:
        with iam.calling("delete the MFA device", serial, acting=True, fine=ABSENT):
            iam.client.delete_virtual_mfa_device(SerialNumber=serial)


def _boundary(iam: Iam, user: str) -> list[str]:
    found = iam.user(user)
    return [found.boundary] if found and found.boundary else []


def _delete_boundary(iam: Iam, user: str, one: str) -> None:
    _call(iam, user, "delete_user_permissions_boundary")


def _policy_name(arn: str) -> str:
    return arn.rpartition("/")[2]


KINDS = (
    # Disabled first: from then on the keys are of no use, whatever comes of the rest.
    Kind("keys-disabled", "Active keys", "disable", _active_keys, Iam.disable_key, short_key),
    Kind("keys", "Keys", "delete", _keys, Iam.delete_key, short_key),
    Kind("password", "Console password", "delete", _password, _delete_password),
    Kind(
        "mfa",
        "MFA devices",
        "deactivate",
        _listed("list_mfa_devices", "MFADevices", "SerialNumber"),
        _remove_device,
    ),
    Kind(
        "ssh-keys",
        "SSH keys",
        "delete",
        _listed("list_ssh_public_keys", "SSHPublicKeys", "SSHPublicKeyId"),
        _removed("delete_ssh_public_key", "SSHPublicKeyId"),
    ),
    Kind(
        "service-credentials",
        "Service-specific credentials",
        "delete",
        _listed("list_service_specific_credentials", "ServiceSpecificCredentials", "ServiceSpecificCredentialId"),
        _removed("delete_service_specific_credential", "ServiceSpecificCredentialId"),
    ),
    Kind(
        "certificates",
        "Signing certificates",
        "delete",
        _listed("list_signing_certificates", "Certificates", "CertificateId"),
        _removed("delete_signing_certificate", "CertificateId"),
    ),
    Kind(
        "groups",
        "Groups",
        "take out of",
        _listed("list_groups_for_user", "Groups", "GroupName"),
        _removed("remove_user_from_group", "GroupName"),
    ),
    Kind(
        "attached-policies",
        "Attached policies",
        "detach",
        _listed("list_attached_user_policies", "AttachedPolicies", "PolicyArn"),
        _removed("detach_user_policy", "PolicyArn"),
        _policy_name,
    ),
    Kind(
        "inline-policies",
        "Inline policies",
        "delete",
        _listed("list_user_policies", "PolicyNames", ""),
        _removed("delete_user_policy", "PolicyName"),
    ),
    Kind("boundary", "Permissions boundary", "remove", _boundary, _delete_boundary, _policy_name),
)
"""In the order in which they are removed."""
