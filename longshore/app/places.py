"""Where in the files a field is that the API server complains of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from longshore.app.manifests import KUSTOMIZATIONS, Manifest, files
from longshore.errors import UsageError
from longshore.programs.kubernetes import KubernetesError

_OBJECT = re.compile(r"\(([^();]*?)/?([^/();]+); [^;,]*, Kind=(\w+)\):? *")
"""`failed to create typed patch object (bank/bank; apps/v1, Kind=Deployment): .spec.typ: field not declared in schema`."""
_FIELD = re.compile(
    r"(?:^|\s)(\.[A-Za-z][^\s:]*(?:\[[^\]]*\][^\s:]*)*): (.+?)(?=\s+\.[A-Za-z][\w.\[]|\s+failed to create|$)"
)
_PART = re.compile(r"\.([A-Za-z][\w-]*)|\[([^\]]*)\]")


def faults(error: KubernetesError, manifests: Sequence[Manifest], folder: Path, project: Path) -> UsageError | None:
    """The error of a manifest with a typing error: file (from `project` on), line and field of each; None where kubectl complains of something
    else. `folder` is the one of K8S_OVERLAY.
    """
    told, at = [], list(_OBJECT.finditer(error.said))
    for number, found in enumerate(at):
        _, name, kind = found.groups()
        end = at[number + 1].start() if number + 1 < len(at) else len(error.said)
        manifest = next(
            (one for one in manifests if (one.object["kind"], one.object["metadata"]["name"]) == (kind, name)), None
        )
        for field in _FIELD.finditer(" " + error.said[found.end() : end]):
            place = _place(manifest, kind, field[1], folder, project)
            told.append(f"{place or f'{kind} {name}'}: {field[1].lstrip('.')}: {_clean(field[2])}")
    if not told:
        return None
    more = f"; {len(told) - 3} more" if len(told) > 3 else ""
    return UsageError(
        "the manifests have errors, nothing was applied",
        on=told[0].partition(": ")[0],
        why="; ".join(told[:3]) + more,
        do="mend them, then run it again",
    )


def _clean(text: str) -> str:
    text = re.sub(r"\s*(Error from server.*)?$", "", text.strip())
    return "there is no such field" if text == "field not declared in schema" else text


def _place(manifest: Manifest | None, kind: str, field: str, folder: Path, project: Path) -> str:
    """`k8s/base/deployment.yaml:12`; the file alone where the field isn't found."""
    path = _PART.findall(field)
    if manifest is None or manifest.file is None:
        return ""
    near = [manifest.file]
    # A patch of a kustomization may have brought it.
    for above in (folder, manifest.file.parent):
        if any((above / name).is_file() for name in KUSTOMIZATIONS):
            near += [one for one in files(above) if one not in near]
    for file in near:
        line = _line(file, kind, path)
        if line:
            return f"{_short(file, project)}:{line}"
    return _short(manifest.file, project)


def _short(file: Path, project: Path) -> str:
    above, file = project.resolve(), file.resolve()
    return str(file.relative_to(above)) if file.is_relative_to(above) else str(file)


def _line(file: Path, kind: str, path: Sequence[tuple[str, str]]) -> int:
    """The line of the field in the file's object of that kind; 0 where it isn't there."""
    import yaml

    try:
        text = file.read_text(encoding="utf-8")
        roots = list(yaml.compose_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except (yaml.YAMLError, ValueError, OSError):
        return 0
    for root in roots:
        if root is not None and _text(root, "kind") == kind:
            line = _descend(root, path)
            if line:
                return line
    return 0


def _descend(node: Any, path: Sequence[tuple[str, str]]) -> int:
    line = 0
    for name, choice in path:
        if name:
            pair = next((pair for pair in _pairs(node) if pair[0].value == name), None)
            if pair is None:
                return 0
            line, node = pair[0].start_mark.line + 1, pair[1]
        else:
            item = _chosen(node, choice)
            if item is None:
                return 0
            line, node = item.start_mark.line + 1, item
    return line


def _chosen(node: Any, choice: str) -> Any:
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
