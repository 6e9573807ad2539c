"""certs.install: cert-manager by its chart, which defines its kinds of objects first, and the webhook that admits them."""

from __future__ import annotations

from longshore.certs.webhook import WebhookAnswers
from longshore.charts.catalogue import CERT_MANAGER
from longshore.charts.install import InstallChart
from longshore.cluster.guard import ClusterGuard, guards
from longshore.environments.environment import Environment
from longshore.steps.step import Context, Status, Step, Unknown


def install(environment: Environment, chart: str = "") -> list[Step]:
    """The steps. `chart` is a path or an OCI address; empty: the pinned one."""
    identity, guard = guards(environment)
    if environment.is_sandbox:
        return [identity, guard, *_on_the_sandbox(environment, guard, chart)]
    step = InstallChart(environment, guard, CERT_MANAGER, chart)
    return [identity, guard, step, WebhookAnswers(environment, guard, step)]


def _on_the_sandbox(environment: Environment, guard: ClusterGuard, chart: str) -> list[Step]:
    """The same, and what stands in for a pod and for the publisher's registry there."""
    from longshore.sandbox.certificates import BuildCertManager, Controllers, PutChart

    class Install(InstallChart):
        """Its chart is known once it is in the registry."""

        def check(self, run: Context) -> Status:
            return super().check(run) if put.is_there or chart else Unknown("known after its chart is there")

    put = PutChart(environment)
    step = Install(environment, guard, CERT_MANAGER, chart)
    first: list[Step] = [BuildCertManager(), *([] if chart else [put])]
    return [*first, step, WebhookAnswers(environment, guard, step), Controllers(environment, guard)]
