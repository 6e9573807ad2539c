"""Whose policies decide: from the identity that STS names to the user or role that IAM keeps."""

from __future__ import annotations

import re
from dataclasses import dataclass

from longshore.aws.identity import Identity
from longshore.errors import LongshoreError
from longshore.iam.api import Iam

ASSUMED = re.compile(r"arn:(?P<partition>[^:]+):sts::(?P<account>\d+):assumed-role/(?P<role>[^/]+)/(?P<session>.+)")


@dataclass(frozen=True)
class Principal:
    """`arn` is what the simulator is asked about; empty where it can't be, and `why` says so. `session`: policies of the session may say less."""

    arn: str
    why: str = ""
    session: bool = False


def principal_of(identity: Identity, askers: list[Iam]) -> Principal:
    """A session of a role is simulated as the role: its ARN has the role's path, which a session's ARN doesn't tell."""
    if ":user/" in identity.arn:
        return Principal(identity.arn)
    if identity.arn.endswith(":root"):
        return Principal("", "it is the account's root user, whom no policy of the account limits")
    assumed = ASSUMED.fullmatch(identity.arn)
    if assumed is None:
        return Principal("", "it is neither a user nor a role: the policies of a federated session can't be simulated")
    for iam in askers:
        try:
            found = iam.role(assumed["role"])
        except LongshoreError:
            continue
        if found is not None:
            return Principal(found.arn, session=True)
    return Principal(f"arn:{assumed['partition']}:iam::{assumed['account']}:role/{assumed['role']}", session=True)
