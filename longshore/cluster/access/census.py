"""Everybody whom IAM has: to tell who in a cluster's lists is gone, by a few calls for any number of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from longshore.aws.errors import translated
from longshore.aws.session import Session
from longshore.cluster.access.principal import Kind, Principal
from longshore.cluster.aws_auth import arn as arns


@dataclass(frozen=True)
class Census:
    """`everybody` by canonical ARN: a role without its path, as aws-auth has it."""

    account: str
    everybody: Mapping[str, Principal]

    def find(self, arn: str) -> Principal | None:
        """Who has this ARN; None for one that IAM doesn't have."""
        return self.everybody.get(arns.canonical(arn))

    def is_gone(self, arn: str) -> bool:
        """Whether IAM would know it and doesn't. Those of other accounts, and the account itself, can't be told."""
        who = arns.parse(arn)
        known = who is not None and who.account == self.account and who.what in ("user", "role", "assumed-role")
        return known and self.find(arn) is None


def take(session: Session, account: str) -> Census:
    """Ask IAM. Raises as `translated` does."""
    iam = session.client("iam")
    kinds: tuple[tuple[Kind, str, str], ...] = (("user", "list_users", "Users"), ("role", "list_roles", "Roles"))
    found: dict[str, Principal] = {}
    with translated(session, doing="list IAM's users and roles", on=f"account {account}"):
        for kind, operation, key in kinds:
            for page in iam.get_paginator(operation).paginate(PaginationConfig={"PageSize": 1000}):
                for one in page[key]:
                    who = Principal(kind, one[f"{kind.title()}Name"], one["Arn"], one.get("CreateDate"))
                    found[arns.canonical(who.arn)] = who
    return Census(account, found)
