"""YAML changed as text: where a node stands, and what is put there. The caller reads the result again and proves that it says what was meant.

Positions are those of ruamel.yaml's nodes. Pure functions; nothing here knows what the text is about.
"""

from __future__ import annotations

import json
import re
from typing import Any

PLAIN = re.compile(r"(?:--)?[A-Za-z/][A-Za-z0-9/_.=+@-]*(?::[A-Za-z0-9/_.=+@-]+)*")
RESERVED = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Words that YAML 1.1, which kubectl reads, takes for something else than text."""


class Unreadable(Exception):
    """Why it can't be read, and where: `line` and `column` are counted from 1."""

    def __init__(self, why: str, line: int, column: int) -> None:
        super().__init__(why)
        self.why, self.line, self.column = why, line, column


def compose(text: str) -> Any:
    """The one document's root node, or None where there is none. Raises Unreadable."""
    if not text:
        return None
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    try:
        return YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(
            str(error.problem or error.context), mark.line + 1 if mark else 1, mark.column + 1 if mark else 1
        ) from None
    except ReaderError as error:
        before = text[: error.position].splitlines() or [""]
        raise Unreadable("a character that YAML doesn't allow", len(before), len(before[-1]) + 1) from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise Unreadable(str(error).splitlines()[0] if str(error) else type(error).__name__, 1, 1) from None


def unreadable(node: Any, why: str) -> Unreadable:
    """The fault, at a node."""
    return Unreadable(why, node.start_mark.line + 1, node.start_mark.column + 1)


def plain(node: Any) -> Any:
    """What a node says: dict, list, str, bool, None; another scalar as (tag, text). Raises Unreadable for a key that is there twice."""
    if node is None:
        return None
    if node.id == "mapping":
        found: dict[Any, Any] = {}
        for key, value in node.value:
            name = plain(key) if key.id == "scalar" else str(plain(key))
            if name in found:
                raise unreadable(key, f"the key {key.value} is there twice")
            found[name] = plain(value)
        return found
    if node.id == "sequence":
        return [plain(item) for item in node.value]
    kind = str(node.tag).rpartition(":")[2]
    match kind:
        case "str":
            return node.value
        case "null":
            return None
        case "bool":
            return node.value.lower() in ("true", "yes", "on", "y")
        case _:
            return kind, node.value


def value_of(root: Any, key: str) -> Any:
    """The node of a key of a mapping, or None."""
    return next((value for found, value in _pairs(root) if found.value == key), None)


def is_flow(node: Any) -> bool:
    """Whether a collection stands in braces or brackets."""
    return node is not None and bool(getattr(node, "flow_style", False))


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


def replaced(text: str, sequence: Any, at: int, value: Any) -> str:
    """With another mapping as the item number `at` of a sequence."""
    node = sequence.value[at]
    start, stop = node.start_mark.index, _end(text, node)
    if is_flow(sequence):
        return text[:start] + json.dumps(value, ensure_ascii=False) + text[stop:]
    first, *rest = block(value, " " * node.start_mark.column)
    return text[:start] + line_end(text).join([first.lstrip(" "), *rest]) + text[stop:]


def appended(text: str, root: Any, key: str, value: Any) -> str:
    """With one more item at the end of the sequence of a key, which may be empty or null."""
    name, sequence = next((name, node) for name, node in _pairs(root) if name.value == key)
    if is_flow(sequence) and sequence.value:
        last = _end(text, sequence.value[-1])
        return text[:last] + f", {json.dumps(value, ensure_ascii=False)}" + text[last:]
    if sequence.id == "sequence" and sequence.value:
        last = _end(text, sequence)
        return _after_line(text, last, block([value], " " * sequence.start_mark.column))
    colon = _colon(text, name)
    written = sequence.end_mark.index > sequence.start_mark.index
    stop = _end(text, sequence) if written else colon
    if is_flow(root):
        return f"{text[:colon]} [{json.dumps(value, ensure_ascii=False)}]{text[stop:]}"
    return _after_line(text[:colon] + text[stop:], colon, block([value], " " * name.start_mark.column))


def set_scalar(text: str, root: Any, key: str, value: str) -> str:
    """With another text as the scalar of a key."""
    name, node = next((name, node) for name, node in _pairs(root) if name.value == key)
    written = json.dumps(value, ensure_ascii=False) if is_flow(root) else scalar(value)
    if node.end_mark.index > node.start_mark.index:
        return text[: node.start_mark.index] + written + text[node.end_mark.index :]
    colon = _colon(text, name)
    return f"{text[:colon]} {written}{text[colon:]}"


def added(text: str, root: Any, key: str, value: Any) -> str:
    """With one more key at the end of the root mapping."""
    if is_flow(root):
        pair = f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
        if not root.value:
            inside = root.start_mark.index + 1
            return text[:inside] + pair + text[inside:]
        last = _end(text, root.value[-1][1])
        return text[:last] + f", {pair}" + text[last:]
    return _after_line(text, _end(text, root), block({key: value}, " " * root.start_mark.column))


def _pairs(root: Any) -> list[tuple[Any, Any]]:
    return list(root.value) if root is not None and root.id == "mapping" else []


def _colon(text: str, name: Any) -> int:
    """Behind the colon that follows a key."""
    return text.index(":", name.end_mark.index) + 1


def _end(text: str, node: Any) -> int:
    """Where a node's own text ends. (A block collection's end mark stands before the next token, behind the comments between.)"""
    if node.id in ("mapping", "sequence") and not is_flow(node) and node.value:
        last = node.value[-1]
        if not isinstance(last, tuple):
            return _end(text, last)
        key, value = last
        return max(_end(text, value), _colon(text, key))
    return len(text[: node.end_mark.index].rstrip())


def _after_line(text: str, position: int, lines: list[str]) -> str:
    """With lines after the one in which the position is. A last line without an end stays one."""
    stop = text.find("\n", position)
    stop = len(text) if stop < 0 else stop - 1 if text[stop - 1] == "\r" else stop
    end = line_end(text)
    return text[:stop] + "".join(end + line for line in lines) + text[stop:]
