"""What a cluster's API server said no to, in words for a person: 401 is told from 403, and no answer from another server's answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from longshore.errors import Failed, LongshoreError, Refused
from longshore.programs.kubernetes import KubernetesError, Reason

if TYPE_CHECKING:
    from longshore.cluster.guard import ClusterGuard


@contextmanager
def asking(guard: ClusterGuard, *, doing: str, on: str = "") -> Iterator[None]:
    """Inside, a KubernetesError leaves as `could not {doing}` with the reason. An error that the caller expects is caught inside the block."""
    try:
        yield
    except KubernetesError as error:
        raise explained(error, guard, doing=doing, on=on) from error


def explained(error: KubernetesError, guard: ClusterGuard, *, doing: str, on: str = "") -> LongshoreError:
    """The LongshoreError for what kubectl complained of."""
    env, who = f"--env {guard.environment.name}", guard.identity.session.who
    what, on = f"could not {doing}", on or guard.cluster.name
    verify = f"inv cluster.verify {env} --profiles {guard.environment.profile or 'NAME'}"
    match error.reason:
        case Reason.UNAUTHORIZED:
            why = f"the cluster does not know {who} (401): no access entry and no line of aws-auth maps it"
            return Failed(what, on=on, why=why, do=(verify, f"as an administrator: inv cluster.access {env}"))
        case Reason.FORBIDDEN:
            return Failed(what, on=on, why=f"RBAC refuses {who} (403): {error.said}", do=verify)
        case Reason.UNREACHABLE:
            why = f"the API server does not answer at {guard.cluster.endpoint}: {error.said}"
            return Failed(what, on=on, why=why, do=f"inv cluster.components {env}")
        case Reason.CERTIFICATE:
            why = f"who answers at {guard.cluster.endpoint} has no certificate of the cluster's CA: {error.said}"
            return Refused(f"{what}: another server answers", on=on, why=why, do=f"inv cluster.components {env}")
    return Failed(what, on=on, why=error.said, do=error.do)
