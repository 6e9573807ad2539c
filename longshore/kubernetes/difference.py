"""What differs between an object as it is and as it would be, a line for each field. Values of Secrets are never in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from longshore.kubernetes.marks import ABOUT, words
from longshore.programs.kubernetes import Object

LONGEST = 80
OF_THE_SERVER = frozenset(
    {
        "managedFields",
        "resourceVersion",
        "generation",
        "uid",
        "creationTimestamp",
        "selfLink",
        "deletionGracePeriodSeconds",
    }
)
"""Metadata that only the server sets."""
_IDENTITY = ("name", "containerPort", "port", "mountPath", "key", "host", "path", "ip", "topologyKey", "type")
"""What tells one item of a list from another."""


def lines(old: Object | None, new: Object) -> list[str]:
    """`Deployment bank: spec.replicas: 2 → 3`; one line for an object that isn't there yet."""
    if old is None:
        return [f"create {words(new)}"]
    secret = new["kind"] == "Secret"
    return [
        f"{words(new)}: {path}" if secret else f"{words(new)}: {path}: {_shown(before)} → {_shown(after)}"
        for path, before, after in _differ(_own(old), _own(new), "")
    ]


class _Absent:
    pass


ABSENT = _Absent()


def _own(found: Object) -> Object:
    """Without what the server sets, and what tells about the run that applied it."""
    metadata = {name: value for name, value in found["metadata"].items() if name not in OF_THE_SERVER}
    for name in ("annotations", "labels"):
        kept = {key: value for key, value in (metadata.get(name) or {}).items() if key not in ABOUT}
        metadata.pop(name, None)
        if kept:
            metadata[name] = kept
    (metadata.get("annotations") or {}).pop("deployment.kubernetes.io/revision", None)
    if not metadata.get("annotations", True):
        del metadata["annotations"]
    return {name: value for name, value in found.items() if name != "status"} | {"metadata": metadata}


def _differ(old: Any, new: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in [*old, *(name for name in new if name not in old)]:
            below = f"{path}.{name}" if path else name
            yield from _differ(old.get(name, ABSENT), new.get(name, ABSENT), below)
    elif isinstance(old, list) and isinstance(new, list) and old != new:
        yield from _lists(old, new, path)
    elif old is not new and (type(old) is not type(new) or old != new):
        yield path, old, new


def _lists(old: Sequence[Any], new: Sequence[Any], path: str) -> Iterator[tuple[str, Any, Any]]:
    names = [_name(one) for one in (*old, *new)]
    if not all(names) or any(len({_name(one) for one in some}) < len(some) for some in (old, new)):
        yield path, list(old), list(new)
        return
    before, after = {_name(one): one for one in old}, {_name(one): one for one in new}
    for name in [*before, *(name for name in after if name not in before)]:
        yield from _differ(before.get(name, ABSENT), after.get(name, ABSENT), f"{path}[{name}]")
    if before == after:
        yield path, list(before), list(after)


def _name(one: Any) -> str:
    if isinstance(one, dict):
        return next((str(one[key]) for key in _IDENTITY if key in one), "")
    return ""


def _shown(value: Any) -> str:
    if value is ABSENT:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.splitlines())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
