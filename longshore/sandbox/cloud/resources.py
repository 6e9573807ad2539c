"""The ARNs that an operation of Secrets Manager, RDS or ECR touches, and the condition keys that go with them.

The Service Authorization Reference says which resources an action has: https://docs.aws.amazon.com/service-authorization/latest/reference/.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from longshore.sandbox.cloud.calls import Call

PARTITION = "aws"


@dataclass(frozen=True)
class Resource:
    """An ARN (or `*`) with the condition keys of this resource alone. `policy` is its own policy, where it has one."""

    arn: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    policy: str | None = None


ANY = Resource("*")


def of(call: Call, account_id: str) -> list[Resource]:
    """What the call touches, every one of which must be allowed; `*` for services and operations that have no resources."""
    match call.service:
        case "secretsmanager":
            return _secrets(call, account_id)
        case "rds":
            return _databases(call, account_id)
        case "ecr":
            return _repositories(call, account_id)
        case "ec2":
            return _security_groups(call, account_id)
    return [ANY]


def _tags(prefix: str, tags: object) -> dict[str, tuple[str, ...]]:
    pairs = (
        [(tag.get("Key"), tag.get("Value")) for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []
    )
    return {f"{prefix}/{key}".lower(): (str(value or ""),) for key, value in pairs}


def _secrets(call: Call, account_id: str) -> list[Resource]:
    if call.operation in {"ListSecrets", "GetRandomPassword", "BatchGetSecretValue"}:
        return [ANY]
    creates = call.operation == "CreateSecret"
    return [secret(call.region, account_id, call.text("Name" if creates else "SecretId"), new=creates)]


def secret(region: str, account_id: str, identifier: str, *, new: bool = False) -> Resource:
    """A secret by its name, ARN or ARN without the suffix.

    One that isn't there yet has question marks for its suffix: `secret:bank/dev*` and `secret:bank/dev-??????` both match that.
    """
    from moto.secretsmanager.models import FakeSecret, secretsmanager_backends

    context: dict[str, tuple[str, ...]] = (
        {"secretsmanager:name": (identifier,)} if new else {"secretsmanager:secretid": (identifier,)}
    )
    found = secretsmanager_backends[account_id][region].secrets.get(identifier)
    if found is not None:
        tags = _tags("secretsmanager:resourcetag", found.tags) | _tags("aws:resourcetag", found.tags)
        return Resource(found.arn, context | tags, found.policy if isinstance(found, FakeSecret) else None)
    if identifier.startswith("arn:"):
        return Resource(identifier, context)
    return Resource(f"arn:{PARTITION}:secretsmanager:{region}:{account_id}:secret:{identifier}-??????", context)


# RDS parameter: the kind of resource that it names. One that is absent has no resource, save those that describe: they list all.
_RDS = {
    "DBInstanceIdentifier": "db",
    "SourceDBInstanceIdentifier": "db",
    "TargetDBInstanceIdentifier": "db",
    "NewDBInstanceIdentifier": "db",
    "DBSnapshotIdentifier": "snapshot",
    "FinalDBSnapshotIdentifier": "snapshot",
    "SourceDBSnapshotIdentifier": "snapshot",
    "TargetDBSnapshotIdentifier": "snapshot",
    "DBSubnetGroupName": "subgrp",
    "DBParameterGroupName": "pg",
    "OptionGroupName": "og",
    "DBClusterIdentifier": "cluster",
    "DBClusterSnapshotIdentifier": "cluster-snapshot",
}
_RDS_LISTS = {
    "DescribeDBInstances": "db",
    "DescribeDBSnapshots": "snapshot",
    "DescribeDBSubnetGroups": "subgrp",
    "DescribeDBParameterGroups": "pg",
    "DescribeOptionGroups": "og",
    "DescribeDBClusters": "cluster",
}


def _databases(call: Call, account_id: str) -> list[Resource]:
    head = f"arn:{PARTITION}:rds:{call.region}:{account_id}"
    found: list[Resource] = []
    for parameter, kind in _RDS.items():
        name = call.text(parameter)
        if name:
            arn = name if name.startswith("arn:") else f"{head}:{kind}:{name.lower()}"
            found.append(Resource(arn, _database_tags(call.region, account_id, kind, name)))
    if call.text("ResourceName"):
        found.append(Resource(call.text("ResourceName")))
    kind = _RDS_LISTS.get(call.operation, "")
    if kind and not any(f":{kind}:" in resource.arn for resource in found):
        found.append(Resource(f"{head}:{kind}:*"))
    return found or [ANY]


def _database_tags(region: str, account_id: str, kind: str, name: str) -> dict[str, tuple[str, ...]]:
    from moto.rds.models import rds_backends

    backend = rds_backends[account_id][region]
    owner = backend.databases.get(name) if kind == "db" else backend.database_snapshots.get(name)
    tags = getattr(owner, "tags", None)
    return _tags(f"rds:{kind}-tag", tags) | _tags("aws:resourcetag", tags)


def _security_groups(call: Call, account_id: str) -> list[Resource]:
    # Of EC2 only what longshore changes there; Describe... has no resources.
    head = f"arn:{PARTITION}:ec2:{call.region}:{account_id}"
    match call.operation:
        case "CreateSecurityGroup":
            found = [f"{head}:security-group/*", f"{head}:vpc/{call.text('VpcId') or '*'}"]
        case "AuthorizeSecurityGroupIngress" | "DeleteSecurityGroup":
            found = [f"{head}:security-group/{call.text('GroupId') or '*'}"]
        case "CreateTags" | "DeleteTags":
            ids = [id for id in call.texts("Resources") if id.startswith("sg-")]
            found = [f"{head}:security-group/{id}" for id in ids]
        case _:
            found = []
    return [Resource(arn) for arn in found] or [ANY]


def _repositories(call: Call, account_id: str) -> list[Resource]:
    if call.operation == "GetAuthorizationToken":
        return [ANY]
    if call.text("resourceArn"):
        name = call.text("resourceArn").rpartition("repository/")[2]
        return [Resource(call.text("resourceArn"), _repository_tags(call.region, account_id, name))]
    names = [call.text("repositoryName")] if call.text("repositoryName") else call.texts("repositoryNames")
    head = f"arn:{PARTITION}:ecr:{call.region}:{account_id}:repository/"
    found = [Resource(head + name, _repository_tags(call.region, account_id, name)) for name in names]
    return found or [Resource(f"{head}*") if call.operation == "DescribeRepositories" else ANY]


def _repository_tags(region: str, account_id: str, name: str) -> dict[str, tuple[str, ...]]:
    from moto.ecr.models import ecr_backends

    backend = ecr_backends[account_id][region]
    repository = backend.repositories.get(name)
    tags = [] if repository is None else backend.tagger.list_tags_for_resource(repository.arn)["tags"]
    return _tags("ecr:resourcetag", tags) | _tags("aws:resourcetag", tags)
