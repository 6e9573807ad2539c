"""One mapping changed field by field: its unknown keys, comments, order and quotes stay."""

from __future__ import annotations

from longshore.cluster.aws_auth import lists, render
from longshore.cluster.aws_auth.edits import Edit, Entangled, line_end, newline_of, next_line, skip_blank
from longshore.cluster.aws_auth.mapping import ARN_FIELDS, Mapping, field_of
from longshore.cluster.yaml.nodes import Node
from longshore.cluster.yaml.values import is_merge, scalar


def rewrite(text: str, item: Node, now: Mapping, wished: Mapping) -> list[Edit]:
    """The edits that turn the mapping `now`, which stands at `item`, into the wished one.

    Raises Entangled where that would change something else, or a field is there twice.
    """
    if item.kind != "mapping":
        raise Entangled(f"the mapping in line {item.line} is an alias of another")
    fields = _fields(item, now)
    edits: list[Edit] = []
    missing: list[tuple[str, str]] = []
    texts = {ARN_FIELDS[now.kind]: (now.arn, wished.arn), "username": (now.username, wished.username)}
    for name, (old, new) in texts.items():
        if old == new or (name != "username" and old.lower() == new.lower()):
            continue
        if name in fields:
            edits.append(_text(text, fields[name][1], new, flow=not item.block))
        else:
            missing.append((name, render.text(new, flow=not item.block)))
    if set(now.groups) != set(wished.groups):
        if "groups" in fields:
            edits += _groups(text, *fields["groups"], now, wished)
        else:
            missing.append(("groups", render.flow_list(wished.groups)))
    return [*edits, *_inserted(text, item, missing)]


def _fields(item: Node, mapping: Mapping) -> dict[str, tuple[Node, Node]]:
    found: dict[str, tuple[Node, Node]] = {}
    for key, value in item.pairs():
        if is_merge(key) or key.kind != "scalar" or not (name := field_of(str(scalar(key)), mapping.kind)):
            continue
        if name in found:
            raise Entangled(f"{name} is there twice in the mapping of line {item.line}")
        found[name] = (key, value)
    return found


def _text(text: str, node: Node, new: str, *, flow: bool) -> Edit:
    written = text[node.start : node.end]
    rendered = render.text(new, flow=flow)
    if written[:1] == "'" and "'" not in new:
        rendered = f"'{new}'"
    elif written[:1] == '"':
        rendered = render.text(new, flow=True)
    if node.block and written.endswith(("\n", "\r")):
        rendered += newline_of(text)
    return Edit(node.start, node.end, _apart(text, node) + rendered)


def _apart(text: str, node: Node) -> str:
    """A value that is not there begins right at the colon."""
    return "" if node.start and text[node.start - 1].isspace() else " "


def _groups(text: str, key: Node, node: Node, now: Mapping, wished: Mapping) -> list[Edit]:
    if node.kind != "sequence":
        return [Edit(node.start, node.end, _apart(text, node) + render.flow_list(wished.groups))]
    # A group that is there twice, or is no text, goes too.
    first = {group: index for index, group in reversed(list(enumerate(now.groups)))}
    dropped = {index for index, group in enumerate(now.groups) if group not in wished.groups or first[group] != index}
    new = [group for group in wished.groups if group not in now.groups]
    if not node.block:
        return lists.rewrite(text, node, dropped, [render.text(group, flow=True) for group in new])
    if len(dropped) == len(node.children) and not new:
        return [_emptied(text, key, node), *lists.rewrite(text, node, dropped, [])]

    place = lists.places(text, node)[-1]
    pad = text[place.start : place.dash]
    return lists.rewrite(text, node, dropped, [f"{pad}- {render.text(group)}" for group in new])


def _emptied(text: str, key: Node, node: Node) -> Edit:
    """`[]` behind the key, or behind the anchor and the tag of the list."""
    if node.anchor or node.tag:
        at = lists.properties_end(text, node)
        return Edit(at, at, " []")
    colon = skip_blank(text, key.end)
    if text[colon : colon + 1] != ":":
        raise Entangled(f"the groups of line {key.line} have no colon")
    return Edit(colon + 1, colon + 1, " []")


def _inserted(text: str, item: Node, missing: list[tuple[str, str]]) -> list[Edit]:
    """Keys behind the last one: with go-yaml a key beats the `<<` before it only."""
    if not missing:
        return []
    last, key = item.children[-1], item.children[-2]
    if not item.block:
        return [Edit(last.end, last.end, "".join(f', "{name}": {value}' for name, value in missing))]
    newline = newline_of(text)
    lines = [f"{' ' * (item.children[0].column - 1)}{name}: {value}" for name, value in missing]
    if last.end > key.end and text[last.end - 1] in "\r\n":
        return [Edit(last.end, last.end, "".join(line + newline for line in lines))]
    end = line_end(text, last.end)
    if next_line(text, end) == end:
        return [Edit(end, end, newline + newline.join(lines))]
    return [Edit(next_line(text, end), next_line(text, end), "".join(line + newline for line in lines))]
