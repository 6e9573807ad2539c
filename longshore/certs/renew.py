"""certs.renew: another certificate is in the Secret than before, and it ends later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from longshore.certs import choice, issued, leaf, managed, shown, tls_secrets
from longshore.certs.kinds import GROUP, condition
from longshore.certs.leaf import Leaf
from longshore.certs.managed import Managed
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard, guards
from longshore.cluster.sight import require_namespace
from longshore.environments.environment import Environment
from longshore.errors import Failed
from longshore.hosts import parse
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import KubernetesError, Object, Reason
from longshore.steps.step import Context, Done, Status, Step, ToDo

NONE = "none"
"""The serial where there is no certificate yet."""
TRIES = 5


class RenewCertificate(Step):
    """What is gone for is that another serial is there than now: twice is once, and a run that goes on doesn't renew again."""

    name = "renewal"

    def __init__(self, environment: Environment, guard: ClusterGuard, host: str) -> None:
        require_namespace(environment)
        self._environment = environment
        self._guard = guard
        self._host = parse(host)
        self.title = f"Renew the certificate of {self._host}"

    def check(self, run: Context) -> Status:
        """Raises UsageError where no Certificate is for the host."""
        with asking(self._guard, doing=f"look at the certificate of {self._host}"):
            kubectl = self._guard.kubectl(run)
            found, now = self._look(kubectl)
            old, ended = self._before(run, now)
            if now is not None and now.serial != old:
                before = f"{shown.second(ended)} → " if ended else ""
                return Done(f"serial {old} → {now.serial}, until {before}{shown.second(now.not_after)}")
            reference = found.object["spec"]["issuerRef"]
            if reference.get("group", GROUP) == GROUP:
                choice.require_ready(kubectl, self._environment, reference.get("kind", "Issuer"), reference["name"])
        has = f"serial {old}, until {shown.until(ended)}" if ended else "there is none yet"
        return ToDo(f"{found}: another one by {found.issuer} ({has})", "and wait until it is issued")

    def apply(self, run: Context) -> None:
        """Raises Failed where the issuer says no, or what it has issued does not end later."""
        with asking(self._guard, doing=f"renew the certificate of {self._host}"):
            old, ended = self._before(run, None)
            found = self._trigger(run, old)
            issued.wait(run, self._guard, self._environment, found.name)
            _, now = self._look(self._guard.kubectl(run))
        if now is not None and now.serial != old and ended and now.not_after <= ended:
            raise Failed(
                "the certificate was renewed, but does not end later",
                on=f"{found}, serial {now.serial}",
                why=f"until {shown.second(now.not_after)}, before {shown.second(ended)}",
                do=f"inv certs.status --env {self._environment.name}",
            )

    def _look(self, kubectl: Kubectl) -> tuple[Managed, Leaf | None]:
        """The Certificate first: one that is not in work then has in its Secret what it was issued last."""
        known = managed.certificates(managed.family(kubectl, self._environment))
        found = managed.require(known, self._host, self._environment)
        pem = tls_secrets.certificate(kubectl, found.secret, self._environment.namespace)
        try:
            return found, leaf.read(pem)
        except ValueError:
            return found, None

    def _before(self, run: Context, now: Leaf | None) -> tuple[str, datetime | None]:
        """The serial and the end of the certificate that is replaced."""
        serial = run.target("serial", lambda: now.serial if now else NONE, relative=True)
        ended = run.target("until", lambda: now.not_after.isoformat() if now else "", relative=True)
        return serial, datetime.fromisoformat(ended) if ended else None

    def _trigger(self, run: Context, old: str) -> Managed:
        """Put the condition Issuing, as `cmctl renew` does, unless cert-manager is at it already."""
        for _ in range(TRIES):
            kubectl = self._guard.kubectl(run)
            found, now = self._look(kubectl)
            if found.is_issuing or (now.serial if now else NONE) != old:
                return found
            status = {**(found.object.get("status") or {}), "conditions": _issuing(found)}
            try:
                # Not a patch: cert-manager's role for editors may only `update` the status.
                kubectl.replace({**found.object, "status": status}, status=True)
                return found
            except KubernetesError as error:
                if error.reason is not Reason.CONFLICT:
                    raise
        raise Failed("the Certificate does not stand still", on=str(found), why="somebody writes to it all the time")


def _issuing(found: Managed) -> list[Object]:
    """Its conditions, with the one that has it issued anew."""
    conditions = (found.object.get("status") or {}).get("conditions") or []
    others = [one for one in conditions if one["type"] != "Issuing"]
    failed = condition(found.object, "Issuing").get("lastTransitionTime")
    # cert-manager tries anew what failed before this moment, by the clocks that wrote both: ours may be late.
    moment = datetime.now(UTC)
    if failed:
        moment = max(moment, datetime.fromisoformat(failed) + timedelta(seconds=1))
    return [
        *others,
        {
            "type": "Issuing",
            "status": "True",
            "reason": "ManuallyTriggered",
            "message": "Renewed by hand",
            "lastTransitionTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "observedGeneration": found.object["metadata"].get("generation", 0),
        },
    ]


def renew(environment: Environment, host: str) -> list[Step]:
    """The steps of certs.renew."""
    identity, guard = guards(environment)
    return [identity, guard, RenewCertificate(environment, guard, host)]
