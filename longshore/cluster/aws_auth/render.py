"""A mapping written as YAML: plain where every reader takes it for the text that it is, else in JSON's quotes."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from longshore.cluster.aws_auth.mapping import ARN_FIELDS, Mapping
from longshore.cluster.yaml.values import is_text

_PLAIN = re.compile(r"[A-Za-z](?:[\w+=,.@/{}-]|:(?=[\w+=,.@/{}:-]))*", re.ASCII)


def text(value: str, *, flow: bool = False) -> str:
    """A text, quoted where it must be. In flow style always: it may be JSON."""
    return value if not flow and _PLAIN.fullmatch(value) and is_text(value) else json.dumps(value, ensure_ascii=False)


def flow_list(values: Sequence[str]) -> str:
    """`["a", "b"]`."""
    return f"[{', '.join(text(value, flow=True) for value in values)}]"


def flow_mapping(mapping: Mapping) -> str:
    """`{"userarn": "...", "username": "...", "groups": [...]}`."""
    fields = {ARN_FIELDS[mapping.kind]: text(mapping.arn, flow=True), "username": text(mapping.username, flow=True)}
    fields["groups"] = flow_list(mapping.groups)
    return "{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}"


def block_mapping(mapping: Mapping, column: int, list_indent: int) -> list[str]:
    """Its lines; the first without indentation. `column`: of its keys; `list_indent`: of the groups' dashes below their key."""
    pad = " " * column
    lines = [f"{ARN_FIELDS[mapping.kind]}: {text(mapping.arn)}", f"{pad}username: {text(mapping.username)}"]
    if not mapping.groups:
        return [*lines, f"{pad}groups: []"]
    dashes = [f"{pad}{' ' * list_indent}- {text(group)}" for group in mapping.groups]
    return [*lines, f"{pad}groups:", *dashes]
