"""What is to be in the cluster: the manifests with the image, the secret and longshore's marks put in; and how that differs from what is there."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

from longshore.app import env_secret, image
from longshore.app.env_secret import AppEnv
from longshore.app.faults import faults
from longshore.app.image import ChooseImage
from longshore.app.manifests import ReadManifests
from longshore.environments.environment import Environment
from longshore.kubernetes import difference
from longshore.kubernetes.marks import ABOUT, APP, WORKLOADS, annotations_of, key
from longshore.kubernetes.workloads import Workload
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import KubernetesError, Object, Reason

ORDER = (
    "Namespace", "CustomResourceDefinition", "PriorityClass", "StorageClass", "ServiceAccount", "Secret", "ConfigMap",
    "PersistentVolumeClaim", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "NetworkPolicy", "Service",
)  # fmt: skip
"""What is applied first; the others follow as they stand, the disruption budgets and workloads among them."""


@dataclass(frozen=True)
class Difference:
    """`lines` for a person; `workloads` are those of them that are there. `forced` are fields of other managers."""

    lines: tuple[str, ...]
    workloads: tuple[Workload, ...]
    forced: str = ""


class Wish:
    """The objects of a deployment. `read`, `image` and `env` have looked before it is asked."""

    def __init__(self, environment: Environment, read: ReadManifests, chosen: ChooseImage, env: AppEnv) -> None:
        self.environment = environment
        self.read = read
        self.image = chosen
        self.env = env

    def objects(self) -> list[Object]:
        """As they are to be, without what tells about a run."""
        found = [copy.deepcopy(one.object) for one in self.read.manifests]
        if self.env.secret is not None:
            name = env_secret.placeholder(self.environment.app)
            for one in found:
                env_secret.refer(one, name, self.env.secret["metadata"]["name"])
            found.insert(0, copy.deepcopy(self.env.secret))
        for one in found:
            if self.image.reference or self.image.unknown:
                # What is still to be pushed goes by its tag: the plan's dry run finds all other faults before anything is done.
                image.pin(one, self.environment.ecr_repository, self.image.reference or self.image.expected)
            one["metadata"]["labels"] = {**(one["metadata"].get("labels") or {}), APP: self.environment.app}
        ranks = {kind: rank for rank, kind in enumerate(ORDER)}
        return sorted(found, key=lambda one: ranks.get(one["kind"], len(ORDER)))

    def workloads(self) -> list[tuple[str, str]]:
        """Kind and name of those that run pods, in the environment's namespace."""
        return [(one["kind"].lower(), one["metadata"]["name"]) for one in self.objects() if self._is_watched(one)]

    def _is_watched(self, one: Object) -> bool:
        return one["kind"] in WORKLOADS and one["metadata"].get("namespace") == self.environment.namespace

    def compare(self, kubectl: Kubectl) -> Difference:
        """What an apply would change, asked of the server. Raises UsageError for a typing error; Failed for what the server refuses."""
        wished = self.objects()
        there = {key(one): one for one in kubectl.present(wished)}
        marked = [_with(one, _about(there.get(key(one)))) for one in wished]
        would, forced = self._try(kubectl, marked)
        lines = [line for one in would for line in difference.lines(there.get(key(one)), one)]
        return Difference(tuple(lines), tuple(Workload(one) for one in there.values() if self._is_watched(one)), forced)

    def apply(self, kubectl: Kubectl, about: dict[str, str], *, changed: bool) -> list[Object]:
        """Apply them; where something changes, the workloads tell about this run."""
        wished = self.objects()
        if not changed:
            there = {key(one): one for one in kubectl.present(wished)}
            return kubectl.put([_with(one, _about(there.get(key(one)))) for one in wished], force=True)
        return kubectl.put([_with(one, about if one["kind"] in WORKLOADS else {}) for one in wished], force=True)

    def _try(self, kubectl: Kubectl, marked: Sequence[Object]) -> tuple[list[Object], str]:
        try:
            return kubectl.put(marked, dry_run=True), ""
        except KubernetesError as error:
            typed = faults(error, self.read.manifests, self.read.folder, self.environment.root)
            if typed is not None:
                raise typed from error
            if error.reason is not Reason.CONFLICT and "conflict" not in error.said:
                raise
            forced = error.said
        return kubectl.put(marked, dry_run=True, force=True), forced


def _about(there: Object | None) -> dict[str, str]:
    if there is None or there["kind"] not in WORKLOADS:
        return {}
    return {name: value for name, value in annotations_of(there).items() if name in ABOUT}


def _with(one: Object, about: dict[str, str]) -> Object:
    if not about:
        return one
    found = {**annotations_of(one), **about}
    return {**one, "metadata": {**one["metadata"], "annotations": found}}
