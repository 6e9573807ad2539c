"""The ConfigMap aws-auth as EKS's authenticator reads it, faults included, and the line that EKS adds for a node group.

Follows aws-iam-authenticator's pkg/mapper/configmap (ParseMap, saveMap) and what Go's JSON decoder does with YAML that was turned into JSON: a
section that is no YAML is lost whole; a value of the wrong type leaves its field empty and the rest as it is; a mapping without an ARN is left out;
the last one of an ARN wins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

PATH = "/api/v1/namespaces/kube-system/configmaps"
Ask = Callable[..., tuple[int, dict[str, Any]]]
_TRIES = 20


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


def read(ask: Ask) -> AwsAuth:
    """What is in the cluster now.

    Raises OSError where the API server doesn't answer.
    """
    return parse(_found(ask).get("data") or {})


def _found(ask: Ask) -> dict[str, Any]:
    status, found = ask("GET", f"{PATH}/aws-auth")
    if status == 404:
        return {}
    if status != 200:
        raise OSError(f"the API server answered {status} when it was asked for aws-auth")
    return found


def add_nodes(ask: Ask, role: str) -> None:
    """Let the nodes of a role in, where they aren't yet. What else is there stays as it is, character by character.

    Raises OSError.
    """
    head, _, path = role.partition(":role/")
    arn = f"{head}:role/{path.rpartition('/')[2]}"
    line = (
        "- groups:\n  - system:bootstrappers\n  - system:nodes\n"
        f"  rolearn: {arn}\n  username: system:node:{{{{EC2PrivateDNSName}}}}\n"
    )
    for _ in range(_TRIES):
        there = _found(ask)
        data = dict(there.get("data") or {})
        text = data.get("mapRoles", "")
        if arn.lower() in _mappings(text, "rolearn"):
            return
        data["mapRoles"] = _appended(text, line)
        if there:
            status, _ = ask("PUT", f"{PATH}/aws-auth", {**there, "data": data})
        else:
            metadata = {"name": "aws-auth", "namespace": "kube-system"}
            status, _ = ask("POST", PATH, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
        if status in (200, 201):
            return
        if status != 409:
            raise OSError(f"the API server answered {status} when aws-auth was written")
    raise OSError("aws-auth is being changed all the time")


def _appended(text: str, line: str) -> str:
    import yaml

    root = _root(text)
    if not isinstance(root, yaml.SequenceNode) or not root.value:
        return line
    if root.flow_style:
        return str(yaml.safe_dump([*yaml.safe_load(text), *yaml.safe_load(line)], sort_keys=False))
    indent = " " * root.start_mark.column
    lines = "".join(indent + part for part in line.splitlines(keepends=True))
    return text + ("" if text.endswith("\n") else "\n") + lines


def _root(text: str) -> Any:
    # libyaml is what the authenticator's own parser was made from; only the first document counts.
    import yaml

    loader = yaml.CSafeLoader(text) if yaml.__with_libyaml__ else yaml.SafeLoader(text)
    try:
        return loader.get_node() if loader.check_node() else None
    except (yaml.YAMLError, RecursionError):
        return None
    finally:
        loader.dispose()


def _mappings(text: str, key: str) -> dict[str, Mapped]:
    import yaml

    root = _root(text)
    found: dict[str, Mapped] = {}
    for item in root.value if isinstance(root, yaml.SequenceNode) else []:
        values = _fields(item)
        arn = _string(values.get(key)) or ""
        if arn:
            found[arn.lower()] = Mapped(_string(values.get("username")) or "", _groups(values.get("groups")))
    return found


def _fields(node: Any) -> dict[str, Any]:
    # Names are matched whatever their case; in the JSON that YAML becomes they are sorted, and the last that fits is taken.
    import yaml

    if not isinstance(node, yaml.MappingNode):
        return {}
    constructor = yaml.SafeLoader("")
    try:
        constructor.flatten_mapping(node)
    except (yaml.YAMLError, RecursionError):
        return {}
    named = {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    fields: dict[str, Any] = {}
    for name in sorted(named):
        folded = name.casefold()
        if folded == "groups" or _string(named[name]) is not None:
            fields[folded] = named[name]
    return fields


def _groups(node: Any) -> tuple[str, ...]:
    import yaml

    items = node.value if isinstance(node, yaml.SequenceNode) else []
    return tuple(_string(item) or "" for item in items)


def _string(node: Any) -> str | None:
    # None for what becomes a number, a truth value, null or a collection: the decoder leaves such a field empty.
    import yaml

    if not isinstance(node, yaml.ScalarNode):
        return None
    kind = node.tag.rpartition(":")[2]
    text = str(node.value)
    if kind == "str":
        return None if node.style is None and text in ("y", "Y", "n", "N") else text
    if kind == "timestamp" or (kind in ("int", "float") and ":" in text):
        return text  # to Go's YAML no number; a date it leaves as text
    return None


def _accounts(text: str) -> list[str]:
    # Read by another decoder, which takes a number's own text: 012345678901 needs no quotes.
    import yaml

    root = _root(text)
    items = root.value if isinstance(root, yaml.SequenceNode) else []
    return [str(item.value) for item in items if isinstance(item, yaml.ScalarNode)]
