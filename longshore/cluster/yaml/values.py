"""The values that EKS's authenticator and kubectl see in a YAML text: as go-yaml v2 reads it and sigs.k8s.io/yaml turns it into JSON.

Source: resolve.go and decode.go of gopkg.in/yaml.v2, yaml.go of sigs.k8s.io/yaml. Not as in YAML 1.2: `yes` is true, a later `<<` beats an earlier key.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from longshore.cluster.yaml.nodes import Node, Unreadable

Scalar = bool | int | float | str | None
Value = Scalar | Sequence["Value"] | Mapping[str, "Value"]

_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}
_PREFIX = "tag:yaml.org,2002:"
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?")


def is_text(value: str) -> bool:
    """Whether this text, without quotes, is a string to them."""
    return value != "<<" and isinstance(_resolved(value), str)


def value_of(node: Node) -> Value:
    """Raises Unreadable for what loses them the whole text: a key that is no text, a number that JSON has none of, aliases without measure."""
    return _Reading().value(node)


@dataclass
class _Reading:
    read: int = 0
    by_alias: int = 0
    depth: int = 0

    def value(self, node: Node) -> Value:
        self.count(node)
        match node.kind:
            case "alias":
                return self.aliased(node)
            case "sequence":
                return [self.value(child) for child in node.children]
            case "mapping":
                values: dict[str, Value] = {}
                self.fill(node, values)
                return values
            case _:
                return scalar(node)

    def aliased(self, node: Node) -> Value:
        assert node.target is not None
        if node.target.end >= node.start or self.depth > 100:
            raise _unreadable(node, f"*{node.anchor} stands for something that it is a part of")
        self.depth += 1
        value = self.value(node.target)
        self.depth -= 1
        return value

    def count(self, node: Node) -> None:
        """go-yaml's own measure against a text that grows by its aliases."""
        self.read += 1
        self.by_alias += self.depth > 0
        share = 0.99 if self.read <= 400_000 else max(0.10, 0.99 - 0.89 * (self.read - 400_000) / 3_600_000)
        if self.by_alias > 100 and self.read > 1000 and self.by_alias / self.read > share:
            raise _unreadable(node, "nearly all of it is aliases")

    def fill(self, node: Node, values: dict[str, Value]) -> None:
        for key, value in node.pairs():
            if is_merge(key):
                self.merge(value, values)
            else:
                self.count(key)
                values[_key(key)] = self.value(value)

    def merge(self, node: Node, values: dict[str, Value]) -> None:
        for part in reversed(node.children) if node.kind == "sequence" else [node]:
            source = part.target if part.kind == "alias" else part
            if source is None or source.kind != "mapping":
                raise _unreadable(part, "<< needs a mapping")
            if part.kind == "alias" and source.end >= part.start:
                raise _unreadable(part, f"*{part.anchor} stands for something that it is a part of")
            self.count(part)
            self.depth += part.kind == "alias"
            self.fill(source, values)
            self.depth -= part.kind == "alias"


def is_merge(key: Node) -> bool:
    """`<<: *other`."""
    return key.kind == "scalar" and key.value == "<<" and (key.plain or key.tag == f"{_PREFIX}merge")


def scalar(node: Node) -> Scalar:
    """Raises Unreadable where its tag promises something else."""
    value = _tagged(node, node.tag.removeprefix(_PREFIX)) if node.tag else _untagged(node)
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        raise _unreadable(node, "JSON has no such number")
    return value


def _untagged(node: Node) -> Scalar:
    return _resolved(node.value) if node.plain else node.value


def _tagged(node: Node, tag: str) -> Scalar:
    if tag == "binary":
        try:
            raw = base64.b64decode(node.value.replace("\r", "").replace("\n", ""), validate=True)
        except (binascii.Error, ValueError):
            raise _unreadable(node, "!!binary is not in base64") from None
        return raw.decode(errors="replace")
    if tag not in ("bool", "int", "float", "null", "timestamp"):
        return node.value
    value = _resolved(node.value)
    if tag == "timestamp" and isinstance(value, str) and _DATE.fullmatch(value):
        return value
    kinds: dict[str, type | tuple[type, ...]] = {"bool": bool, "int": int, "float": (int, float), "null": type(None)}
    wanted = kinds.get(tag)
    if wanted is None or not isinstance(value, wanted) or (isinstance(value, bool) and tag != "bool"):
        raise _unreadable(node, f"it is no !!{tag}")
    return float(value) if tag == "float" and isinstance(value, int) else value


def _resolved(text: str) -> Scalar:
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in ".+-0123456789":
        return text
    plain = text if text[0] == "." else text.replace("_", "")
    if (number := _integer(plain)) is not None:
        return number
    if _NUMBER.fullmatch(plain):
        value = float(plain)
        return text if value in (float("inf"), float("-inf")) else value
    return text


def _integer(text: str) -> int | None:
    """Go's ParseInt and ParseUint with base 0."""
    sign, digits = (text[0], text[1:]) if text[:1] in ("+", "-") else ("", text)
    prefix = digits[:2].lower()
    base = {"0x": 16, "0o": 8, "0b": 2}.get(prefix, 8 if digits[:1] == "0" and len(digits) > 1 else 10)
    digits = digits[2:] if base != 10 and prefix in ("0x", "0o", "0b") else digits
    if not digits.isascii() or not digits.isalnum():
        return None
    try:
        number = int(digits, base)
    except ValueError:
        return None
    if sign == "-":
        return -number if number <= 2**63 else None
    return number if number < (2**63 if sign else 2**64) else None


def _key(node: Node) -> str:
    resolved = node.target if node.kind == "alias" else node
    if resolved is None or resolved.kind != "scalar":
        raise _unreadable(node, "a key must be a text")
    value = scalar(resolved)
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() if -(2**63) <= value < 2**63:
            return str(value)
        case float():
            return f"{value:g}"
        case _:
            raise _unreadable(node, "a key must be a text")


def _unreadable(node: Node, why: str) -> Unreadable:
    return Unreadable(why, node.line, node.column)
