"""certs.install: cert-manager by its chart, which defines its kinds of objects first, and the webhook that admits them."""

from __future__ import annotations

from longshore.certs.webhook import WebhookAnswers
from longshore.charts.catalogue import CERT_MANAGER
from longshore.charts.install import InstallChart
from longshore.cluster.guard import ClusterGuard, guards
from longshore.environments.environment import Environment
from longshore.steps.step import Step


def install(environment: Environment, chart: str = "") -> list[Step]:
    """The steps. `chart` is a path or an OCI address; empty: the pinned one."""
    identity, guard = guards(environment)
    if environment.is_sandbox:
        return [identity, guard, *_on_the_sandbox(environment, guard, chart)]
    step = InstallChart(environment, guard, CERT_MANAGER, chart)
    return [identity, guard, step, WebhookAnswers(environment, guard, step)]


def _on_the_sandbox(environment: Environment, guard: ClusterGuard, chart: str) -> list[Step]:
    """The same, and what stands in there for a pod and for the publisher's registry."""
    from longshore.sandbox.certificates import BuildCertManager, Controllers, InstallServed, PutChart

    put = PutChart(environment)
    step = InstallChart(environment, guard, CERT_MANAGER, chart) if chart else InstallServed(environment, guard, put)
    own: list[Step] = [BuildCertManager(), *([] if chart else [put]), step]
    return [*own, WebhookAnswers(environment, guard, step), Controllers(environment, guard)]
