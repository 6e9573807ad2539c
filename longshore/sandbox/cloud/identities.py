"""The ARNs that an operation of IAM or STS touches, and the condition keys that go with them.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

from __future__ import annotations

from typing import Any

from longshore.sandbox.cloud.calls import Call
from longshore.sandbox.cloud.principals import Directory, Principal
from longshore.sandbox.cloud.resources import ANY, Resource

PARTITION = "aws"

OWN = frozenset(
    {
        "GetUser",
        "ListAccessKeys",
        "CreateAccessKey",
        "UpdateAccessKey",
        "DeleteAccessKey",
        "ChangePassword",
        "ListMFADevices",
    }
)
"""The operations that are about the caller where no user is named."""

_LISTS = {"ListUsers": "user", "ListRoles": "role", "ListGroups": "group", "ListPolicies": "policy"}


def of(call: Call, directory: Directory, principal: Principal) -> list[Resource]:
    """What the call touches."""
    if call.service == "sts":
        return [Resource(call.text("RoleArn"))] if call.operation.startswith("AssumeRole") else [ANY]
    head = f"arn:{PARTITION}:iam::{directory.account_id}"
    if call.operation in _LISTS:
        return [Resource(f"{head}:{_LISTS[call.operation]}{call.text('PathPrefix') or '/'}")]
    arn, one = _touched(call, directory, principal, head)
    return [Resource(arn, _context(call, directory, one))] if arn else [ANY]


def _touched(call: Call, directory: Directory, principal: Principal, head: str) -> tuple[str, Any]:
    # The ARN, and moto's own record of what has it.
    iam, path = directory.iam, call.text("Path") or "/"
    if call.text("PolicySourceArn"):
        return call.text("PolicySourceArn"), None
    if call.text("RoleName"):
        role = next((role for role in iam.roles.values() if role.name == call.text("RoleName")), None)
        return (role.arn if role else f"{head}:role{path}{call.text('RoleName')}"), role
    if call.text("GroupName"):
        group = iam.groups.get(call.text("GroupName"))
        return (group.arn if group else f"{head}:group{path}{call.text('GroupName')}"), group
    if call.text("PolicyArn") and not call.text("UserName"):
        return call.text("PolicyArn"), iam.managed_policies.get(call.text("PolicyArn"))
    if call.text("PolicyName") and call.operation == "CreatePolicy":
        return f"{head}:policy{path}{call.text('PolicyName')}", None
    if call.operation == "GetAccessKeyLastUsed":
        key = iam.access_keys.get(call.text("AccessKeyId"))
        return _user(iam, key.user_name if key is not None and key.user_name else "*", head)
    if call.text("UserName"):
        name = call.text("UserName")
        user = iam.users.get(name)
        return (user.arn if user else f"{head}:user{path}{name}"), user
    if call.operation in OWN and principal.kind == "User":
        return principal.source, iam.users.get(principal.name)
    if call.text("OpenIDConnectProviderArn") or call.operation == "CreateOpenIDConnectProvider":
        made = f"{head}:oidc-provider/{call.text('Url').removeprefix('https://')}"
        arn = call.text("OpenIDConnectProviderArn") or made
        return arn, iam.open_id_providers.get(arn)
    if "VirtualMFADevice" in call.operation and not call.operation.startswith("List"):
        return call.text("SerialNumber") or f"{head}:mfa{path}{call.text('VirtualMFADeviceName')}", None
    return "", None


def _user(iam: Any, name: str, head: str) -> tuple[str, Any]:
    user = iam.users.get(name)
    return (user.arn if user else f"{head}:user/{name}"), user


def _context(call: Call, directory: Directory, one: Any) -> dict[str, tuple[str, ...]]:
    context: dict[str, tuple[str, ...]] = {}
    if call.operation.startswith(("Attach", "Detach")):
        context["iam:policyarn"] = (call.text("PolicyArn"),)
    # The boundary that is given, else the one that the user or role has.
    boundary = call.text("PermissionsBoundary") or str(
        (getattr(one, "permissions_boundary", None) or {}).get("PermissionsBoundaryArn") or ""
    )
    if boundary:
        context["iam:permissionsboundary"] = (boundary,)
    for tag in _tags(directory, one):
        for prefix in ("iam", "aws"):
            context[f"{prefix}:resourcetag/{tag['Key']}".lower()] = (str(tag["Value"]),)
    return context


def _tags(directory: Directory, one: Any) -> list[dict[str, str]]:
    tags = getattr(one, "tags", None)
    if isinstance(tags, dict):
        return list(tags.values())
    return tags if isinstance(tags, list) else []
