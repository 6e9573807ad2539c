"""A Certificate of cert-manager: for which hosts, by whom, how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from longshore.certs import kinds
from longshore.certs.kinds import condition, is_true
from longshore.environments.environment import Environment
from longshore.errors import UsageError, nearest
from longshore.hosts import secret_name
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import KubernetesError, Object, Reason

FAMILY = (kinds.CERTIFICATES, kinds.REQUESTS, kinds.ORDERS, kinds.CHALLENGES, kinds.ISSUERS)
"""A Certificate, what cert-manager makes on the way to it, and who may sign it."""


@dataclass(frozen=True)
class Managed:
    """What a Certificate says of itself."""

    object: Object

    @property
    def name(self) -> str:
        return str(self.object["metadata"]["name"])

    @property
    def hosts(self) -> tuple[str, ...]:
        """Its DNS names; where it has none, what it is called after."""
        spec = self.object["spec"]
        common = spec.get("commonName")
        return tuple(spec.get("dnsNames") or ([common] if common else []))

    @property
    def secret(self) -> str:
        """The Secret that it fills."""
        return str(self.object["spec"]["secretName"])

    @property
    def issuer(self) -> str:
        """`ClusterIssuer letsencrypt`."""
        reference = self.object["spec"]["issuerRef"]
        return f"{reference.get('kind') or 'Issuer'} {reference['name']}"

    @property
    def ready(self) -> bool:
        """Whether what was asked for last is in the Secret, and has not ended."""
        return self._says("Ready", "True")

    @property
    def is_issuing(self) -> bool:
        """Whether cert-manager works on another one now."""
        return is_true(self.object, "Issuing")

    @property
    def has_failed(self) -> bool:
        """Whether the last attempt to issue it came to nothing; cert-manager tries again an hour later, then ever more rarely."""
        return self._says("Issuing", "False")

    @property
    def revision(self) -> int:
        """How often it was issued."""
        return int(self._status.get("revision") or 0)

    @property
    def not_after(self) -> datetime | None:
        return _time(self._status.get("notAfter"))

    @property
    def renewal(self) -> datetime | None:
        """When cert-manager renews it."""
        return _time(self._status.get("renewalTime"))

    @property
    def failures(self) -> int:
        """How often in a row it was not issued."""
        return int(self._status.get("failedIssuanceAttempts") or 0)

    @property
    def ingress(self) -> str:
        """The Ingress that asked for it by an annotation; empty where it wasn't one."""
        owners = self.object["metadata"].get("ownerReferences") or []
        return next((str(one["name"]) for one in owners if one.get("kind") == "Ingress"), "")

    def _says(self, type: str, status: str) -> bool:
        """Whether a condition is so of what is asked for now, and not of what was asked for before."""
        said = condition(self.object, type)
        seen = int(said.get("observedGeneration") or 0)
        return said.get("status") == status and seen >= int(self.object["metadata"].get("generation") or 0)

    @property
    def _status(self) -> Object:
        return self.object.get("status") or {}

    def __str__(self) -> str:
        return f"Certificate {self.name}"


def family(kubectl: Kubectl, environment: Environment) -> list[Object]:
    """The namespace's Certificates, what cert-manager makes on the way to them, and the issuers where one isn't ready.

    Raises UsageError where cert-manager isn't there, KubernetesError.
    """
    try:
        found = kubectl.all(",".join(FAMILY), environment.namespace)
    except KubernetesError as error:
        if error.reason is Reason.NOT_FOUND:
            raise kinds.NotInstalled(environment) from None
        raise
    if all(one.ready for one in certificates(found)):
        return found
    try:
        return [*found, *kubectl.all(kinds.CLUSTER_ISSUERS, None)]
    except KubernetesError as error:
        # Who may work in one namespace often can't see what the whole cluster has.
        if error.reason is Reason.FORBIDDEN:
            return found
        raise


def certificates(objects: Sequence[Object]) -> list[Managed]:
    """The Certificates among objects, by their names."""
    found = [Managed(one) for one in objects if one["kind"] == "Certificate"]
    return sorted(found, key=lambda one: one.name)


def of_host(found: Sequence[Managed], host: str) -> Managed | None:
    """The Certificate of a host: the one that is called after it, else one that names it."""
    naming = [one for one in found if host in one.hosts]
    return next((one for one in naming if one.name == secret_name(host)), naming[0] if naming else None)


def require(found: Sequence[Managed], host: str, environment: Environment) -> Managed:
    """The same. Raises UsageError where there is none, with the nearest."""
    one = of_host(found, host)
    if one is not None:
        return one
    names = list(dict.fromkeys(name for each in found for name in each.hosts))
    raise UsageError(
        f"no certificate is for {host}",
        on=f"namespace {environment.namespace}",
        why=f"there is one for {', '.join(names)}{nearest(host, names)}" if names else "there is none at all",
        do=f"inv certs.request --env {environment.name} --host {host}",
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
