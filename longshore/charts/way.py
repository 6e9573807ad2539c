"""Helm for a cluster: which program, and as whom."""

from __future__ import annotations

import shutil
from pathlib import Path

from longshore.cluster.guard import ClusterGuard
from longshore.programs import helm
from longshore.programs.helm import Helm
from longshore.steps.step import Context

MAJOR = 4


def helm_path(run: Context) -> Path:
    """The pinned Helm where it is built already, else one on PATH of the same major version, else the pinned one, built now.

    Raises Failed and UsageError as the build does.
    """
    from longshore.toolchain import cache, programs
    from longshore.toolchain.catalogue import HELM

    own = shutil.which("helm")
    if own is not None and not cache.is_built(HELM):
        found = helm.version(own)
        if found[:1] == (MAJOR,):
            return Path(own).absolute()
        told = ".".join(map(str, found)) or "of no version that it tells"
        run.report.note(f"the helm on PATH is {told}, and {MAJOR} is needed: it isn't used")
    return programs.ensure("helm", run)


def helm_for(guard: ClusterGuard, run: Context) -> Helm:
    """Helm as the identity that acts, with a token that is good for some minutes."""
    kubectl = guard.kubectl(run)
    return Helm(helm_path(run), kubectl.kubeconfig, guard.environment.state / "helm", kubectl.keep_open)
