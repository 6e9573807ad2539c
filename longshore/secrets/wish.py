"""What a secret is to hold, as a change of what it holds; and how that change is told: by the names of keys only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Wish:
    """Keys to have these values; keys to be gone. With `prune`, every key that isn't among the values goes, too."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    without: Collection[str] = ()
    prune: bool = False

    def applied(self, stored: Mapping[str, str]) -> dict[str, str]:
        """What the secret then holds: in the order of what is there, new keys last. A value that stays is the very one that was there (a number
        of the JSON stays a number).
        """
        kept = {
            key: value if self.values.get(key, value) == value else self.values[key]
            for key, value in stored.items()
            if key not in self.without and (key in self.values or not self.prune)
        }
        return {**kept, **{key: value for key, value in self.values.items() if key not in stored}}


def changes(stored: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """`add NAME`, `change NAME`, `remove NAME`: a line each."""
    return [
        *(f"add {key}" for key in sorted(wanted) if key not in stored),
        *(f"change {key}" for key in sorted(wanted) if key in stored and stored[key] != wanted[key]),
        *(f"remove {key}" for key in sorted(stored) if key not in wanted),
    ]
