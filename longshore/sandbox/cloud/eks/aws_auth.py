"""The text of aws-auth as EKS's authenticator reads it, faults included.

Follows aws-iam-authenticator's pkg/mapper/configmap (ParseMap, saveMap) and what Go's JSON decoder does with YAML that was turned into JSON: a
section that is no YAML is lost whole; a value of the wrong type leaves its field empty and the rest as it is; a mapping without an ARN is left out;
the last one of an ARN wins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any


@dataclass(frozen=True)
class Mapped:
    """Who an IAM principal is in Kubernetes."""

    username: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class AwsAuth:
    """Mappings by ARN in lower case, as they are looked up."""

    roles: Mapping[str, Mapped]
    users: Mapping[str, Mapped]
    accounts: frozenset[str]


def parse(data: Mapping[str, str]) -> AwsAuth:
    """What the authenticator makes of a ConfigMap's data. Never fails: what can't be read isn't there."""
    return AwsAuth(
        _mappings(data.get("mapRoles", ""), "rolearn"),
        _mappings(data.get("mapUsers", ""), "userarn"),
        frozenset(_accounts(data.get("mapAccounts", ""))),
    )


@cache
def _loader() -> Any:
    # libyaml is what the authenticator's own parser was made from. It finds no types here: `_string` does, as that parser would.
    import yaml

    base = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    return type("Loader", (base,), {"yaml_implicit_resolvers": {}, "DEFAULT_SCALAR_TAG": UNTAGGED})


def root(text: str) -> Any:
    """The node of the first document, which is the only one that counts; None where there is none, or no YAML."""
    import yaml

    try:
        loader = _loader()(text)
    except yaml.YAMLError:
        return None  # a sign that may not be in YAML
    try:
        return loader.get_node() if loader.check_node() else None
    except (yaml.YAMLError, RecursionError):
        return None
    finally:
        loader.dispose()


_SLASH = re.compile(r"(?<!\\)(\\\\)*\\/")


class _Lost(Exception):
    """What the decoder stops at."""


@lru_cache(maxsize=16)
def _mappings(text: str, key: str) -> Mapping[str, Mapped]:
    # The same text again and again, as a rule; 2,000 mappings take a fifth of a second.
    import yaml

    top = root(text)
    found: dict[str, Mapped] = {}
    try:
        _check(top, text, {})
        items = [_fields(item) for item in top.value] if isinstance(top, yaml.SequenceNode) else []
    except (_Lost, RecursionError):
        return {}
    for values in items:
        arn = _string(values.get(key)) or ""
        if arn:
            found[arn.lower()] = Mapped(_string(values.get("username")) or "", _groups(values.get("groups") or []))
    return found


def _check(node: Any, text: str, seen: dict[int, bool], flow: bool = False) -> None:
    # What JSON can't hold, anywhere in the section: a key that is a list or nothing, a value that is within itself. And what the authenticator's
    # older parser stumbles over: a question mark in brackets without quotes, a slash behind a backslash in quotes.
    import yaml

    if isinstance(node, yaml.ScalarNode):
        if flow and _plain(node) and "?" in node.value:
            raise _Lost
        if node.style == '"' and _SLASH.search(text[node.start_mark.index : node.end_mark.index]):
            raise _Lost
    if not isinstance(node, yaml.CollectionNode) or seen.get(id(node)):
        return
    if id(node) in seen:
        raise _Lost
    seen[id(node)] = False
    for item in node.value:
        for part in item if isinstance(item, tuple) else (item,):
            _check(part, text, seen, flow or bool(node.flow_style))
        key = item[0] if isinstance(item, tuple) else None
        if key is not None and (not isinstance(key, yaml.ScalarNode) or (_plain(key) and key.value in _NULLS)):
            raise _Lost
    seen[id(node)] = True


def _fields(node: Any) -> dict[str, Any]:
    # Names are matched whatever their case; in the JSON that YAML becomes they are sorted, and the last that fits is taken.
    named = _named(node)
    fields: dict[str, Any] = {}
    for name in sorted(named):
        folded, value = name.casefold(), named[name]
        if folded == "groups":
            fields[folded] = [*fields.get(folded, []), value]
        elif _string(value) is not None:
            fields[folded] = value
    return fields


def _named(node: Any) -> dict[str, Any]:
    # Key by key: what `<<` brings replaces what stood before it, and is replaced by what comes after.
    import yaml

    named: dict[str, Any] = {}
    for key, value in node.value if isinstance(node, yaml.MappingNode) else []:
        if key.value == "<<" and (_plain(key) or key.tag.endswith(":merge")):
            for other in reversed(value.value) if isinstance(value, yaml.SequenceNode) else [value]:
                if not isinstance(other, yaml.MappingNode):
                    raise _Lost
                named |= _named(other)
        else:
            named[key.value] = value
    return named


def _groups(nodes: list[Any]) -> tuple[str, ...]:
    # One list is read over the one before it: an item of the wrong type leaves what stood in its place.
    import yaml

    found: list[str] = []
    for node in nodes:
        if isinstance(node, yaml.SequenceNode):
            read = [_string(item) for item in node.value]
            found = [(found[at] if at < len(found) else "") if one is None else one for at, one in enumerate(read)]
        elif _plain(node) and node.value in _NULLS:
            found = []
    return tuple(found)


UNTAGGED = "untagged"
# What the authenticator's YAML takes for a number or a word, where it stands without quotes (resolve.go of go-yaml 2).
_NUMBER = re.compile(
    r"[-+]?(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|\.(inf|Inf|INF))|\.(nan|NaN|NAN)"
)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = frozenset(
    word for one in ("y", "yes", "on", "true", "n", "no", "off", "false") for word in (one, one.title(), one.upper())
)


def _plain(node: Any) -> bool:
    return node.tag == UNTAGGED and not node.style


def _string(node: Any) -> str | None:
    # None for what becomes a number, a truth value, null or a collection: the decoder leaves such a field empty.
    import yaml

    if not isinstance(node, yaml.ScalarNode):
        return None
    text = str(node.value)
    if node.tag.startswith("tag:yaml.org,2002:"):
        return None if node.tag.rpartition(":")[2] in ("bool", "int", "float", "null") else text
    if not _plain(node):
        return text
    return None if text in _NULLS | _BOOLEANS or _NUMBER.fullmatch(text.replace("_", "")) else text


def _accounts(text: str) -> list[str]:
    # Read by another decoder, which takes a number's own text: 012345678901 needs no quotes.
    import yaml

    found = root(text)
    try:
        _check(found, text, {})
    except (_Lost, RecursionError):
        return []
    items = found.value if isinstance(found, yaml.SequenceNode) else []
    scalars = [item for item in items if isinstance(item, yaml.ScalarNode)]
    return [str(item.value) for item in scalars if not (_plain(item) and item.value in _NULLS)]
