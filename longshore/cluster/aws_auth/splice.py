"""A list of aws-auth with mappings added, changed and removed in its text. Everything else stays byte for byte, and that is proven before anybody sees it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from longshore.cluster.aws_auth import fields, lists, render
from longshore.cluster.aws_auth.edits import Edit, Entangled, apply, newline_of
from longshore.cluster.aws_auth.mapping import Mapping, field_of
from longshore.cluster.aws_auth.nodes import Node
from longshore.cluster.aws_auth.section import Section, is_nothing, items, parse
from longshore.cluster.aws_auth.values import Value
from longshore.errors import UsageError


@dataclass(frozen=True)
class Wish:
    """What shall be otherwise: indices of the mappings to drop, one to change, one to add."""

    dropped: frozenset[int] = frozenset()
    changed: int | None = None
    mapping: Mapping | None = None
    """What the changed one shall be; without `changed`, one to add."""


def spliced(section: Section, wish: Wish) -> Section:
    """The list as wished.

    Raises UsageError where it can't be read, or can't be changed without a change of something else; with key, line and column.
    """
    if section.lost is not None:
        raise UsageError(
            f"{section.key} can't be read, so it is not changed",
            on=f"aws-auth {section.lost.where}",
            why=f"{section.lost.what}; EKS ignores all of {section.key}",
            do="mend it: kubectl edit configmap aws-auth --namespace kube-system",
        )
    why = ""
    for attempt in _attempts(section, wish):
        try:
            after = parse(section.kind, attempt())
            _prove(section, after, wish)
            return after
        except Entangled as error:
            why = why or str(error)
    place = f" line {section.root.line} column {section.root.column}" if section.root else ""
    if (index := wish.changed if wish.changed is not None else min(wish.dropped, default=None)) is not None:
        node = items(section.root)[index] if section.root else None
        place = f" line {node.line} column {node.column}" if node else place
    raise UsageError(
        f"{section.key} can't be changed without touching something else in it",
        on=f"aws-auth {section.key}{place}",
        why=why,
        do="change it by hand: kubectl edit configmap aws-auth --namespace kube-system",
    )


def _attempts(section: Section, wish: Wish) -> Iterator[Callable[[], str]]:
    """Ways to write it, the one that leaves most as it is first."""
    if not section.values:
        if (first := wish.mapping) is None:
            return
        yield lambda: _first(section, first)
        yield lambda: _first_in_place(section, first)
        return
    yield lambda: _in_place(section, wish)
    if wish.mapping is None and len(wish.dropped) == len(section.values):
        yield lambda: _emptied(section)
    if wish.changed is not None and not _unknown(section.values[wish.changed], section.kind):
        anew = Wish(wish.dropped | {wish.changed}, None, wish.mapping)
        yield lambda: _in_place(section, anew)


def _in_place(section: Section, wish: Wish) -> str:
    text, root = section.text, _root(section)
    edits: list[Edit] = []
    added: Callable[[], list[str]] = list
    if wish.changed is not None and wish.mapping is not None:
        node = root.children[wish.changed]
        edits += fields.rewrite(text, node, section.mappings[wish.changed], wish.mapping)
    elif wish.mapping is not None:
        new = wish.mapping
        added = lambda: [_item(text, root, new)]  # noqa: E731
    if wish.dropped or added is not list:
        edits += lists.rewrite(text, root, wish.dropped, added)
    after = apply(text, edits)
    if not after.strip():
        return "[]" + (newline_of(text) if text.endswith(("\n", "\r")) else "")
    return after


def _emptied(section: Section) -> str:
    """`[]` where the block list was: what is left around it needs a value."""
    root = _root(section)
    stand = lists.places(section.text, root)
    if not root.block:
        raise Entangled("the list can't be emptied")
    return apply(section.text, [Edit(stand[0].start, stand[-1].end, "[]")])


def _first(section: Section, mapping: Mapping) -> str:
    """The first mapping of a list: in block style, behind comments where there are any."""
    text = section.text
    newline = newline_of(text)
    item = _fresh(mapping, newline)
    if is_nothing(text) or text.strip() in ("[]", "{}", "null", "~", "---"):
        return item + newline
    if section.root is not None and (section.root.end > section.root.start or section.root.kind != "scalar"):
        return _first_in_place(section, mapping)
    if text.endswith(("\n", "\r")):
        return text + item + newline
    return text + newline + item


def _first_in_place(section: Section, mapping: Mapping) -> str:
    """The first mapping of a list, where an empty list or nothing stands between other things."""
    root, text = section.root, section.text
    if root is None:
        raise Entangled("there is no place for a list")
    if root.kind == "sequence":
        return apply(text, lists.rewrite(text, root, (), lambda: [render.flow_mapping(mapping)]))
    space = "" if root.start and text[root.start - 1].isspace() else " "
    return apply(text, [Edit(root.start, root.end, f"{space}[{render.flow_mapping(mapping)}]")])


def _fresh(mapping: Mapping, newline: str) -> str:
    first, *rest = render.block_mapping(mapping, 2, 2)
    return newline.join([f"- {first}", *rest])


def _item(text: str, root: Node, mapping: Mapping) -> str:
    """A new item, written as the last one is."""
    if not root.block:
        return render.flow_mapping(mapping)
    place, last = lists.places(text, root)[-1], root.children[-1]
    pad = text[place.start : place.dash]
    if last.kind == "mapping" and not last.block:
        return f"{pad}- {render.flow_mapping(mapping)}"
    gap = last.start - place.dash - 1
    gap = gap if 0 < gap < 9 and not text[place.dash + 1 : last.start].strip(" ") and not last.anchor else 1
    first, *rest = render.block_mapping(mapping, place.column + 1 + gap, _list_indent(root))
    return newline_of(text).join([f"{pad}-{' ' * gap}{first}", *rest])


def _list_indent(root: Node) -> int:
    """How far the groups' dashes are from their key, in the last mapping that has some."""
    for item in reversed(root.children):
        for key, value in item.pairs() if item.kind == "mapping" else ():
            if value.kind == "sequence" and value.block and not value.anchor and not value.tag:
                return max(0, value.column - key.column)
    return 2


def _prove(before: Section, after: Section, wish: Wish) -> None:
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
        if _plain([_unknown(value, before.kind)]) != _plain([_unknown(old, before.kind)]):
            raise Entangled("other keys of the mapping would change")
    if _plain(values) != _plain(before.values[index] for index in stays):
        raise Entangled("other mappings would change: it has an anchor that they use")


def _as_wished(found: list[Mapping], wished: Mapping) -> bool:
    return bool(found) and found[0].arn.lower() == wished.arn.lower() and found[0].same_access(wished)


def _unknown(value: Value, kind: str) -> dict[str, Value]:
    """The keys of a mapping that mean nothing to EKS."""
    if not isinstance(value, dict):
        return {}
    return {key: item for key, item in value.items() if not field_of(key, "role" if kind == "role" else "user")}


def _plain(values: Iterable[Value]) -> str:
    # As JSON, since in Python True is 1.
    return json.dumps(list(values), sort_keys=True)


def _root(section: Section) -> Node:
    assert section.root is not None
    return section.root
