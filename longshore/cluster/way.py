"""A way into a cluster as one identity: kubectl with a kubeconfig of ours that holds a fresh token and nothing of the user's."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from longshore.cluster import kubeconfig, token
from longshore.cluster.eks import Cluster
from longshore.errors import Failed
from longshore.programs.kubectl import Kubectl

if TYPE_CHECKING:
    from longshore.aws.session import Session
    from longshore.steps.step import Context

FOLDER = "longshore-kubeconfig-"
LEFT = 3600.0
"""Seconds after which a folder was left by a process that was killed: one that lives writes a new token into its own long before."""


def kubectl_path(run: Context, version: str) -> Path:
    """A kubectl for a cluster of this version, built now where none is here yet.

    Raises Failed and UsageError as the build does.
    """
    from longshore.toolchain import programs

    return found_kubectl(version) or programs.ensure("kubectl", run)


def found_kubectl(version: str) -> Path | None:
    """The pinned kubectl where it is built already, else the one on PATH if it may be used with a cluster of this version (`1.36`): one minor
    version more or less (https://kubernetes.io/releases/version-skew-policy/#kubectl).
    """
    from longshore.process.run import run
    from longshore.toolchain import cache
    from longshore.toolchain.catalogue import KUBECTL

    if cache.is_built(KUBECTL):
        return cache.binary(KUBECTL)
    own = shutil.which("kubectl")
    if own is None:
        return None
    try:
        said = json.loads(run([own, "version", "--client", "--output", "json"], timeout=10).stdout)
        mine = said["clientVersion"]["gitVersion"].removeprefix("v").split(".")
        wanted = version.split(".")
        near = mine[0] == wanted[0] and abs(int(mine[1]) - int(wanted[1])) <= 1
    except (Failed, ValueError, KeyError, IndexError, TypeError):
        return None
    return Path(own).absolute() if near else None


class Way:
    """As `session`'s identity into `cluster`. The kubeconfig is in a folder that only its owner can enter, and goes with the process."""

    def __init__(self, session: Session, cluster: Cluster, path: Path, state: Path) -> None:
        self.session = session
        self.cluster = cluster
        self._path = path
        self._cache = state / "kubectl"
        self._file: Path | None = None
        self._made = 0.0
        self._writing = threading.Lock()
        """Steps run side by side."""

    def kubectl(self, keep_open: Collection[int] = (), *, fresh: bool = False) -> Kubectl:
        """kubectl with a token that is good for some minutes; `keep_open` are descriptors that it inherits. `fresh`: one that the API server
        has never seen, so that it answers by what is so now.

        Raises UsageError for credentials that are missing.
        """
        with self._writing:
            self._refresh(fresh)
        assert self._file is not None
        return Kubectl(self._path, self._file, self._cache, keep_open)

    def _refresh(self, fresh: bool) -> None:
        if fresh or self._file is None or time.monotonic() - self._made > token.GOOD_FOR:
            self._write(kubeconfig.by_token(self.cluster, token.make(self.session, self.cluster.name)))

    def _write(self, text: str) -> None:
        if self._file is None or not self._file.parent.exists():
            sweep()
            folder = Path(tempfile.mkdtemp(prefix=FOLDER))
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            self._file = folder / "kubeconfig"
        beside = self._file.with_name("new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        beside.replace(self._file)
        self._made = time.monotonic()


def sweep() -> None:
    """Remove what killed processes of this user left in the folder for temporary files: kubeconfigs whose tokens have expired."""
    for left in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        with suppress(OSError):
            found = left.lstat()
            if found.st_uid == os.getuid() and time.time() - found.st_mtime > LEFT:
                shutil.rmtree(left)
