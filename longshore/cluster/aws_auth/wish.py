"""What shall be otherwise in one list of aws-auth."""

from __future__ import annotations

from dataclasses import dataclass

from longshore.cluster.aws_auth.mapping import Mapping


@dataclass(frozen=True)
class Wish:
    """Indices of the mappings to drop, one to change, one to add."""

    dropped: frozenset[int] = frozenset()
    changed: int | None = None
    mapping: Mapping | None = None
    """What the changed one shall be; without `changed`, one to add."""
