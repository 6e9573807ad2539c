"""certs.issuer: a ClusterIssuer for Let's Encrypt is there, and its account is registered."""

from __future__ import annotations

import re
import time

from longshore.certs.acme import AcmeIssuer
from longshore.certs.choice import Issuer
from longshore.certs.kinds import CLUSTER_ISSUERS, NotInstalled, condition
from longshore.cluster import ingress_classes as classes
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard, guards
from longshore.environments.environment import Environment
from longshore.errors import Failed
from longshore.kubernetes.difference import lines
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import KubernetesError, Object, Reason
from longshore.steps.step import Context, Done, Status, Step, ToDo

LIMIT = 60.0
PAUSE = 0.5
_FINAL = re.compile(r": 4\d\d urn:ietf:params:acme:error:|not of type RSA|private key is invalid")
"""What cert-manager does not try again: pkg/issuer/acme/setup.go."""
_ACME = re.compile(r"urn:ietf:params:acme:error:(\w+)")

ADVICE = {
    "invalidContact": "give an address whose domain takes mail",
    "unsupportedContact": "give an address whose domain takes mail",
    "rateLimited": "wait as long as it says, and rehearse with --staging",
}
"""https://datatracker.ietf.org/doc/html/rfc8555#section-6.7"""


class MakeIssuer(Step):
    """On the sandbox no ACME server is reached: the object is made, and why it isn't ready is told."""

    name = "issuer"

    def __init__(self, environment: Environment, guard: ClusterGuard, wished: AcmeIssuer, class_name: str) -> None:
        self.title = f"ClusterIssuer {wished.name}"
        self._environment = environment
        self._guard = guard
        self._wished = wished
        self._class = class_name

    def check(self, run: Context) -> Status:
        """Raises UsageError where cert-manager isn't installed, or it can't be told which class answers for HTTP-01."""
        with asking(self._guard, doing=f"look at ClusterIssuer {self._wished.name}"):
            kubectl = self._guard.kubectl(run)
            old, todo = self._look(run, kubectl)
        if todo:
            wait = [] if self._environment.is_sandbox else ["and wait until its account is registered"]
            return ToDo(*todo, *wait)
        assert old is not None
        issuer = Issuer.of(old)
        told = f"{self._wished.server} for {self._wished.email}, {self._wished.proof}"
        if issuer.ready:
            return Done(f"ready: {told}")
        if self._environment.is_sandbox and condition(old, "Ready"):
            return Done(f"{told}; not ready, since the sandbox reaches no ACME server: {issuer.why}")
        return ToDo(f"wait until its account is registered: {issuer.why}")

    def apply(self, run: Context) -> None:
        """Raises Failed with the ACME server's own words."""
        with asking(self._guard, doing=f"make ClusterIssuer {self._wished.name}"):
            kubectl = self._guard.kubectl(run)
            _, todo = self._look(run, kubectl)
            if todo:
                kubectl.put([self._object(run, kubectl)], force=True)
            self._await(run)

    def _look(self, run: Context, kubectl: Kubectl) -> tuple[Object | None, list[str]]:
        """The object as it is, and what would change."""
        try:
            old = kubectl.find(CLUSTER_ISSUERS, self._wished.name)
            (new,) = kubectl.put([self._object(run, kubectl)], dry_run=True, force=True)
        except KubernetesError as error:
            if error.reason is Reason.NOT_FOUND or "no matches for kind" in error.said:
                raise NotInstalled(self._environment) from None
            raise
        return old, lines(old, new)

    def _object(self, run: Context, kubectl: Kubectl) -> Object:
        if self._wished.dns01:
            return self._wished.object("")
        name = run.target("class", lambda: classes.chosen(classes.all_of(kubectl), self._class, self._environment).name)
        return self._wished.object(name)

    def _await(self, run: Context) -> None:
        run.report.progress("waiting for the ACME account")
        begun = time.monotonic()
        while True:
            found = self._guard.kubectl(run).find(CLUSTER_ISSUERS, self._wished.name) or {}
            said, waited = condition(found, "Ready"), time.monotonic() - begun
            current = int(said.get("observedGeneration") or 0) >= int(found.get("metadata", {}).get("generation") or 0)
            if said and current:
                if said.get("status") == "True" or self._environment.is_sandbox:
                    return
                run.report.progress(f"waiting for the ACME account: {said.get('message', '')}")
                if _FINAL.search(str(said.get("message"))):
                    raise self._failed("the ACME server refuses the account", said)
            if waited > LIMIT:
                raise self._failed(f"no ACME account after {LIMIT:g} s", said)
            run.sleep(PAUSE)

    def _failed(self, what: str, said: Object) -> Failed:
        why = str(said.get("message") or "cert-manager has said nothing about it: does it run?")
        found = _ACME.search(why)
        advice = ADVICE.get(found[1], "") if found else ""
        again = f"inv certs.issuer --env {self._environment.name} --email YOU@example.com"
        return Failed(what, on=f"ClusterIssuer {self._wished.name}", why=why, do=(advice, again) if advice else again)


def issuer(
    environment: Environment,
    email: str,
    *,
    staging: bool = False,
    dns01: bool = False,
    zone: str = "",
    name: str = "",
    class_name: str = "",
) -> list[Step]:
    """The steps of certs.issuer. Raises UsageError."""
    identity, guard = guards(environment)
    wished = AcmeIssuer.wished(environment, email, name=name, staging=staging, dns01=dns01, zone=zone)
    return [identity, guard, MakeIssuer(environment, guard, wished, class_name)]
