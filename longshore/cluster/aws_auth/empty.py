"""A list of aws-auth without mappings: the first one put in, the last one taken out."""

from __future__ import annotations

from longshore.cluster.aws_auth import lists, render, siblings
from longshore.cluster.aws_auth.edits import Edit, Entangled, apply, newline_of
from longshore.cluster.aws_auth.mapping import Mapping
from longshore.cluster.aws_auth.section import Section, is_nothing


def first(section: Section, mapping: Mapping) -> str:
    """The first mapping of a list: in block style, behind comments where there are any."""
    text = section.text
    newline = newline_of(text)
    item = siblings.alone(mapping, newline)
    if is_nothing(text) or text.strip() in ("[]", "null", "~", "---"):
        return item + newline
    if section.root is not None and (section.root.end > section.root.start or section.root.kind != "scalar"):
        return first_in_place(section, mapping)
    if text.endswith(("\n", "\r")):
        return text + item + newline
    return text + newline + item


def first_in_place(section: Section, mapping: Mapping) -> str:
    """The first mapping of a list, where an empty list or nothing stands between other things."""
    root, text = section.root, section.text
    if root is None:
        raise Entangled("there is no place for a list")
    if root.kind == "sequence":
        return apply(text, lists.rewrite(text, root, (), [render.flow_mapping(mapping)]))
    space = "" if root.start and text[root.start - 1].isspace() else " "
    return apply(text, [Edit(root.start, root.end, f"{space}[{render.flow_mapping(mapping)}]")])


def emptied(section: Section) -> str:
    """`[]` where the block list was: what is left around it needs a value."""
    root = section.root
    if root is None or not root.block:
        raise Entangled("the list can't be emptied")
    stand = lists.places(section.text, root)
    return apply(section.text, [Edit(stand[0].start, stand[-1].end, "[]")])
