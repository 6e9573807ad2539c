"""A list of aws-auth with mappings added, changed and removed in its text. Everything else stays byte for byte, and that is proven before anybody sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from longshore.cluster.aws_auth import anchors, empty, fields, lists, siblings
from longshore.cluster.aws_auth.edits import Edit, Entangled, apply, newline_of
from longshore.cluster.aws_auth.proof import prove, unknown_keys
from longshore.cluster.aws_auth.section import Section, items, parse
from longshore.cluster.aws_auth.wish import Wish
from longshore.cluster.yaml.nodes import Node
from longshore.errors import UsageError


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
            prove(section, after, wish)
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
        yield lambda: empty.first(section, first)
        yield lambda: empty.first_in_place(section, first)
        return
    yield lambda: _in_place(section, wish)
    moving = _anchors(section, wish) if "*" in section.text else []
    if moving:
        yield lambda: _in_place(section, wish, moving)
    if wish.mapping is None and len(wish.dropped) == len(section.values):
        yield lambda: empty.emptied(section)
    if wish.changed is not None and _can_be_written_anew(section, wish.changed):
        anew = Wish(wish.dropped | {wish.changed}, None, wish.mapping)
        yield lambda: _in_place(section, anew, _anchors(section, anew))


def _in_place(section: Section, wish: Wish, also: Sequence[Edit] = ()) -> str:
    text, root = section.text, _root(section)
    edits = list(also)
    new = wish.mapping
    if wish.changed is not None and new is not None:
        edits += fields.rewrite(text, root.children[wish.changed], section.mappings[wish.changed], new)
        new = None
    if wish.dropped or new is not None:
        edits += lists.rewrite(text, root, wish.dropped, [siblings.beside(text, root, new)] if new else [])
    after = apply(text, edits)
    if not after.strip():
        return "[]" + (newline_of(text) if text.endswith(("\n", "\r")) else "")
    return after


def _anchors(section: Section, wish: Wish) -> list[Edit]:
    children = list(enumerate(_root(section).children))
    touched = [node for index, node in children if index in wish.dropped or index == wish.changed]
    return anchors.moved(touched, [node for index, node in children if index not in wish.dropped])


def _can_be_written_anew(section: Section, index: int) -> bool:
    """Whether nothing of a mapping would be lost but what EKS reads."""
    node = _root(section).children[index]
    return "#" not in section.text[node.start : node.end] and not unknown_keys(section.values[index], section.kind)


def _root(section: Section) -> Node:
    assert section.root is not None
    return section.root
