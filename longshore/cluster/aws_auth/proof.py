"""The proof that a changed text says what was wished and nothing else: a bug must not lock anybody out."""

from __future__ import annotations

import json
from collections.abc import Iterable

from longshore.cluster.aws_auth.arn import Kind
from longshore.cluster.aws_auth.edits import Entangled
from longshore.cluster.aws_auth.mapping import Mapping, field_of
from longshore.cluster.aws_auth.section import Section
from longshore.cluster.aws_auth.wish import Wish
from longshore.cluster.yaml.values import Value


def prove(before: Section, after: Section, wish: Wish) -> None:
    """Raises Entangled unless all other mappings are as they were, down to their unknown keys, and the wished one is as wished."""
    if after.lost is not None:
        raise Entangled(f"something else in it needs what would go: {after.lost.what}")
    kept = [index for index in range(len(before.values)) if index not in wish.dropped]
    stays = [index for index in kept if index != wish.changed]
    values, mappings = list(after.values), list(after.mappings)
    place = kept.index(wish.changed) if wish.changed is not None and len(values) == len(kept) else len(values) - 1
    if wish.mapping is not None:
        # A changed mapping may also have moved to the end, written anew.
        if wish.changed is not None and not _as_wished(mappings[place : place + 1], wish.mapping):
            place = len(values) - 1
        if not _as_wished(mappings[place : place + 1], wish.mapping):
            raise Entangled("the mapping would not be read as it is wished")
        value = values.pop(place)
        old = before.values[wish.changed] if wish.changed is not None else {}
        if _plain([unknown_keys(value, before.kind)]) != _plain([unknown_keys(old, before.kind)]):
            raise Entangled("other keys of the mapping would change")
    if _plain(values) != _plain(before.values[index] for index in stays):
        raise Entangled("other mappings would change: it has an anchor that they use")


def _as_wished(found: list[Mapping], wished: Mapping) -> bool:
    return bool(found) and found[0].arn.lower() == wished.arn.lower() and found[0].same_access(wished)


def unknown_keys(value: Value, kind: Kind) -> dict[str, Value]:
    """The keys of a mapping that mean nothing to EKS."""
    if not isinstance(value, dict):
        return {}
    return {key: item for key, item in value.items() if not field_of(key, kind)}


def _plain(values: Iterable[Value]) -> str:
    # As JSON, since in Python True is 1.
    return json.dumps(list(values), sort_keys=True)
