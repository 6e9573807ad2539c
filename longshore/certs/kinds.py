"""cert-manager's objects: what they are called, and what their conditions say. https://cert-manager.io/docs/reference/api-docs/"""

from __future__ import annotations

from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.programs.kubernetes import Object

CERTIFICATES = "certificates.cert-manager.io"
REQUESTS = "certificaterequests.cert-manager.io"
ORDERS = "orders.acme.cert-manager.io"
CHALLENGES = "challenges.acme.cert-manager.io"
ISSUERS = "issuers.cert-manager.io"
CLUSTER_ISSUERS = "clusterissuers.cert-manager.io"

GROUP = "cert-manager.io"
VERSION = "cert-manager.io/v1"
CERTIFICATE_OF = "cert-manager.io/certificate-name"
"""Annotation of a Secret: the Certificate that fills it."""
REVISION = "cert-manager.io/certificate-revision"
"""Annotation of a CertificateRequest: which issuance of its Certificate it is for."""


def condition(found: Object, type: str) -> Object:
    """An object's condition of that type; empty where it has none."""
    conditions = (found.get("status") or {}).get("conditions") or []
    return next((one for one in conditions if one.get("type") == type), {})


def is_true(found: Object, type: str) -> bool:
    """Whether the condition holds."""
    return bool(condition(found, type).get("status") == "True")


class NotInstalled(UsageError):
    """A cluster without cert-manager."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(
            "cert-manager is not installed",
            on=environment.eks_cluster,
            why="the cluster does not know its kinds of objects",
            do=f"inv certs.install --env {environment.name}",
        )
