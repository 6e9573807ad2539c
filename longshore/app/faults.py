"""What the API server finds wrong with manifests: fields that there are not, values that can't be. Each is told with its file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from longshore.app.manifests import Manifest
from longshore.app.places import place
from longshore.errors import UsageError
from longshore.programs.kubernetes import KubernetesError

MOST = 3
"""That are told."""
_OBJECT = re.compile(
    r"\((?:[^();]*?/)?(?P<typed>[^/();]+); [^;,]*, Kind=(?P<kind>\w+)\):? *"
    r'|(?:The |\(Invalid\): )(?P<Kind>\w+)[\w.-]* "(?P<invalid>[^"]+)" is invalid: *'
)
"""`failed to create typed patch object (bank/bank; apps/v1, Kind=Deployment): .spec.typ: field not declared in schema`;
`The Deployment "bank" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0`; several are a list (`* a: ... * b: ...`),
and of several objects `(Invalid): Deployment.apps "bank" is invalid: [a: ..., b: ...]`.
"""
_TYPED = re.compile(
    r"(?:^|\s)\.([A-Za-z][^\s:]*(?:\[[^\]]*\][^\s:]*)*): (.+?)(?=\s+\.[A-Za-z][\w.\[]|\s+failed to create|$)"
)
_INVALID = re.compile(
    r"(?:^|[*,\[] ?)([A-Za-z][^\s:,]*): (?=(?:Invalid|Required|Duplicate|Unsupported) value\b|Forbidden\b|Not found\b|Too (?:long|many)\b)"
)
"""The field, before its kind of error. https://pkg.go.dev/k8s.io/apimachinery/pkg/util/validation/field#ErrorType"""


def faults(error: KubernetesError, manifests: Sequence[Manifest], folder: Path, project: Path) -> UsageError | None:
    """The error of manifests with mistakes: file (from `project` on), line and field of each; None where kubectl complains of something else.

    `folder` is the one of K8S_OVERLAY.
    """
    told = []
    for kind, name, field, what in _complaints(error.said):
        known = [one for one in manifests if (one.object["kind"], one.object["metadata"]["name"]) == (kind, name)]
        where = place(known[0], field, folder, project) if known else ""
        told.append(f"{where or f'{kind} {name}'}: {field}: {what}")
    if not told:
        return None
    more = f"; {len(told) - MOST} more" if len(told) > MOST else ""
    return UsageError(
        "the manifests have errors, nothing was applied",
        on=told[0].partition(": ")[0],
        why="; ".join(told[:MOST]) + more,
        do="mend them, then run it again",
    )


def _complaints(said: str) -> Iterator[tuple[str, str, str, str]]:
    """Kind and name of the object, the field, and what is the matter with it."""
    at = list(_OBJECT.finditer(said))
    for number, found in enumerate(at):
        text = said[found.end() : at[number + 1].start() if number + 1 < len(at) else len(said)]
        if found["typed"]:
            for field, what in _TYPED.findall(" " + text):
                yield found["kind"], found["typed"], field, _clean(what)
        else:
            _, *pairs = _INVALID.split(text.strip().removesuffix("]") if text.startswith("[") else text.strip())
            for field, what in zip(pairs[::2], pairs[1::2], strict=True):
                yield found["Kind"], found["invalid"], field, what.strip()


def _clean(text: str) -> str:
    text = re.sub(r"\s*(Error from server.*)?$", "", text.strip())
    return "there is no such field" if text == "field not declared in schema" else text
