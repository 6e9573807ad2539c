"""A grant and a revocation as lines of aws-auth."""

from __future__ import annotations

from longshore.cluster.access.config_map import AwsAuth
from longshore.cluster.access.level import OURS, Grant
from longshore.cluster.access.lockout import Lockout
from longshore.cluster.access.principal import Principal
from longshore.cluster.aws_auth.arn import canonical, mapped, parse
from longshore.cluster.aws_auth.document import Document
from longshore.cluster.aws_auth.mapping import Mapping
from longshore.steps.step import Context


def of(document: Document, arn: str) -> Mapping | None:
    """The mapping of a principal as EKS sees it."""
    return next((one for one in document.effective if canonical(one.arn) == canonical(arn)), None)


def granted(document: Document, principal: Principal, grant: Grant) -> Document:
    """The document with the grant: other groups of the principal stay, another level of ours in the same scope goes.

    Raises UsageError where the section can't be parsed.
    """
    there = of(document, principal.arn)
    groups = [group for group in (there.groups if there else ()) if not grant.replaces(group)]
    if grant.kubernetes_group not in groups:
        groups.append(grant.kubernetes_group)
    username = there.username if there and there.username else _username(principal)
    return document.granted(Mapping(principal.kind, mapped(principal.arn), username, tuple(groups)))


def revoked(document: Document, principal: Principal, namespace: str) -> Document:
    """The document without the principal; with a `namespace`, without what longshore gave it there (and without it, where nothing is left).

    Raises UsageError where a section can't be parsed.
    """
    arn = principal.arn if principal.exists else _by_name(document, principal)
    there = of(document, arn)
    if namespace and there is not None:
        groups = tuple(group for group in there.groups if not group.startswith(f"{OURS}{namespace}:"))
        if groups == there.groups:
            return document
        if groups:
            return document.granted(Mapping(there.kind, there.arn, there.username, groups))
    return document.revoked(arn)


def _username(principal: Principal) -> str:
    # A role is assumed by many: the session's name tells them apart in the audit log.
    return principal.name if principal.kind == "user" else f"{principal.name}:{{{{SessionName}}}}"


def _by_name(document: Document, principal: Principal) -> str:
    """The ARN under which aws-auth has one whom IAM doesn't have any more: its path is known nowhere else."""
    for mapping in document.mappings:
        who = parse(mapping.arn)
        if who is not None and (who.kind, who.name) == (principal.kind, principal.name):
            return mapping.arn
    return principal.arn


class AwsAuthWriter:
    """Brings aws-auth to what an edit wants."""

    def __init__(self, aws_auth: AwsAuth, lockout: Lockout) -> None:
        self._aws_auth = aws_auth
        self._lockout = lockout

    def grant(self, run: Context, principal: Principal, grant: Grant) -> None:
        self._aws_auth.change(
            run,
            lambda document: granted(document, principal, grant),
            lambda before, after: self.allow(run, principal, before, after),
        )

    def revoke(self, run: Context, principal: Principal, namespace: str) -> None:
        self._aws_auth.change(
            run,
            lambda document: revoked(document, principal, namespace),
            lambda before, after: self.allow(run, principal, before, after),
        )

    def allow(self, run: Context, principal: Principal, before: Document, after: Document) -> None:
        """Raises Refused for a change that takes the caller's access or the last administrator away."""
        self._lockout.check(run, [principal.arn], before, after)
