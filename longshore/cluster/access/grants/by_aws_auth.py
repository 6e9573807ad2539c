"""A grant and a revocation as lines of aws-auth."""

from __future__ import annotations

from collections.abc import Callable

from longshore.cluster.access.config_map import AwsAuth, Change
from longshore.cluster.access.level import OURS, Grant
from longshore.cluster.access.lockout import Lockout
from longshore.cluster.access.principal import Principal
from longshore.cluster.access.standing import Standing
from longshore.cluster.aws_auth.arn import canonical, mapped, parse
from longshore.cluster.aws_auth.document import Document
from longshore.cluster.aws_auth.mapping import Mapping
from longshore.errors import Refused, UsageError
from longshore.steps.step import Context


def of(document: Document, arn: str) -> Mapping | None:
    """The mapping of a principal as EKS sees it."""
    return next((one for one in document.effective if canonical(one.arn) == canonical(arn)), None)


def granted(document: Document, principal: Principal, grant: Grant) -> Document:
    """The document with the grant: other groups of the principal stay, another level of ours in the same scope goes.

    Raises UsageError where the section can't be parsed, and for a role of nodes.
    """
    there = of(document, principal.arn)
    if there is not None and there.is_node:
        raise UsageError(
            "this is the role by which nodes join the cluster, nothing was touched",
            on=there.arn,
            why="what it is granted, every node and whatever runs there could use",
            do="grant it to a role of its own",
        )
    groups = [group for group in (there.groups if there else ()) if not grant.replaces(group)]
    if grant.kubernetes_group not in groups:
        groups.append(grant.kubernetes_group)
    username = there.username if there and there.username else _username(principal)
    return document.granted(Mapping(principal.kind, mapped(principal.arn), username, tuple(groups)))


def revoked(document: Document, principal: Principal, namespace: str) -> Document:
    """The document without the principal; with a `namespace`, without what longshore gave it there (and without it, where nothing is left).

    Raises UsageError where a section can't be parsed, Refused for a role of nodes.
    """
    arn = principal.arn if principal.exists else _by_name(document, principal)
    there = of(document, arn)
    if namespace:
        groups = tuple(group for group in (there.groups if there else ()) if not _is_level(group, namespace))
        if there is None or groups == there.groups:
            return document
        if groups:
            return document.granted(Mapping(there.kind, there.arn, there.username, groups))
    return document.revoked(arn)


def _is_level(group: str, namespace: str) -> bool:
    return group.startswith(f"{OURS}{namespace}:")


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

    def revoke(self, run: Context, principal: Principal, namespace: str) -> None:
        """Raises as `AwsAuth.change`, and Refused."""
        self.write(run, principal, lambda document: revoked(document, principal, namespace))

    def allow(self, run: Context, principal: Principal, before: Document, after: Document) -> None:
        """Raises Refused for a change that takes the caller's access or the last administrator away."""
        self._lockout.check_lines(run, [principal.arn], before, after)

    def write(self, run: Context, principal: Principal, edit: Callable[[Document], Document]) -> None:
        """Make a change that is about this principal. Raises as `AwsAuth.change`, and Refused."""
        made = self._aws_auth.change(run, edit, lambda before, after: self.allow(run, principal, before, after))
        self._keep_an_administrator(run, principal, made)

    def _keep_an_administrator(self, run: Context, principal: Principal, made: Change) -> None:
        # Two paths have no compare-and-swap together: another run may have taken the last entry while this one took the last line.
        before, after = Standing(made.before).administrators, Standing(made.after).administrators
        if not before.keys() - after.keys() or self._lockout.has_admin(
            run, Standing(made.after, self._lockout.entries_now())
        ):
            return
        there = of(made.before, principal.arn)
        if there is not None:
            self._aws_auth.change(run, lambda document: document.granted(there), lambda before, after: None)
        raise Refused(
            "this took the last administrator away, and was put back",
            on=principal.arn,
            why="another run took away the others at the same moment",
            do="inv cluster.access",
        )
