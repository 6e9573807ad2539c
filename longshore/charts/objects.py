"""The objects of a release, read from its manifest."""

from __future__ import annotations

from collections.abc import Sequence

from longshore.kubernetes.marks import WORKLOADS, key, words
from longshore.programs.kubernetes import Object


def of(manifest: str, namespace: str) -> list[Object]:
    """Those of a manifest; one that names no namespace is in the release's."""
    import yaml

    found: list[Object] = []
    for one in yaml.load_all(manifest, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(one, dict) and one.get("kind"):
            found += one.get("items") or [] if one["kind"].endswith("List") else [one]
    for one in found:
        one["metadata"].setdefault("namespace", namespace)
    return found


def elsewhere(found: Sequence[Object], namespace: str) -> list[Object]:
    """The same in a namespace that is always there, for a server that is only asked: in one that isn't there yet it takes nothing."""
    return [
        {**one, "metadata": {**one["metadata"], "namespace": "default"}}
        if one["metadata"]["namespace"] == namespace
        else one
        for one in found
    ]


def changes(before: Sequence[Object], after: Sequence[Object]) -> list[str]:
    """What an upgrade does to them, a line each."""
    old, new = {key(one): one for one in before}, {key(one): one for one in after}
    lines = [f"create {words(one)}" for name, one in new.items() if name not in old]
    lines += [f"change {words(one)}" for name, one in new.items() if name in old and one != old[name]]
    return lines + [f"delete {words(one)}" for name, one in old.items() if name not in new]


def workloads(found: Sequence[Object], namespace: str) -> list[tuple[str, str]]:
    """Kind and name of what runs pods in the release's namespace."""
    return [
        (one["kind"].lower(), one["metadata"]["name"])
        for one in found
        if one["kind"] in WORKLOADS and one["metadata"]["namespace"] == namespace
    ]
