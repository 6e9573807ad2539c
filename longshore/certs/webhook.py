"""Whether cert-manager's admission webhook answers: until it does, the API server takes none of its objects."""

from __future__ import annotations

import re
import time

from longshore.certs.kinds import VERSION
from longshore.charts.install import InstallChart
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard
from longshore.cluster.simulated import not_checked
from longshore.environments.environment import Environment
from longshore.errors import Failed
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import KubernetesError, Object
from longshore.steps.step import Context, Done, Status, Step, ToDo, Unknown

KIND, NAME = "validatingwebhookconfigurations.admissionregistration.k8s.io", "cert-manager-webhook"
LIMIT = 120.0
"""Seconds: its certificate is made after its pods run, and then put where the API server reads it."""
PAUSE = 1.0
_REFUSED = re.compile(r"failed calling webhook.*", re.DOTALL)


class WebhookAnswers(Step):
    """An Issuer, sent as a dry run, is admitted."""

    name = "cert-manager-webhook"
    title = "cert-manager's admission webhook"

    def __init__(self, environment: Environment, guard: ClusterGuard, install: InstallChart) -> None:
        self._environment = environment
        self._guard = guard
        self._install = install

    def check(self, run: Context) -> Status:
        if self._install.release is None:
            return Unknown("known after cert-manager is installed")
        with asking(self._guard, doing="ask cert-manager's webhook"):
            kubectl = self._guard.kubectl(run)
            if kubectl.find(KIND, NAME) is None:
                return Done(not_checked(self._environment) or "the chart has none")
            refused = self._refused(kubectl)
        return ToDo(f"wait until it answers: {refused}") if refused else Done("an Issuer was admitted, as a dry run")

    def apply(self, run: Context) -> None:
        """Raises Failed with the API server's words."""
        run.report.progress("waiting for cert-manager's webhook")
        deadline = time.monotonic() + LIMIT
        with asking(self._guard, doing="ask cert-manager's webhook"):
            while refused := self._refused(self._guard.kubectl(run)):
                if time.monotonic() > deadline:
                    raise Failed(
                        f"cert-manager's webhook did not answer within {LIMIT:g} s",
                        on=self._install.pinned.namespace,
                        why=refused,
                        do="let the control plane reach the nodes' port 10250 (security group), then run it again",
                    )
                run.sleep(PAUSE)

    def _refused(self, kubectl: Kubectl) -> str:
        """Why an Issuer isn't admitted, or nothing. Raises KubernetesError where that has nothing to do with the webhook."""
        metadata = {"name": "longshore-probe", "namespace": self._install.pinned.namespace}
        probe: Object = {"apiVersion": VERSION, "kind": "Issuer", "metadata": metadata, "spec": {"selfSigned": {}}}
        try:
            kubectl.put([probe], dry_run=True)
        except KubernetesError as error:
            if found := _REFUSED.search(error.said):
                return found[0]
            raise
        return ""
