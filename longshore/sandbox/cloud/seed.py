"""The users of the sandbox, with keys that stay the same over restarts, and the policies that they are given."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from longshore.sandbox.cloud.principals import PARTITION
from longshore.sandbox.cloud.settings import CloudSettings

Policy = Mapping[str, Any]


@dataclass(frozen=True)
class SeedUser:
    """An IAM user with one access key. `policies` are inline ones, by name; `groups` are made where they aren't there."""

    name: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    groups: Sequence[str] = ()


def seed(settings: CloudSettings, users: Sequence[SeedUser]) -> None:
    """Make the users in this process. Those that are there get the key and policies that are given, so it can be called again.

    No network, no permission. Call it before the application is served. The default VPC and its subnets are moto's: they come with the
    first call to EC2 or RDS.
    """
    from moto.iam.models import iam_backends

    from longshore.sandbox.cloud.iam import install

    install()
    iam = iam_backends[settings.account_id][PARTITION]
    for wanted in users:
        user = iam.users.get(wanted.name)
        if user is None:
            user = iam.create_user(settings.region, wanted.name)
        for key in list(user.access_keys):
            if key.access_key_id != wanted.access_key_id:
                iam.delete_access_key(key.access_key_id, wanted.name)
        if not user.access_keys:
            key = iam.create_access_key(wanted.name)
            # moto invents its keys: this one becomes the one that the profiles' file has.
            iam.access_keys.pop(key.access_key_id)
            key.access_key_id, key.secret_access_key = wanted.access_key_id, wanted.secret_access_key
            iam.access_keys[key.access_key_id] = key
        user.access_keys[0].secret_access_key = wanted.secret_access_key
        for name, policy in wanted.policies.items():
            iam.put_user_policy(wanted.name, name, json.dumps(policy))
        for group in wanted.groups:
            if group not in iam.groups:
                iam.create_group(group)
            if user not in iam.groups[group].users:
                iam.add_user_to_group(group, wanted.name)


def seed_root(settings: CloudSettings, access_key_id: str, secret_access_key: str) -> None:
    """Make the account's root key (AKIA...), which is allowed everything."""
    from moto.iam.models import iam_backends

    from longshore.sandbox.cloud.iam import install

    install()
    iam = iam_backends[settings.account_id][PARTITION]
    key = iam.create_temp_access_key()  # one that belongs to no user
    iam.access_keys.pop(key.access_key_id)
    key.access_key_id, key.secret_access_key = access_key_id, secret_access_key
    iam.access_keys[access_key_id] = key


def policies(
    account_id: str,
    region: str,
    *,
    secrets: Sequence[str],
    unprotected: Sequence[str],
    repositories: Sequence[str] = ("*",),
    clusters: Sequence[str] = ("*",),
    instances: Sequence[str] = ("*",),
) -> dict[str, Policy]:
    """The policy of each profile: `default` (the user admin), `github`, `developer`, `tester`.

    `secrets` are the names of the secrets of the environments that CI deploys to; `unprotected` those of the environments where PROTECTED
    isn't set. A name may hold `*`. AWS appends six random characters to a secret's ARN: the policies leave room for exactly those.
    """
    here = f"{region}:{account_id}"
    look = _allow(
        "Look",
        [
            "rds:Describe*",
            "rds:ListTagsForResource",
            "eks:Describe*",
            "eks:List*",
            "ecr:Describe*",
            "ecr:List*",
            "ec2:Describe*",
        ],
        ["*"],
    )
    describe = _allow("DescribeSecrets", ["secretsmanager:DescribeSecret", "secretsmanager:ListSecrets"], ["*"])
    databases = _arns("rds", here, "db", instances)
    return {
        "default": _document(_allow("Everything", ["*"], ["*"])),
        "github": _document(
            look,
            _read_secrets(here, secrets),
            _allow("LogIn", ["ecr:GetAuthorizationToken", "sts:TagSession"], ["*"]),
            _allow("Push", _PUSH, [f"arn:{PARTITION}:ecr:{here}:repository/{name}" for name in repositories]),
            _allow(
                "Cluster",
                ["eks:DescribeCluster", "eks:AccessKubernetesApi"],
                [f"arn:{PARTITION}:eks:{here}:cluster/{name}" for name in clusters],
            ),
            _allow(
                "Snapshot",
                ["rds:CreateDBSnapshot", "rds:AddTagsToResource"],
                [*databases, f"arn:{PARTITION}:rds:{here}:snapshot:*"],
            ),
        ),
        "developer": _document(look, describe, _read_secrets(here, unprotected)),
        "tester": _document(look, describe),
    }


_PUSH = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:GetDownloadUrlForLayer",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
]


def _document(*statements: Policy | None) -> Policy:
    return {"Version": "2012-10-17", "Statement": [statement for statement in statements if statement is not None]}


def _allow(sid: str, actions: Sequence[str], on: Sequence[str]) -> Policy:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(on)}


def _read_secrets(here: str, names: Sequence[str]) -> Policy | None:
    # Without names there is no statement: an empty Resource is no valid policy.
    arns = [f"arn:{PARTITION}:secretsmanager:{here}:secret:{name}-??????" for name in names]
    return (
        _allow("ReadSecrets", ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"], arns)
        if arns
        else None
    )


def _arns(service: str, here: str, kind: str, names: Sequence[str]) -> list[str]:
    return [f"arn:{PARTITION}:{service}:{here}:{kind}:{name}" for name in names]
