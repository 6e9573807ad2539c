"""One of the lists of aws-auth (mapRoles, mapUsers, mapAccounts): a YAML text inside the ConfigMap."""

from __future__ import annotations

from dataclasses import dataclass, field

from longshore.cluster.aws_auth.arn import Kind
from longshore.cluster.aws_auth.fault import Fault
from longshore.cluster.aws_auth.mapping import SECTIONS, Mapping, decoded, named
from longshore.cluster.yaml.nodes import Node, Unreadable, read
from longshore.cluster.yaml.values import Value, value_of

ACCOUNTS = "mapAccounts"
_NOTHING = ("", '""', "``")
"""Texts that the authenticator takes for an empty list before it parses anything."""


@dataclass(frozen=True)
class Section:
    """A list of mappings as EKS reads it. `lost` says why EKS can't read any of it; what is lost is never changed."""

    kind: Kind
    text: str
    root: Node | None = field(default=None, compare=False)
    values: tuple[Value, ...] = ()
    mappings: tuple[Mapping, ...] = ()
    """One for each item of the list, in order."""
    faults: tuple[Fault, ...] = ()
    lost: Fault | None = None

    @property
    def key(self) -> str:
        """The ConfigMap's key."""
        return SECTIONS[self.kind]


def parse(kind: Kind, text: str) -> Section:
    """Never raises: what can't be read is `lost`."""
    key = SECTIONS[kind]
    try:
        root, value, more = _read(text)
    except Unreadable as error:
        return Section(kind, text, lost=Fault("unparseable", key, error.why, error.line, error.column))
    faults = [_ignored(key)] if more else []
    if root is None or value is None:
        return Section(kind, text, root, faults=tuple(faults))
    if not isinstance(value, list):
        why = f"it is {named(value)}, not a list"
        return Section(kind, text, root, lost=Fault("unparseable", key, why, root.line, root.column))
    mappings = []
    for node, item in zip(items(root), value, strict=True):
        mapping, wrong = decoded(item, kind, node.line)
        mappings.append(mapping)
        for field_key, what in wrong:
            place = _value_of(node, field_key)
            faults.append(Fault("type", key, what, place.line, place.column, mapping.arn))
    return Section(kind, text, root, tuple(value), tuple(mappings), tuple(faults))


def accounts(text: str) -> tuple[tuple[str, ...], list[Fault]]:
    """The account numbers of mapAccounts and its faults. go-yaml reads it into texts itself: a number stays as it is written."""
    try:
        root, value, more = _read(text)
    except Unreadable as error:
        return (), [Fault("unparseable", ACCOUNTS, error.why, error.line, error.column)]
    faults = [_ignored(ACCOUNTS)] if more else []
    if root is None or value is None:
        return (), faults
    if not isinstance(value, list):
        why = f"it is {named(value)}, not a list"
        return (), [*faults, Fault("unparseable", ACCOUNTS, why, root.line, root.column)]
    found = []
    for node, item in zip(items(root), value, strict=True):
        written = "" if item is None else (item if isinstance(item, str) else _aliased(node).value)
        if not isinstance(item, list | dict):
            found.append(written)
        if not (len(written) == 12 and written.isascii() and written.isdigit()):
            faults.append(Fault("account", ACCOUNTS, "it is no account number of 12 digits", node.line, node.column))
    return tuple(found), faults


def items(root: Node) -> list[Node]:
    """The items of the list."""
    return _aliased(root).children


def is_nothing(text: str) -> bool:
    """Whether it is empty without being parsed."""
    return text.strip() in _NOTHING


def _read(text: str) -> tuple[Node | None, Value, bool]:
    if is_nothing(text):
        return None, None, False
    tree = read(text)
    try:
        return tree.root, value_of(tree.root) if tree.root else None, tree.more
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None


def _value_of(item: Node, key: str) -> Node:
    """The value of a key where it stands in the item itself, else the item."""
    pairs = item.pairs() if item.kind == "mapping" else ()
    return next((value for name, value in pairs if name.kind == "scalar" and name.value == key), item)


def _aliased(node: Node) -> Node:
    while node.target is not None:
        node = node.target
    return node


def _ignored(key: str) -> Fault:
    return Fault("ignored", key, "a second YAML document follows (---); EKS ignores it")
