"""A Deployment's revisions: its ReplicaSets. What a rollback goes for is the hash of a pod template, which stays what it is; its number doesn't."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from longshore.kubernetes import workloads
from longshore.kubernetes.workloads import Workload
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import Object


@dataclass(frozen=True)
class Revision:
    """One of them. `images` are its containers', `secret` tells nothing: only names are kept."""

    number: int
    hash: str
    images: tuple[str, ...]
    created: str
    available: int

    def __str__(self) -> str:
        return f"revision {self.number} ({', '.join(shown(image) for image in self.images)})"


def of(kubectl: Kubectl, workload: Workload) -> list[Revision]:
    """Its revisions, the newest first."""
    return [_revision(one) for one in workloads.replica_sets(kubectl, workload)]


def _revision(found: Object) -> Revision:
    containers = found["spec"]["template"]["spec"].get("containers") or []
    return Revision(
        number=workloads.revision_of(found),
        hash=workloads.hash_of(found),
        images=tuple(one.get("image", "") for one in containers),
        created=found["metadata"].get("creationTimestamp", ""),
        available=int((found.get("status") or {}).get("availableReplicas") or 0),
    )


def serving(workload: Workload, found: Sequence[Revision]) -> Revision | None:
    """The one that serves: the newest, or where that never became ready, the one before it that is."""
    if not found:
        return None
    if workload.is_complete:
        return found[0]
    return max(found, key=lambda one: (one.available, one.number)) if any(one.available for one in found) else None


def shown(image: str) -> str:
    """An image for a person: its name, and the beginning of its digest."""
    name, _, digest = image.partition("@")
    return f"{name.rpartition('/')[2]}@{digest[:19]}" if digest else name.rpartition("/")[2]


def packed(hashes: Mapping[str, str]) -> str:
    """Names and hashes as one text, for a run's target."""
    return " ".join(f"{name}={hash}" for name, hash in sorted(hashes.items()))


def unpacked(text: str) -> dict[str, str]:
    """And back."""
    return {name: hash for name, _, hash in (word.partition("=") for word in text.split())}
