"""The pod specs of objects: where containers, volumes and references to Secrets stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from longshore.programs.kubernetes import Object

_TEMPLATES = {
    "Pod": (),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
_TEMPLATE = ("spec", "template")
KINDS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob", "Pod")


def spec(found: Object) -> dict[str, Any] | None:
    """The pod spec of an object; None where it makes no pods."""
    if found["kind"] not in KINDS:
        return None
    at: Any = found
    for name in (*_TEMPLATES.get(found["kind"], _TEMPLATE), "spec"):
        at = at.get(name) if isinstance(at, dict) else None
    return at if isinstance(at, dict) else None


def containers(found: Object) -> Iterator[dict[str, Any]]:
    """All containers of an object, those of its beginning too."""
    pod = spec(found) or {}
    for kind in ("initContainers", "containers"):
        for one in pod.get(kind) or []:
            if isinstance(one, dict):
                yield one


def secret_references(found: Object) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Each place that names a Secret: the mapping, the key of it that holds the name, and how it is used: `file` or `variable`."""
    for volume in (spec(found) or {}).get("volumes") or []:
        if isinstance(volume.get("secret"), dict):
            yield volume["secret"], "secretName", "file"
        for source in (volume.get("projected") or {}).get("sources") or []:
            if isinstance(source.get("secret"), dict):
                yield source["secret"], "name", "file"
    for container in containers(found):
        for source in container.get("envFrom") or []:
            if isinstance(source.get("secretRef"), dict):
                yield source["secretRef"], "name", "variable"
        for variable in container.get("env") or []:
            reference = (variable.get("valueFrom") or {}).get("secretKeyRef")
            if isinstance(reference, dict):
                yield reference, "name", "variable"
