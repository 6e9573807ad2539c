"""Who has access at one moment, by both paths together, as the cluster sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from longshore.cluster.access.entries import Entry
from longshore.cluster.access.level import MASTERS, Grant
from longshore.cluster.aws_auth.arn import canonical
from longshore.cluster.aws_auth.document import Document
from longshore.cluster.aws_auth.mapping import Mapping

CLUSTER_ADMIN = Grant("admin").policy


@dataclass(frozen=True)
class Administrator:
    """`since` is when the entry was made that says so; None: a line of aws-auth does."""

    arn: str
    since: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """`document` is None where the cluster doesn't read aws-auth."""

    document: Document | None
    entries: Sequence[Entry] = ()

    @property
    def _lines(self) -> Sequence[Mapping]:
        return self.document.effective if self.document else ()

    @property
    def known(self) -> frozenset[str]:
        """Everybody who is named, by canonical ARN."""
        lines = [one.arn for one in self._lines]
        return frozenset(canonical(arn) for arn in (*lines, *(one.arn for one in self.entries)))

    @property
    def administrators(self) -> dict[str, Administrator]:
        """Those who may do everything, by canonical ARN. A line of one who has an entry doesn't count: the entry beats it."""
        by_entry = {canonical(one.arn): one for one in self.entries}
        found = {
            canonical(one.arn): Administrator(one.arn)
            for one in self._lines
            if MASTERS in one.groups and canonical(one.arn) not in by_entry
        }
        return found | {
            name: Administrator(one.arn, one.created) for name, one in by_entry.items() if is_admin_entry(one)
        }


def is_admin_entry(entry: Entry) -> bool:
    """Whether an entry makes its principal an administrator of the whole cluster."""
    return any(one.policy == CLUSTER_ADMIN and not one.namespaces for one in entry.policies)
