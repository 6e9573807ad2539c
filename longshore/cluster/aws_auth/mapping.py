"""One line of aws-auth: an IAM user or role, and who it is in Kubernetes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from longshore.cluster.aws_auth.arn import Kind, canonical
from longshore.cluster.yaml.values import Value

SECTIONS: dict[Kind, str] = {"role": "mapRoles", "user": "mapUsers"}
ARN_FIELDS: dict[Kind, str] = {"role": "rolearn", "user": "userarn"}
NODE_GROUPS = frozenset({"system:nodes", "system:bootstrappers"})
NODE_USERNAME = "system:node:"


@dataclass(frozen=True)
class Mapping:
    """`kind` is the list that it stands in. `line` counts from 1 in the text of that list; 0 for one that is only wished."""

    kind: Kind
    arn: str
    username: str
    groups: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)

    @property
    def principal(self) -> str:
        """The ARN in the form in which ARNs of one principal are equal."""
        return canonical(self.arn)

    @property
    def is_node(self) -> bool:
        """Whether nodes join the cluster by it."""
        named = self.username.lower().startswith(NODE_USERNAME)
        return self.kind == "role" and (named or not NODE_GROUPS.isdisjoint(self.groups))

    def same_access(self, other: Mapping) -> bool:
        """The order of groups means nothing to Kubernetes."""
        return self.username == other.username and set(self.groups) == set(other.groups)

    def __str__(self) -> str:
        groups = ", ".join(self.groups)
        return f"{self.kind} {self.arn} as {self.username or '(no username)'}, {f'groups {groups}' if groups else 'no groups'}"


def field_of(key: str, kind: Kind) -> str:
    """The field that Go's JSON reader fills by this key, whatever its case; empty for an unknown key."""
    folded = key.lower().replace("ſ", "s")
    return folded if folded in (ARN_FIELDS[kind], "username", "groups") else ""


def decoded(value: Value, kind: Kind, line: int) -> tuple[Mapping, list[tuple[str, str]]]:
    """The mapping that EKS makes of a value, and what it had to leave out, with the key: Go's JSON reader skips a value of the wrong type and goes on."""
    if not isinstance(value, dict):
        wrong_item = [] if value is None else [("", f"it is {named(value)}, not keys and values")]
        return Mapping(kind, "", "", (), line), wrong_item
    texts = {ARN_FIELDS[kind]: "", "username": ""}
    groups: Sequence[str] = ()
    faults: list[tuple[str, str]] = []
    for key in _in_order(value, kind):
        found, name = value[key], field_of(key, kind)
        if name == "groups":
            groups, wrong = _groups(found, groups)
            faults += [(key, what) for what in wrong]
        elif isinstance(found, str):
            texts[name] = found
        elif found is not None:
            faults.append((key, f"{key} is {named(found)}, not a text: EKS reads it as empty; put it in quotes"))
    return Mapping(kind, texts[ARN_FIELDS[kind]], texts["username"], tuple(groups), line), faults


def _in_order(keys: Iterable[str], kind: Kind) -> list[str]:
    # sigs.k8s.io/yaml writes the JSON with sorted keys, and of several that differ in case the last one wins.
    return sorted((key for key in keys if field_of(key, kind)), key=lambda key: key.encode(errors="surrogatepass"))


def _groups(value: Value, before: Sequence[str]) -> tuple[Sequence[str], list[str]]:
    if value is None:
        return [], []
    if not isinstance(value, list):
        return before, [f"groups is {named(value)}, not a list: EKS reads no groups"]
    wrong = [item for item in value if not isinstance(item, str | None)]
    faults = [f"a group is {named(item)}, not a text: EKS reads it as empty; put it in quotes" for item in wrong]
    # Go reads into the list that is there: where `groups` and `Groups` are given, the earlier one shows through.
    under = [*before, *[""] * len(value)]
    return [item if isinstance(item, str) else under[index] for index, item in enumerate(value)], faults


def named(value: Value) -> str:
    """What kind of value it is, in words."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case dict():
            return "keys and values"
        case _:
            return "a list"
