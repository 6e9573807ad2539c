"""Anchors that would go, or change, with a mapping: what they stand for is written where it is needed next."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from longshore.cluster.aws_auth.edits import Edit
from longshore.cluster.yaml.nodes import Node
from longshore.cluster.yaml.values import value_of


def moved(touched: Iterable[Node], stays: Iterable[Node]) -> list[Edit]:
    """Edits that put `&x VALUE` where the first of what stays says `*x`, for each anchor in a touched mapping; later aliases then mean that.

    A mapping that is changed is among both: its own aliases go on meaning its own anchors.
    """
    home = {id(node): item for item in touched for node in _walk(item) if node.anchor and node.kind != "alias"}
    edits: dict[int, Edit] = {}
    for item in stays:
        for node in _walk(item):
            anchored = id(node.target)
            if node.target is not None and home.get(anchored, item) is not item and anchored not in edits:
                value = json.dumps(value_of(node.target), ensure_ascii=False)
                edits[anchored] = Edit(node.start, node.end, f"&{node.anchor} {value}")
    return list(edits.values())


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _walk(child)
