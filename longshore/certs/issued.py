"""Waiting until cert-manager has issued a certificate, and the end of it where the issuer has said no."""

from __future__ import annotations

import time

from longshore.certs import managed, pending
from longshore.certs.kinds import NotInstalled
from longshore.certs.managed import Managed
from longshore.cluster.guard import ClusterGuard
from longshore.environments.environment import Environment
from longshore.errors import Failed
from longshore.programs.kubernetes import KubernetesError, Reason
from longshore.steps.step import Context

MINUTES = 10.0
"""DNS-01 waits for name servers: minutes are usual. What has failed for good ends it at once."""
SHORTEST, LONGEST = 0.3, 3.0
"""Seconds between two looks: they become longer."""
PATIENCE = 10.0
"""Seconds for an issuer that isn't there or isn't ready: cert-manager may be about to see it."""
AWAY = 60.0
"""Seconds for an API server that doesn't answer."""


def wait(run: Context, guard: ClusterGuard, environment: Environment, name: str) -> None:
    """Look at a Certificate until it is issued, telling what it waits for.

    Raises Failed with what the issuer said, where it fails, is deleted, or takes too long; KubernetesError.
    """
    began = fine = answered = time.monotonic()
    pause = SHORTEST
    while True:
        now = time.monotonic()
        try:
            objects = managed.family(guard.kubectl(run), environment)
            answered = now
        except (KubernetesError, NotInstalled) as error:
            # One that has just started doesn't know cert-manager's kinds yet.
            is_away = isinstance(error, NotInstalled) or error.reason is Reason.UNREACHABLE
            if not is_away or now - answered > AWAY:
                raise
            run.report.progress("the API server doesn't answer")
        else:
            found = next((one for one in managed.certificates(objects) if one.name == name), None)
            if found is None:
                raise Failed("somebody has deleted the Certificate", on=f"{environment.namespace}/{name}")
            if found.ready and not found.is_issuing:
                return
            waits = pending.of(found, objects)
            if not any(one.stuck for one in waits):
                fine = now
            if pending.has_failed(waits) or now - fine > PATIENCE:
                raise _not_issued("the certificate was not issued", found, waits, environment)
            if now - began > MINUTES * 60:
                raise _not_issued(f"not issued after {MINUTES:g} minutes", found, waits, environment)
            run.report.progress(f"waiting for {pending.last(waits)}")
        run.sleep(pause)
        pause = min(pause * 1.5, LONGEST)


def _not_issued(what: str, found: Managed, waits: list[pending.Pending], environment: Environment) -> Failed:
    env, host = f"--env {environment.name}", found.hosts[0] if found.hosts else found.name
    return Failed(
        what,
        on=f"{host}, {found.issuer}",
        why=str(pending.last(waits)),
        do=(f"inv certs.status {env}", f"once it is mended: inv certs.renew {env} --host {host}"),
    )
