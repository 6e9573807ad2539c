"""A mapping that somebody wishes, judged before it is written."""

from __future__ import annotations

from dataclasses import replace

from longshore.cluster.aws_auth import arn as arns
from longshore.cluster.aws_auth.mapping import Mapping
from longshore.cluster.yaml.nodes import unreadable_character
from longshore.errors import UsageError


def checked(mapping: Mapping) -> Mapping:
    """The mapping in the list that its ARN belongs into, with the ARN as aws-auth must have it, and each group once.

    Raises UsageError for what EKS can't use.
    """
    principal = arns.parse(mapping.arn)
    if principal is None:
        raise UsageError(
            "this is no ARN of an IAM user or role",
            on=mapping.arn or "an empty text",
            why="arn:aws:iam::123456789012:user/NAME or arn:aws:iam::123456789012:role/NAME is expected",
        )
    if not mapping.username.strip():
        raise UsageError("the mapping has no username", on=mapping.arn)
    if "" in mapping.groups or any(not group.strip() for group in mapping.groups):
        raise UsageError("a group without a name", on=mapping.arn)
    for value in (mapping.arn, mapping.username, *mapping.groups):
        if unreadable_character(value):
            raise UsageError("a character that YAML does not allow as it is", on=mapping.arn)
    groups = tuple(dict.fromkeys(mapping.groups))
    return replace(mapping, kind=principal.kind, arn=arns.mapped(mapping.arn), groups=groups, line=0)
