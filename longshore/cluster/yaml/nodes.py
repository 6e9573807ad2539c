"""YAML as a tree whose nodes know where they stand in the text, so that the text can be changed around them.

libyaml reads it: EKS's authenticator and kubectl read with go-yaml v2, which is a port of libyaml. Without libyaml PyYAML's own scanner does, slower.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from yaml.error import Mark

BYTE_ORDER_MARK = "\ufeff"
_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPED_SLASH = re.compile(r"(?<!\\)(?:\\\\)*\\/")
DEEPEST = 100
"""Levels of nesting. aws-auth has four, a kubeconfig six: what is deeper is neither."""


class Unreadable(Exception):
    """The text is no YAML that Kubernetes' programs read. `line` and `column` count from 1."""

    def __init__(self, why: str, line: int = 1, column: int = 1) -> None:
        super().__init__(why)
        self.why, self.line, self.column = why, line, column


@dataclass(eq=False, slots=True)
class Node:
    """`start` and `end` are offsets into the text; properties (anchor, tag) belong to the node."""

    kind: Literal["scalar", "sequence", "mapping", "alias"]
    start: int
    end: int
    line: int
    column: int
    """`line` and `column` count from 1."""
    tag: str = ""
    anchor: str = ""
    value: str = ""
    plain: bool = False
    """A scalar whose type its text decides: neither quoted nor tagged."""
    block: bool = False
    """A block scalar (| or >), or a collection in block style: by lines and indentation."""
    children: list[Node] = field(default_factory=list)
    """Items; of a mapping key, value, key, value ..."""
    target: Node | None = None
    """What an alias stands for."""

    def pairs(self) -> Iterator[tuple[Node, Node]]:
        """Keys and values of a mapping."""
        return zip(self.children[::2], self.children[1::2], strict=True)


@dataclass(frozen=True)
class Tree:
    """The first document of a text; `root` is None where there is none. Go's reader ignores what comes after it."""

    root: Node | None
    more: bool = False


def read(text: str) -> Tree:
    """Raises Unreadable with line and column."""
    import yaml

    if match := _UNREADABLE.search(text.removeprefix(BYTE_ORDER_MARK)):
        raise _at(text, match.start(), f"the character U+{ord(match[0]):04X} is not allowed in YAML")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _compose(
            text, yaml.parse(text.removeprefix(BYTE_ORDER_MARK), Loader=loader), text.startswith(BYTE_ORDER_MARK)
        )
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(_why(error), *_place(mark)) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise Unreadable(str(error).splitlines()[0] or type(error).__name__) from None


def unreadable_character(text: str) -> bool:
    """Whether it holds a character that YAML does not allow, or one that breaks a line."""
    return bool(_UNREADABLE.search(text)) or any(character in text for character in "\t\n\r\x85\u2028\u2029\ufeff")


def _compose(text: str, events: Iterator[Any], offset: int) -> Tree:
    import yaml

    anchors: dict[str, Node] = {}
    open_nodes: list[Node] = []
    root: Node | None = None
    for event in events:
        kind = type(event)
        if kind is yaml.ScalarEvent or kind is yaml.AliasEvent:
            node = _leaf(event, anchors, offset)
            _refuse_newer(
                node,
                event.style if kind is yaml.ScalarEvent else "",
                text,
                bool(open_nodes) and not open_nodes[-1].block,
            )
        elif kind is yaml.SequenceStartEvent or kind is yaml.MappingStartEvent:
            if len(open_nodes) >= DEEPEST:
                raise Unreadable("it is nested too deeply", *_place(event.start_mark))
            node = _collection(event, offset)
        elif kind is yaml.SequenceEndEvent or kind is yaml.MappingEndEvent:
            _close(open_nodes.pop(), event, offset)
            continue
        elif kind is yaml.DocumentEndEvent:
            return Tree(root, _more(events))
        else:
            continue
        if node.anchor and node.kind != "alias":
            anchors[node.anchor] = node
        if open_nodes:
            open_nodes[-1].children.append(node)
        else:
            root = node
        if node.kind in ("sequence", "mapping"):
            open_nodes.append(node)
    return Tree(None)


def _leaf(event: Any, anchors: dict[str, Node], offset: int) -> Node:
    start, end = event.start_mark, event.end_mark
    node = Node("scalar", start.index + offset, end.index + offset, start.line + 1, start.column + 1)
    node.anchor = event.anchor or ""
    if not hasattr(event, "value"):
        node.kind, node.target = "alias", anchors.get(event.anchor)
        if node.target is None:
            raise Unreadable(f"the alias *{event.anchor} has no anchor", node.line, node.column)
        return node
    node.value, node.tag = event.value, event.tag or ""
    node.plain, node.block = bool(event.implicit[0]), event.style in ("|", ">")
    return node


def _refuse_newer(node: Node, style: str | None, text: str, flow: bool) -> None:
    """What libyaml has learnt since go-yaml was made of it. It can't read it."""
    if not style and flow and "?" in node.value:
        raise Unreadable("a text with ? in brackets must be in quotes", node.line, node.column)
    if style == '"' and "/" in node.value and _ESCAPED_SLASH.search(text, node.start, node.end):
        raise Unreadable("\\/ is no escape that go-yaml reads", node.line, node.column)


def _collection(event: Any, offset: int) -> Node:
    import yaml

    start = event.start_mark
    kind: Literal["sequence", "mapping"] = "sequence" if isinstance(event, yaml.SequenceStartEvent) else "mapping"
    node = Node(kind, start.index + offset, event.end_mark.index + offset, start.line + 1, start.column + 1)
    node.tag, node.anchor, node.block = event.tag or "", event.anchor or "", not event.flow_style
    return node


def _close(node: Node, event: Any, offset: int) -> None:
    """A block collection ends where its last child does; the parser notices only at what comes next."""
    end = event.end_mark.index + offset
    if node.children and (node.block or event.start_mark.index == event.end_mark.index):
        end = node.children[-1].end
    node.end = end


def _more(events: Iterator[Any]) -> bool:
    import yaml

    try:
        return not isinstance(next(events, None), yaml.StreamEndEvent)
    except yaml.YAMLError:
        return True


def _why(error: Any) -> str:
    context = f", {error.context}" if error.context else ""
    return f"{error.problem or 'it is not valid YAML'}{context}"


def _place(mark: Mark | None) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _at(text: str, index: int, why: str) -> Unreadable:
    before = re.split(r"\r\n|[\r\n\x85\u2028\u2029]", text.removeprefix(BYTE_ORDER_MARK)[:index])
    return Unreadable(why, len(before), len(before[-1]) + 1)
