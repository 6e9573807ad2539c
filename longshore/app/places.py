"""Where in the files a field of a manifest is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from longshore.app.manifests import KUSTOMIZATIONS, Manifest, files
from longshore.programs.kubernetes import Object

_PART = re.compile(r"(?:^|\.)([A-Za-z][\w-]*)|\[([^\]]*)\]")


def place(manifest: Manifest, field: str, folder: Path, project: Path) -> str:
    """`k8s/base/deployment.yaml:12` of a field (`spec.ports[0].port`), from `project` on; where it isn't there, of what is nearest above it.

    `folder` is the one of K8S_OVERLAY. Empty where the object is from no file.
    """
    if manifest.file is None:
        return ""
    path = _PART.findall(field)
    near = [manifest.file]
    # A patch of a kustomization may have brought it.
    for above in (folder, manifest.file.parent):
        if any((above / name).is_file() for name in KUSTOMIZATIONS):
            near += [one for one in files(above) if one not in near]
    found = [(*_deepest(file, manifest.object, path), file) for file in near]
    depth, line, file = max(found, key=lambda one: one[0])
    return f"{_short(file, project)}:{line}" if depth else _short(manifest.file, project)


def _short(file: Path, project: Path) -> str:
    above, file = project.resolve(), file.resolve()
    return str(file.relative_to(above)) if file.is_relative_to(above) else str(file)


def _deepest(file: Path, object: Object, path: Sequence[tuple[str, str]]) -> tuple[int, int]:
    """How far the path leads in the file's objects of that kind, and the line there. The one of that name comes first: a patch may have none."""
    import yaml

    try:
        text = file.read_text(encoding="utf-8")
        roots = list(yaml.compose_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except (yaml.YAMLError, ValueError, OSError):
        return 0, 0
    same = [root for root in roots if root is not None and _text(root, "kind") == object["kind"]]
    same.sort(key=lambda root: _text(_below(root, "metadata"), "name") != object["metadata"]["name"])
    return max((_descend(root, path) for root in same), key=lambda one: one[0], default=(0, 0))


def _descend(node: Any, path: Sequence[tuple[str, str]]) -> tuple[int, int]:
    line = 0
    for depth, (name, choice) in enumerate(path):
        if name:
            pair = next((pair for pair in _pairs(node) if pair[0].value == name), None)
            if pair is None:
                return depth, line
            line, node = pair[0].start_mark.line + 1, pair[1]
        else:
            item = _chosen(node, choice)
            if item is None:
                return depth, line
            line, node = item.start_mark.line + 1, item
    return len(path), line


def _chosen(node: Any, choice: str) -> Any:
    """The item of a list by number or by what it says, or a mapping's value (`limits[cpu]`)."""
    if getattr(node, "id", "") == "mapping":
        return _below(node, choice)
    if getattr(node, "id", "") != "sequence":
        return None
    if choice.isdigit():
        return node.value[int(choice)] if int(choice) < len(node.value) else None
    wanted = dict(re.findall(r'(\w+)="?([^",]*)"?', choice))
    # The server fills defaults in (`protocol="TCP"`): what the item says must agree.
    for item in node.value:
        said = {pair[0].value: pair[1].value for pair in _pairs(item)}
        if any(name in said for name in wanted) and all(
            said.get(name, value) == value for name, value in wanted.items()
        ):
            return item
    return None


def _pairs(node: Any) -> list[Any]:
    return list(node.value) if getattr(node, "id", "") == "mapping" else []


def _text(node: Any, name: str) -> str:
    return next((str(pair[1].value) for pair in _pairs(node) if pair[0].value == name), "")


def _below(node: Any, name: str) -> Any:
    return next((pair[1] for pair in _pairs(node) if pair[0].value == name), None)
