"""certs.check: which certificates end soon, those that cert-manager keeps and those that an Ingress has from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from longshore.answers import Answer, Table
from longshore.certs import leaf, managed, shown, tls_secrets
from longshore.certs.kinds import CERTIFICATES
from longshore.certs.leaf import Leaf
from longshore.certs.managed import Managed
from longshore.cluster.errors import asking
from longshore.cluster.ingress_classes import INGRESSES
from longshore.cluster.sight import Sight
from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import KubernetesError, Object, Reason
from longshore.steps.report import Reporter


@dataclass(frozen=True)
class Checked:
    """A Secret that should hold a certificate, who has it there, and what is in it."""

    secret: str
    by: tuple[str, ...]
    hosts: tuple[str, ...]
    found: Leaf | None
    fault: str

    @property
    def days(self) -> int | None:
        """Whole days that are left; negative when it has ended."""
        return None if self.found is None else int(self.found.days_left(shown.now()) // 1)


def check(environment: Environment, report: Reporter, days: int) -> Answer:
    """Not ok where one ends within so many days, or isn't there."""
    if days < 0:
        raise UsageError("--days must be 0 or more", on=str(days), do="--days 21")
    sight = Sight(environment, report)
    with asking(sight.guard, doing="look at the certificates"):
        kubectl = sight.kubectl
        known = _managed(kubectl, environment)
        ingresses = kubectl.all(INGRESSES, environment.namespace)
        pems = tls_secrets.certificates(kubectl, environment.namespace)
    found = [_checked(name, by, pems, days) for name, by in sorted(_users(known, ingresses).items())]
    rows = [
        (
            one.secret,
            ", ".join(one.hosts),
            ", ".join(one.by),
            shown.until(one.found.not_after if one.found else None),
            one.fault,
        )
        for one in found
    ]
    if not found:
        report.warn(f"namespace {environment.namespace} has no certificate: nothing was checked")
    ok = not any(one.fault for one in found)
    return Answer(
        {"ok": ok, "namespace": environment.namespace, "days": days, "certificates": [_data(one) for one in found]},
        [Table(("secret", "hosts", "of", "until", "fault"), rows)],
        ok=ok,
    )


def _managed(kubectl: Kubectl, environment: Environment) -> Sequence[Managed]:
    """Also without cert-manager an Ingress has certificates."""
    try:
        return managed.certificates(kubectl.all(CERTIFICATES, environment.namespace))
    except KubernetesError as error:
        if error.reason is Reason.NOT_FOUND:
            return []
        raise


def _users(known: Sequence[Managed], ingresses: Sequence[Object]) -> dict[str, tuple[str, ...]]:
    """The Secrets, and what has its certificate there."""
    users: dict[str, tuple[str, ...]] = {}
    for one in known:
        users[one.secret] = (*users.get(one.secret, ()), str(one))
    for each in ingresses:
        # Without a name, it is the controller's own certificate.
        names = dict.fromkeys(tls["secretName"] for tls in each["spec"].get("tls") or [] if tls.get("secretName"))
        for name in names:
            users[name] = (*users.get(name, ()), f"Ingress {each['metadata']['name']}")
    return users


def _checked(secret: str, by: tuple[str, ...], pems: dict[str, str], days: int) -> Checked:
    if secret not in pems:
        return Checked(secret, by, (), None, "there is none")
    try:
        found = leaf.read(pems[secret])
    except ValueError as error:
        return Checked(secret, by, (), None, str(error))
    left = found.days_left(shown.now())
    fault = "it has ended" if left < 0 else f"it ends within {days} days" if left < days else ""
    return Checked(secret, by, found.hosts, found, fault)


def _data(one: Checked) -> dict[str, Any]:
    return {
        "secret": one.secret, "of": list(one.by), "hosts": list(one.hosts), "ok": not one.fault,
        "not_after": one.found.not_after.isoformat() if one.found else None, "days": one.days,
        "serial": one.found.serial if one.found else None, "fault": one.fault or None,
    }  # fmt: skip
