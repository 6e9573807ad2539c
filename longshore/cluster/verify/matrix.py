"""What a profile may do, by questions that Kubernetes' own roles view, edit and admin answer differently.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from longshore.programs.kubernetes import Asked

Level = Literal["admin", "edit", "view", "none", "custom"]
LEVELS: tuple[Level, ...] = ("admin", "edit", "view", "none")
"""Those that a person may expect."""

EVERYTHING = Asked("*", "*")
CLUSTER_INFO = Asked("list", "services", "kube-system")
"""What `kubectl cluster-info` lists: who has rights in one namespace only is refused it, and has access all the same."""
_VIEW = (("list", "pods"), ("list", "deployments.apps"), ("get", "configmaps"))
_EDIT = (("create", "deployments.apps"), ("delete", "pods"), ("get", "secrets"))
_ADMIN = (("create", "rolebindings.rbac.authorization.k8s.io"),)
_ALL = (*_VIEW, *_EDIT, *_ADMIN)


def questions(namespace: str) -> tuple[Asked, ...]:
    """What is asked: everything, cluster-info, then each verb in all namespaces and in the one."""
    everywhere = [Asked(verb, resource) for verb, resource in _ALL]
    there = [Asked(verb, resource, namespace) for verb, resource in _ALL]
    return (EVERYTHING, CLUSTER_INFO, *everywhere, *there)


@dataclass(frozen=True)
class Rights:
    """The answers, read: the level in all namespaces, and the one in `namespace`."""

    namespace: str
    everywhere: Level
    there: Level
    everything: bool
    """Whether it is an administrator of the cluster: any verb on any resource."""
    cluster_info: bool
    answers: tuple[tuple[str, bool], ...]

    @property
    def any(self) -> bool:
        """Whether it may do anything of what was asked."""
        return any(allowed for _, allowed in self.answers)

    @property
    def shown(self) -> str:
        """In words: `view`, `edit in bank`, `custom in bank: list pods`."""
        if self.everything:
            return "admin: everything"
        if self.everywhere == self.there:
            said = str(self.everywhere)
        elif self.everywhere == "none":
            said = f"{self.there} in {self.namespace}"
        else:
            said = f"{self.there} in {self.namespace}, {self.everywhere} elsewhere"
        return f"{said}: {self._some}" if "custom" in (self.everywhere, self.there) else said

    @property
    def _some(self) -> str:
        return ", ".join(question for question, allowed in self.answers if allowed)


def rights(namespace: str, allowed: Sequence[bool]) -> Rights:
    """From the answers to `questions`, in their order."""
    answers = tuple(zip(map(str, questions(namespace)), allowed, strict=True))
    everything, cluster_info, *rest = allowed
    everywhere, there = rest[: len(_ALL)], rest[len(_ALL) :]
    return Rights(namespace, _level(everywhere), _level(there), everything, cluster_info, answers)


def _level(allowed: Sequence[bool]) -> Level:
    view, edit, admin = len(_VIEW), len(_VIEW) + len(_EDIT), len(_ALL)
    levels: dict[int, Level] = {0: "none", view: "view", edit: "edit", admin: "admin"}
    for count, level in levels.items():
        if list(allowed) == [number < count for number in range(admin)]:
            return level
    return "custom"
