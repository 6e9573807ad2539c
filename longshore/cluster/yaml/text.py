"""YAML changed as text: where a node stands, and what is put there. The caller reads the result again and proves that it says what was meant.

Pure functions; nothing here knows what the text is about.
"""

from __future__ import annotations

import json
import re
from typing import Any

from longshore.cluster.yaml import nodes
from longshore.cluster.yaml.nodes import Node, Unreadable
from longshore.cluster.yaml.values import value_of as value_of_node

PLAIN = re.compile(r"(?:--)?[A-Za-z/][A-Za-z0-9/_.=+@-]*(?::[A-Za-z0-9/_.=+@-]+)*")
RESERVED = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Words that YAML 1.1, which kubectl reads, takes for something else than text."""


def compose(text: str) -> Node | None:
    """The one document's root node, or None where there is none. Raises Unreadable."""
    tree = nodes.read(text)
    if tree.more:
        begins = text.find("\n---", tree.root.end if tree.root else 0) + 1
        raise Unreadable("a second document follows (---)", text.count("\n", 0, begins) + 1)
    return tree.root


def unreadable(node: Node, why: str) -> Unreadable:
    """The fault, at a node."""
    return Unreadable(why, node.line, node.column)


def plain(node: Node | None) -> Any:
    """What a node says. Raises Unreadable for a key that is there twice."""
    if node is None:
        return None
    _refuse_twice(node)
    return value_of_node(node)


def _refuse_twice(node: Node) -> None:
    for child in node.children:
        _refuse_twice(child)
    if node.kind == "mapping":
        names: set[str] = set()
        for key, _ in node.pairs():
            if key.value in names:
                raise unreadable(key, f"the key {key.value} is there twice")
            names.add(key.value)


def value_of(root: Node | None, key: str) -> Node | None:
    """The node of a key of a mapping, or None."""
    return next((value for found, value in _pairs(root) if found.value == key), None)


def is_flow(node: Node | None) -> bool:
    """Whether a collection stands in braces or brackets."""
    return node is not None and node.kind in ("mapping", "sequence") and not node.block


def line_end(text: str) -> str:
    """How its lines end."""
    first = text.find("\n")
    return "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"


def block(value: Any, indent: str = "") -> list[str]:
    """A mapping or a list in block style, as kubectl writes it: a line each."""
    if isinstance(value, dict):
        lines = []
        for key, inner in value.items():
            if isinstance(inner, dict | list) and inner:
                lines += [f"{indent}{scalar(key)}:", *block(inner, indent + ("  " if isinstance(inner, dict) else ""))]
            else:
                lines.append(f"{indent}{scalar(key)}: {_inline(inner)}")
        return lines
    lines = []
    for item in value:
        if isinstance(item, dict | list) and item:
            first, *rest = block(item, indent + "  ")
            lines += [f"{indent}- {first.removeprefix(indent + '  ')}", *rest]
        else:
            lines.append(f"{indent}- {_inline(item)}")
    return lines


def scalar(text: str) -> str:
    """A text so that it is read as that text: without quotes where that is safe."""
    return text if PLAIN.fullmatch(text) and text.lower() not in RESERVED else json.dumps(text, ensure_ascii=False)


def _inline(value: Any) -> str:
    return scalar(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def replaced(text: str, sequence: Node, at: int, value: Any) -> str:
    """With another mapping as the item number `at` of a sequence."""
    node = sequence.children[at]
    start, stop = node.start, _end(text, node)
    if is_flow(sequence):
        return text[:start] + json.dumps(value, ensure_ascii=False) + text[stop:]
    first, *rest = block(value, " " * (node.column - 1))
    return text[:start] + line_end(text).join([first.lstrip(" "), *rest]) + text[stop:]


def appended(text: str, root: Node, key: str, value: Any) -> str:
    """With one more item at the end of the sequence of a key, which may be empty or null."""
    name, sequence = next((name, node) for name, node in _pairs(root) if name.value == key)
    if is_flow(sequence) and sequence.children:
        last = _end(text, sequence.children[-1])
        return text[:last] + f", {json.dumps(value, ensure_ascii=False)}" + text[last:]
    if sequence.kind == "sequence" and sequence.children:
        last = _end(text, sequence)
        return _after_line(text, last, block([value], " " * (sequence.column - 1)))
    colon = _colon(text, name)
    written = sequence.end > sequence.start
    stop = _end(text, sequence) if written else colon
    if is_flow(root):
        return f"{text[:colon]} [{json.dumps(value, ensure_ascii=False)}]{text[stop:]}"
    return _after_line(text[:colon] + text[stop:], colon, block([value], " " * (name.column - 1)))


def set_scalar(text: str, root: Node, key: str, value: str) -> str:
    """With another text as the scalar of a key."""
    name, node = next((name, node) for name, node in _pairs(root) if name.value == key)
    written = json.dumps(value, ensure_ascii=False) if is_flow(root) else scalar(value)
    if node.end > node.start:
        return text[: node.start] + written + text[node.end :]
    colon = _colon(text, name)
    return f"{text[:colon]} {written}{text[colon:]}"


def added(text: str, root: Node, key: str, value: Any) -> str:
    """With one more key at the end of the root mapping."""
    if is_flow(root):
        pair = f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
        if not root.children:
            inside = root.start + 1
            return text[:inside] + pair + text[inside:]
        last = _end(text, root.children[-1])
        return text[:last] + f", {pair}" + text[last:]
    return _after_line(text, _end(text, root), block({key: value}, " " * (root.column - 1)))


def _pairs(root: Node | None) -> list[tuple[Node, Node]]:
    return list(root.pairs()) if root is not None and root.kind == "mapping" else []


def _colon(text: str, name: Node) -> int:
    """Behind the colon that follows a key."""
    return text.index(":", name.end) + 1


def _end(text: str, node: Node) -> int:
    """Where a node's own text ends; of a mapping whose last value is empty, behind that key's colon."""
    if node.block and node.children:
        last = node.children[-1]
        if node.kind == "sequence":
            return _end(text, last)
        return max(_end(text, last), _colon(text, node.children[-2]))
    return len(text[: node.end].rstrip())


def _after_line(text: str, position: int, lines: list[str]) -> str:
    """With lines after the one in which the position is. A last line without an end stays one."""
    stop = text.find("\n", position)
    stop = len(text) if stop < 0 else stop - 1 if text[stop - 1] == "\r" else stop
    end = line_end(text)
    return text[:stop] + "".join(end + line for line in lines) + text[stop:]
