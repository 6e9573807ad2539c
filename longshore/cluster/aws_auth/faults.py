"""What is wrong with an aws-auth: what EKS can't read, what never matches, what gives more than it seems to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from longshore.cluster.aws_auth import arn as arns
from longshore.cluster.aws_auth import section
from longshore.cluster.aws_auth.fault import Code, Fault
from longshore.cluster.aws_auth.mapping import ARN_FIELDS, SECTIONS, Mapping

if TYPE_CHECKING:
    from longshore.cluster.aws_auth.document import Document

PRIVILEGED = {
    "system:masters": "may do everything, and no RBAC rule can take it away",
    "system:nodes": "is for nodes",
    "system:bootstrappers": "is for nodes",
    "system:node-proxier": "is for nodes",
}
KEYS = (*SECTIONS.values(), section.ACCOUNTS)


def find(document: Document, account: str = "") -> tuple[Fault, ...]:
    """All faults, those of a list together. `account` is the cluster's own, where it is known."""
    found: list[Fault] = []
    for part in document.sections:
        found += [part.lost] if part.lost else []
        found += part.faults
        for mapping in part.mappings:
            found += _mapping(mapping, account)
    found += _duplicates(document)
    numbers, wrong = section.accounts(document.rest.get(section.ACCOUNTS, ""))
    found += wrong
    found += [_whole_account(number, account) for number in numbers]
    found += _keys(document)
    return tuple(sorted(found, key=lambda fault: (fault.key, fault.line, fault.column)))


def _mapping(mapping: Mapping, account: str) -> Iterator[Fault]:
    key = SECTIONS[mapping.kind]

    def fault(code: Code, what: str) -> Fault:
        return Fault(code, key, what, mapping.line, arn=mapping.arn)

    principal = arns.parse(mapping.arn)
    if not mapping.arn:
        yield fault("no-arn", f"it has no {ARN_FIELDS[mapping.kind]}: EKS leaves it out")
        return
    if principal is None and not {"*", "?"}.isdisjoint(mapping.arn):
        # Newer versions of the authenticator match role ARNs by pattern; EKS documents no such thing.
        yield fault("wildcard", "EKS knows no wildcards: it never matches, or lets in more than it names")
    elif principal is None:
        yield fault("bad-arn", "it is no ARN of an IAM user or role: it never matches")
    elif principal.what == "assumed-role":
        yield fault("session-arn", f"it is the ARN of a session: it never matches; {arns.mapped(mapping.arn)} would")
    elif principal.kind == "role" and principal.path:
        yield fault("role-path", f"a role's ARN with its path never matches; {arns.mapped(mapping.arn)} would")
    elif principal.kind != mapping.kind:
        yield fault("wrong-list", f"a {principal.kind} stands in {key}")
    if principal is not None and account and principal.account != account:
        yield fault("other-account", f"it is of account {principal.account}, not the cluster's own")
    if not mapping.username:
        yield fault("no-username", "it has no username")
    if not mapping.groups:
        yield fault("no-groups", "it has no groups: it may do only what a binding gives its username")
    if "" in mapping.groups:
        yield fault("empty-group", "a group without a name")
    for group in dict.fromkeys(mapping.groups):
        if group in PRIVILEGED and not (mapping.kind == "role" and group != "system:masters"):
            yield fault("privileged", f"{group} {PRIVILEGED[group]}")


def _duplicates(document: Document) -> Iterator[Fault]:
    last: dict[str, Mapping] = {}
    effective = {mapping.arn.lower(): mapping for mapping in document.effective}
    for mapping in document.mappings:
        before = last.get(mapping.principal)
        if mapping.arn and before is not None:
            counts = effective.get(mapping.arn.lower()) or effective.get(before.arn.lower())
            which = f"line {counts.line} of {SECTIONS[counts.kind]} counts" if counts else "none counts"
            if mapping.arn != before.arn and mapping.arn.lower() == before.arn.lower():
                which = "in another case: not every version of the authenticator takes the last one"
            what = f"the same principal is in line {before.line} of {SECTIONS[before.kind]}, too: {which}"
            yield Fault("duplicate", SECTIONS[mapping.kind], what, mapping.line, arn=mapping.arn)
        last[mapping.principal] = mapping


def _whole_account(number: str, account: str) -> Fault:
    whose = "another account" if account and number != account else "account"
    return Fault("whole-account", section.ACCOUNTS, f"every user and role of {whose} {number} is let in")


def _keys(document: Document) -> Iterator[Fault]:
    for key in document.rest:
        right = next((known for known in KEYS if known.lower() == key.lower()), key)
        if right != key:
            yield Fault("wrong-case", key, f"EKS reads only {right}")
