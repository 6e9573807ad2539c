"""`cluster.monitor`: k9s on the environment's cluster where it is installed, else a live view of our own; off a terminal one look."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from longshore.answers import Answer
from longshore.aws import private_file
from longshore.cluster.connect import entry, private_path
from longshore.cluster.errors import explained
from longshore.cluster.guard import guards
from longshore.cluster.kubeconfig_file import KubeconfigFile
from longshore.cluster.monitor import tables
from longshore.cluster.monitor.live import live
from longshore.cluster.monitor.snapshot import Snapshot, take
from longshore.cluster.namespace import refuse_absent
from longshore.environments.environment import Environment
from longshore.errors import Failed
from longshore.programs.kubectl import environment as without_settings
from longshore.programs.kubernetes import KubernetesError
from longshore.steps.looking import Looking, look
from longshore.steps.report import Reporter


class Monitor:
    """The environment's cluster, looked at as the environment's profile. Raises as the guards do."""

    def __init__(self, environment: Environment, report: Reporter, namespace: str = "") -> None:
        self.environment = environment
        self.namespace = namespace
        self._run = Looking(report)
        self._identity, self._guard = guards(environment)
        look([self._identity, self._guard], report)

    @property
    def is_at_terminal(self) -> bool:
        """Whether somebody looks, and can type."""
        return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"

    def once(self) -> Answer:
        """One look. Raises Failed where the cluster doesn't let us look at all, UsageError for a namespace that isn't there."""
        self._refuse_absent()
        return tables.answer(self._guard.cluster.arn, self._look())

    def live(self) -> None:
        """The view of our own, until a key ends it. Raises UsageError for a namespace that isn't there."""
        self._refuse_absent()
        name = self.environment.name
        live(f"{name}: {self._guard.cluster.name} as {self.environment.profile or 'the ambient identity'}", self._look)

    def _refuse_absent(self) -> None:
        if self.namespace:
            refuse_absent(self._guard.kubectl(self._run), self.namespace)

    def _look(self) -> Snapshot:
        try:
            return take(self._guard.kubectl(self._run), self.namespace, self.environment.namespace)
        except KubernetesError as error:
            raise explained(error, self._guard, doing="look into the cluster") from error

    def k9s(self) -> tuple[list[str], dict[str, str]] | None:
        """k9s's command line and environment; None where it isn't installed. Its kubeconfig is longshore's own: the token is renewed by the
        aws CLI, as the profile that acts. It can't change anything: this is a task that reads.
        """
        if shutil.which("k9s") is None:
            return None
        file = self._kubeconfig()
        where = ["--namespace", self.namespace] if self.namespace else ["--all-namespaces"]
        words = ["k9s", "--kubeconfig", str(file), "--context", self.environment.name, *where, "--readonly"]
        return words, without_settings(os.environ)

    def _kubeconfig(self) -> Path:
        path, wished = private_path(self.environment), entry(self.environment, self._guard.cluster)
        text = wished.put_into(KubeconfigFile.parse("", path.name)).with_current(wished.context).text
        try:
            private_file.change(path, lambda _: text)
        except OSError as error:
            raise Failed(
                "could not write k9s's kubeconfig", on=str(error.filename), why=error.strerror or str(error)
            ) from error
        return path
