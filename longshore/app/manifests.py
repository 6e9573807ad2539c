"""The step that reads the manifests: a kustomization, or any folder of YAML. What comes out are objects, each with the file that it is from."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard
from longshore.cluster.sight import require_namespace
from longshore.environments.environment import Environment
from longshore.errors import LongshoreError, UsageError
from longshore.kubernetes.marks import key, words
from longshore.programs.kubernetes import KubernetesError, Object, Reason
from longshore.steps.step import Context, Done, Look, Status
from longshore.words import counted

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
ORIGIN = "config.kubernetes.io/origin"
"""The annotation by which kustomize tells where an object is from. https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/buildmetadata/"""
NOWHERE = "default"
"""The namespace that kubectl gives an object which names none."""


@dataclass(frozen=True)
class Manifest:
    """An object, and the file that it is from (None: made by a generator)."""

    object: Object
    file: Path | None


class ReadManifests(Look):
    """Reads K8S_OVERLAY. `manifests` are there once it has looked; every object that names no namespace is in the environment's."""

    name = "manifests"

    def __init__(self, environment: Environment, guard: ClusterGuard) -> None:
        self.folder = folder(environment)
        self.title = f"Manifests: {_shown(self.folder, environment)}"
        self.environment = environment
        self.guard = guard
        self._found: tuple[Manifest, ...] | None = None

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        assert self._found is not None, "the manifests were not read yet"
        return self._found

    def check(self, run: Context) -> Status:
        """Raises UsageError for what can't be read, with file and line."""
        if self._found is None:
            self._found = self._read(run)
            elsewhere = sorted(
                f"{words(one.object)} ({one.object['metadata']['namespace']})"
                for one in self._found
                if one.object["metadata"].get("namespace", self.environment.namespace) != self.environment.namespace
            )
            if elsewhere:
                run.report.warn(f"not in the namespace {self.environment.namespace}: {', '.join(elsewhere)}")
        return Done(counted(len(self._found), "object"))

    def facts(self) -> Mapping[str, str]:
        text = json.dumps([one.object for one in self.manifests], sort_keys=True)
        return {"manifests": f"sha256 {hashlib.sha256(text.encode()).hexdigest()[:12]}"}

    def _read(self, run: Context) -> tuple[Manifest, ...]:
        kubectl = self.guard.kubectl(run)
        try:
            with asking(self.guard, doing="read the manifests"), _wrapped(self.folder) as wrapper:
                text = kubectl.kustomize(wrapper)
                found = kubectl.read(text) if text.strip() else []
        except LongshoreError as error:
            cause = error.__cause__
            if isinstance(cause, KubernetesError) and cause.reason not in (Reason.UNREACHABLE, Reason.UNAUTHORIZED):
                raise UsageError(
                    "the manifests can't be read",
                    on=str(self.folder),
                    why=_cleared(cause.said),
                    do="mend the file that it names, then run it again",
                ) from error
            raise
        if not found:
            raise UsageError("there are no manifests", on=str(self.folder), do="put YAML files into that folder")
        return tuple(self._placed(one, wrapper) for one in found)

    def _placed(self, found: Object, wrapper: Path) -> Manifest:
        metadata = found["metadata"]
        file = _origin(found, wrapper)
        if metadata.get("namespace") == NOWHERE:
            metadata["namespace"] = self.environment.namespace
        return Manifest(found, file)


def folder(environment: Environment) -> Path:
    """The folder of manifests. Raises UsageError where the environment names none, or it isn't there."""
    found = environment.k8s_overlay
    if found is None:
        raise UsageError(
            f"{environment.name} names no manifests",
            on="K8S_OVERLAY",
            do=f"put K8S_OVERLAY=FOLDER into env/{environment.like or environment.name}.env",
        )
    if not found.is_dir():
        raise UsageError("there is no such folder of manifests", on=str(found), why="K8S_OVERLAY names it")
    require_namespace(environment)
    if not environment.app:
        raise UsageError(f"{environment.name} names no application", on="APP", do="add it to env/base.env")
    return found


def files(place: Path) -> list[Path]:
    """The YAML files of a plain folder, those of its folders too; what is hidden is left out."""
    found = []
    for above, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            Path(above, name)
            for name in sorted(names)
            if name.endswith((".yaml", ".yml", ".json")) and not name.startswith(".")
        ]
    return found


@contextmanager
def _wrapped(place: Path) -> Iterator[Path]:
    """A kustomization of ours around the user's folder: it makes kustomize tell where each object is from, and reads plain files as well."""
    parts = [place] if is_kustomization(place) else files(place)
    with tempfile.TemporaryDirectory(prefix="longshore-") as made:
        wrapper = Path(made).resolve()
        text = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": [os.path.relpath(part.resolve(), wrapper) for part in parts],
            "buildMetadata": ["originAnnotations"],
        }
        # JSON is YAML.
        (wrapper / "kustomization.yaml").write_text(json.dumps(text), encoding="utf-8")
        yield wrapper


def is_kustomization(place: Path) -> bool:
    """Whether kustomize has a file of its own there."""
    return any((place / name).is_file() for name in KUSTOMIZATIONS)


def _origin(found: Object, wrapper: Path) -> Path | None:
    """The file that kustomize's annotation tells, which is taken off. Its path is relative to our own folder."""
    annotations = found["metadata"].get("annotations") or {}
    said = re.search(r"^path: (.+)$", annotations.pop(ORIGIN, ""), re.MULTILINE)
    if not annotations:
        found["metadata"].pop("annotations", None)
    if said is None:
        return None
    path = Path(os.path.normpath(wrapper / said[1].strip("'\"")))
    return path if path.is_file() else None


_INNERMOST = ("accumulating resources from '", "couldn't make target for path '", "recursed accumulation of path '")
"""kustomize tells each folder on the way, and the fault last."""


def _cleared(said: str) -> str:
    """The end of kustomize's complaint: the file, and what is the matter with it."""
    at = max(said.rfind(mark) + len(mark) if mark in said else 0 for mark in _INNERMOST)
    return said[at:].replace("': ", ": ", 1).strip() if at else said


def _shown(place: Path, environment: Environment) -> str:
    return str(place.relative_to(environment.root)) if place.is_relative_to(environment.root) else str(place)


def named(found: tuple[Manifest, ...]) -> Iterator[tuple[tuple[str, str, str], Manifest]]:
    """Each by what it is known by."""
    for one in found:
        yield key(one.object), one
