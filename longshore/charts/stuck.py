"""A release that a killed Helm left half-way (https://github.com/helm/helm/issues/8987), told from one that a Helm is at work on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from longshore.charts.marks import RUN
from longshore.errors import Refused
from longshore.programs.helm import PENDING, Helm, Release
from longshore.words import counted

LONG = 15
"""Minutes after which nobody is taken to be at work: three times what Helm gives each of its operations by default."""


@dataclass(frozen=True)
class Stuck:
    """How it is mended: `back_to` is the revision to roll back to; 0: there is none that was ever whole, and it is taken away."""

    release: Release
    back_to: int

    @property
    def since(self) -> str:
        """For a person."""
        if self.release.updated is None:
            return self.release.status
        minutes = _minutes(self.release)
        return (
            f"{self.release.status} since {self.release.updated:%Y-%m-%d %H:%M} ({counted(max(minutes, 0), 'minute')})"
        )

    def __str__(self) -> str:
        """What is done about it."""
        act = f"go back to its revision {self.back_to}" if self.back_to else "take away what it made"
        return f"the release {self.release.name} was left {self.since}: {act}, then begin anew"


def judge(helm: Helm, release: Release) -> Stuck | None:
    """None for a release that isn't pending. Who installs by longshore holds a lease meanwhile: what longshore left pending is nobody's any more once
    that lease is had. Another Helm holds none: only time tells.

    Raises Refused where somebody else's Helm may be at work.
    """
    if release.status not in PENDING:
        return None
    whole = [
        one.number for one in helm.history(release.name, release.namespace) if one.status in ("deployed", "superseded")
    ]
    stuck = Stuck(release, max(whole, default=0) if release.status != "uninstalling" else 0)
    if RUN not in release.labels and release.updated is not None and _minutes(release) < LONG:
        raise Refused(
            f"another Helm may be at work on the release {release.name}, nothing was touched",
            on=f"{release.namespace}, revision {release.revision}",
            why=f"it is {stuck.since}",
            do=(
                f"wait until it has ended (it is taken for killed after {LONG} minutes)",
                f"if you know that it was killed: helm rollback {release.name} --namespace {release.namespace}"
                if stuck.back_to
                else f"if you know that it was killed: helm uninstall {release.name} --namespace {release.namespace}",
            ),
        )
    return stuck


def mend(helm: Helm, stuck: Stuck) -> None:
    """Raises KubernetesError."""
    release = stuck.release
    if stuck.back_to:
        helm.rollback(release.name, release.namespace, stuck.back_to)
    else:
        helm.uninstall(release.name, release.namespace)


def _minutes(release: Release) -> int:
    assert release.updated is not None
    return int((datetime.now(UTC) - release.updated).total_seconds() // 60)
