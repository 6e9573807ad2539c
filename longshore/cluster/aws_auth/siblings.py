"""A new mapping as text, written as those beside it are."""

from __future__ import annotations

from longshore.cluster.aws_auth import lists, render
from longshore.cluster.aws_auth.edits import newline_of
from longshore.cluster.aws_auth.mapping import Mapping
from longshore.cluster.yaml.nodes import Node


def alone(mapping: Mapping, newline: str) -> str:
    """As the EKS user guide writes it."""
    first, *rest = render.block_mapping(mapping, 2, 2)
    return newline.join([f"- {first}", *rest])


def beside(text: str, root: Node, mapping: Mapping) -> str:
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
