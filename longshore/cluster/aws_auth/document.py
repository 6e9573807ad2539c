"""The ConfigMap aws-auth as a value: what is in it, what is wrong with it, and the same with a principal granted or revoked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as Map
from dataclasses import dataclass
from functools import cached_property

from longshore.cluster.aws_auth import arn as arns
from longshore.cluster.aws_auth import faults, guard, section
from longshore.cluster.aws_auth.fault import Fault
from longshore.cluster.aws_auth.mapping import SECTIONS, Mapping
from longshore.cluster.aws_auth.section import ACCOUNTS, Section
from longshore.cluster.aws_auth.splice import spliced
from longshore.cluster.aws_auth.wish import Wish
from longshore.cluster.aws_auth.wished import checked


@dataclass(frozen=True)
class Document:
    """An aws-auth. `roles` and `users` are its lists, read; `rest` is the data of the ConfigMap as it was given."""

    roles: Section
    users: Section
    rest: Map[str, str]

    @staticmethod
    def parse(data: Map[str, str]) -> Document:
        """Of the ConfigMap's data. Never raises: what EKS can't read is among the faults."""
        return Document(
            section.parse("role", data.get(SECTIONS["role"], "")),
            section.parse("user", data.get(SECTIONS["user"], "")),
            dict(data),
        )

    @property
    def sections(self) -> tuple[Section, Section]:
        """In the order in which EKS looks."""
        return self.roles, self.users

    @property
    def mappings(self) -> tuple[Mapping, ...]:
        """All that is there, duplicates and what never matches included."""
        return tuple(mapping for part in self.sections for mapping in part.mappings)

    @cached_property
    def effective(self) -> tuple[Mapping, ...]:
        """What EKS goes by: of the mappings of an ARN the last one, those of mapRoles first; without what never matches anybody."""
        seen: dict[str, Mapping] = {}
        for part in reversed(self.sections):
            found = {mapping.arn.lower(): mapping for mapping in part.mappings if arns.matches_somebody(mapping.arn)}
            seen = {**seen, **found}
        winners = {id(mapping) for mapping in seen.values()}
        return tuple(mapping for mapping in self.mappings if id(mapping) in winners)

    @cached_property
    def accounts(self) -> tuple[str, ...]:
        """The accounts of mapAccounts: all of their users and roles are let in, each under its ARN as name."""
        return section.accounts(self.rest.get(ACCOUNTS, ""))[0]

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong with it; `faults.find` also judges by the account."""
        return faults.find(self)

    @property
    def data(self) -> dict[str, str]:
        """The ConfigMap's data, to be written back. Keys that EKS doesn't know stay."""
        data = dict(self.rest)
        for part in self.sections:
            if part.text != data.get(part.key, ""):
                data[part.key] = part.text
        return data

    def of(self, arn: str) -> tuple[Mapping, ...]:
        """All mappings that are meant for this principal: in another case, with a role's path, or twice, too."""
        principal = arns.canonical(arn)
        return tuple(mapping for mapping in self.mappings if mapping.principal == principal)

    def granted(self, mapping: Mapping) -> Document:
        """With this mapping as the only one of its principal; unknown keys and comments of the one that was there stay.

        Raises UsageError for a mapping that EKS can't use, and where the text can't be read or changed; Refused where nodes would be shut out.
        """
        wished = checked(mapping)
        return self._with(wished.arn, wished)

    def revoked(self, arn: str) -> Document:
        """Without any mapping of this principal. Raises as `granted` does."""
        return self._with(arn, None)

    def changes_to(self, other: Document) -> list[str]:
        """Lines for a plan: `- user ARN as NAME, groups a, b` for what goes, `+ ...` for what comes."""
        before, after = Counter(map(str, self.mappings)), Counter(map(str, other.mappings))
        lines = [f"- {line}" for line in (before - after).elements()]
        lines += [f"+ {line}" for line in (after - before).elements()]
        lines += [f"- account {account}" for account in self.accounts if account not in other.accounts]
        lines += [f"+ account {account}" for account in other.accounts if account not in self.accounts]
        if lines:
            return lines
        ours, theirs = self.data, other.data
        return [f"~ text of {key}" for key in sorted({*ours, *theirs}) if ours.get(key) != theirs.get(key)]

    def _with(self, arn: str, wished: Mapping | None) -> Document:
        principal = arns.canonical(arn)
        roles, users = (self._part(part, principal, wished) for part in self.sections)
        if roles is self.roles and users is self.users:
            return self
        after = Document(roles, users, self.rest)
        guard.check_nodes(self, after)
        return after

    def _part(self, part: Section, principal: str, wished: Mapping | None) -> Section:
        kind = wished.kind if wished else arns.kind_of(principal)
        if part.lost is not None and (part.kind == kind or principal.rpartition("/")[2] in part.text.lower()):
            return spliced(part, Wish())  # raises: it can't be told what is in it
        mine = [index for index, mapping in enumerate(part.mappings) if mapping.principal == principal]
        if wished is None or part.kind != wished.kind:
            return spliced(part, Wish(frozenset(mine))) if mine else part
        if not mine:
            return spliced(part, Wish(mapping=wished))
        # The one that EKS goes by; where it goes by none of them (a role's path), the last.
        exact = [index for index in mine if part.mappings[index].arn.lower() == wished.arn.lower()]
        keep = (exact or mine)[-1]
        stays = part.mappings[keep]
        if mine == [keep] and exact and stays.same_access(wished) and "" not in stays.groups:
            return part
        return spliced(part, Wish(frozenset(mine) - {keep}, keep, wished))
