"""Waiting until cert-manager has issued a certificate, and the end of it where the issuer has said no."""

from __future__ import annotations

from longshore.aws import waiting
from longshore.certs import managed, pending
from longshore.certs.managed import Managed
from longshore.cluster.guard import ClusterGuard
from longshore.environments.environment import Environment
from longshore.errors import Failed
from longshore.steps.step import Context

MINUTES = 10.0
"""DNS-01 waits for name servers: minutes are usual. What has failed for good ends it at once."""


def wait(run: Context, guard: ClusterGuard, environment: Environment, name: str) -> None:
    """Look at a Certificate until it is issued, telling what it waits for.

    Raises Failed with what the issuer said, where it fails, is deleted, or takes too long; KubernetesError.
    """

    def look() -> waiting.Look:
        objects = managed.family(guard.kubectl(run), environment)
        found = next((one for one in managed.certificates(objects) if one.name == name), None)
        if found is None:
            raise Failed("somebody has deleted the Certificate", on=f"{environment.namespace}/{name}")
        waits = pending.of(found, objects)
        if pending.has_failed(waits):
            raise refused(found, waits, environment)
        return waiting.Look(found.ready and not found.is_issuing, str(pending.last(waits) or "issued"))

    waiting.wait(run, f"certificate of {name}", MINUTES, look)


def refused(found: Managed, waits: list[pending.Pending], environment: Environment) -> Failed:
    """The error for a certificate that was not issued."""
    env, host = f"--env {environment.name}", found.hosts[0] if found.hosts else found.name
    return Failed(
        "the certificate was not issued",
        on=f"{host}, {found.issuer}",
        why=str(pending.last(waits)),
        do=(f"inv certs.status {env}", f"once it is mended: inv certs.renew {env} --host {host}"),
    )
