"""The ARNs that an operation of IAM or STS touches."""

from __future__ import annotations

from longshore.sandbox.cloud.calls import Call
from longshore.sandbox.cloud.principals import Directory, Principal
from longshore.sandbox.cloud.resources import ANY, Resource

PARTITION = "aws"


def of(call: Call, directory: Directory, principal: Principal) -> list[Resource]:
    """What the call touches. IAM's operations on users are about the caller where no user is named."""
    if call.service == "sts":
        return [Resource(call.text("RoleArn"))] if call.operation.startswith("AssumeRole") else [ANY]
    head = f"arn:{PARTITION}:iam::{directory.account_id}"
    if call.operation.startswith("List") and call.operation in {"ListUsers", "ListRoles", "ListGroups", "ListPolicies"}:
        kind = call.operation.removeprefix("List").lower()
        return [Resource(f"{head}:{ {'policies': 'policy'}.get(kind, kind[:-1]) }{call.text('PathPrefix') or '/'}")]
    if call.text("PolicySourceArn"):
        return [Resource(call.text("PolicySourceArn"))]
    path = call.text("Path") or "/"
    if call.text("RoleName"):
        role = directory.iam.roles.get(call.text("RoleName")) or next(
            (role for role in directory.iam.roles.values() if role.name == call.text("RoleName")), None
        )
        return [Resource(role.arn if role else f"{head}:role{path}{call.text('RoleName')}")]
    if call.text("GroupName"):
        group = directory.iam.groups.get(call.text("GroupName"))
        return [Resource(group.arn if group else f"{head}:group{path}{call.text('GroupName')}")]
    if call.text("PolicyArn") and not call.text("UserName"):
        return [Resource(call.text("PolicyArn"))]
    if call.text("PolicyName") and call.operation == "CreatePolicy":
        return [Resource(f"{head}:policy{path}{call.text('PolicyName')}")]
    if call.text("UserName"):
        user = directory.iam.users.get(call.text("UserName"))
        return [Resource(user.arn if user else f"{head}:user{path}{call.text('UserName')}")]
    if principal.kind == "User" and call.operation in OWN:
        return [Resource(principal.source)]
    return [ANY]


OWN = frozenset(
    {
        "GetUser",
        "ListAccessKeys",
        "CreateAccessKey",
        "UpdateAccessKey",
        "DeleteAccessKey",
        "ChangePassword",
        "ListMFADevices",
        "GetAccessKeyLastUsed",
    }
)
