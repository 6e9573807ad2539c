"""The policy that a resource has of its own. It may allow what no policy of the identity allows, and the simulator only knows it when it is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from longshore.aws.errors import code_of
from longshore.aws.session import Session
from longshore.errors import LongshoreError

WITH_POLICIES = frozenset(
    {"ecr", "events", "kms", "lambda", "logs", "s3", "secretsmanager", "ses", "sns", "sqs", "sts", "elasticfilesystem"}
)
"""Services whose resources can have a policy of their own, by the prefix of their actions."""


@dataclass(frozen=True)
class OwnPolicy:
    """`text` is empty where there is none. `seen` false: it could not be looked at, and `why`."""

    text: str = ""
    seen: bool = True
    why: str = ""


def own_policy(action: str, resource: str, askers: Sequence[Session]) -> OwnPolicy:
    """Of a secret or an image repository; of others it is not looked at."""
    service = action.partition(":")[0].lower()
    if service not in WITH_POLICIES or resource == "*":
        return OwnPolicy()
    if "*" in resource or "?" in resource:
        return OwnPolicy(seen=False, why="policies of single resources were not looked at")
    if service not in ("secretsmanager", "ecr"):
        return OwnPolicy(seen=False, why="the resource's own policy was not looked at")
    for session in askers:
        try:
            return OwnPolicy(_asked(service, resource, session))
        except LongshoreError:
            continue
    return OwnPolicy(seen=False, why="the resource's own policy may not be looked at")


def _asked(service: str, resource: str, session: Session) -> str:
    from botocore.exceptions import ClientError

    from longshore.aws.errors import translated

    client = session.client(service)
    with translated(session, doing="look at the resource's own policy", on=resource):
        try:
            return _policy(client, service, resource)
        except ClientError as error:
            if code_of(error) in (
                "ResourceNotFoundException",
                "RepositoryPolicyNotFoundException",
                "RepositoryNotFoundException",
            ):
                return ""
            raise


def _policy(client: Any, service: str, resource: str) -> str:
    if service == "secretsmanager":
        return str(client.get_resource_policy(SecretId=resource).get("ResourcePolicy") or "")
    name = resource.partition(":repository/")[2]
    account = resource.split(":")[4]
    return str(client.get_repository_policy(registryId=account, repositoryName=name).get("policyText") or "")
