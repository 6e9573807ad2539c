"""certs.request: a Certificate for a host is there, and what was asked for is in its Secret."""

from __future__ import annotations

from collections.abc import Sequence

from longshore.certs import issued, managed, pending, shown, tls_secrets
from longshore.certs.choice import Issuer, issuer
from longshore.certs.kinds import CERTIFICATES, GROUP, VERSION
from longshore.certs.managed import Managed
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard, guards
from longshore.cluster.sight import require_namespace
from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.hosts import parse, secret_name
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import Object
from longshore.steps.step import Context, Done, Status, Step, ToDo


class RequestCertificate(Step):
    """The Certificate is called like its Secret, as those are that an Ingress asks for: one that is there already is taken for it."""

    name = "certificate"

    def __init__(self, environment: Environment, guard: ClusterGuard, host: str, issuer: str, secret: str) -> None:
        require_namespace(environment)
        self._environment = environment
        self._guard = guard
        self._host = parse(host)
        self._named = issuer
        self._own_secret = bool(secret)
        self._secret = secret or secret_name(self._host)
        self._issuer: Issuer | None = None
        self.title = f"Certificate of {self._host} in {environment.namespace}"

    def check(self, run: Context) -> Status:
        """Raises UsageError for an issuer that can't sign, and for a Secret that is another's."""
        with asking(self._guard, doing=f"look at the certificate of {self._host}"):
            kubectl = self._guard.kubectl(run)
            objects = managed.family(kubectl, self._environment)
            known = managed.certificates(objects)
            found = self._found(known)
            if found is None:
                self._refuse_taken(kubectl, known)
            change = self._change(kubectl, found)
        if change:
            return ToDo(change, "and wait until it is issued")
        assert found is not None
        if found.ready and not found.is_issuing:
            return Done(shown.state(found))
        return ToDo(f"wait until it is issued: {pending.last(pending.of(found, objects))}")

    def apply(self, run: Context) -> None:
        """Raises Failed with the reason as soon as the issuer has said no."""
        with asking(self._guard, doing=f"ask for a certificate of {self._host}"):
            kubectl = self._guard.kubectl(run)
            found = self._found(managed.certificates(managed.family(kubectl, self._environment)))
            if found is None:
                kubectl.put([self._wished(kubectl)])
            elif self._change(kubectl, found):
                change = {"spec": {"issuerRef": self._reference(kubectl)}}
                kubectl.patch(CERTIFICATES, found.name, self._environment.namespace, change)
            name = found.name if found else self._secret
            issued.wait(run, self._guard, self._environment, name)

    def _found(self, known: Sequence[Managed]) -> Managed | None:
        """The Certificate that this is about: of this name, else one that does what is asked for."""
        own = next((one for one in known if one.name == self._secret and self._host in one.hosts), None)
        if own is not None or self._own_secret:
            return own
        found = managed.of_host(known, self._host)
        return found if found and (not self._named or found.issuer.endswith(f" {self._named}")) else None

    def _refuse_taken(self, kubectl: Kubectl, known: Sequence[Managed]) -> None:
        """Two Certificates would overwrite each other's Secret, and cert-manager one that somebody else put there."""
        other = next((one for one in known if self._secret in (one.secret, one.name)), None)
        why = f"{other} for {', '.join(other.hosts)} fills it" if other else ""
        if not why and tls_secrets.owners(kubectl, self._environment.namespace).get(self._secret) == "":
            why = "it is there, and cert-manager does not fill it"
        if why:
            raise UsageError("the Secret is taken", on=self._secret, why=why, do="name another: --secret NAME")

    def _change(self, kubectl: Kubectl, found: Managed | None) -> str:
        """What would be written, or nothing."""
        if found is None:
            by = self._chosen(kubectl)
            return f"create Certificate {self._secret} for {self._host}, by {by}, in Secret {self._secret}"
        if not self._named or found.issuer == str(self._chosen(kubectl)):
            return ""
        if found.ingress:
            raise UsageError(
                f"the Ingress {found.ingress} asks {found.issuer} for it",
                on=str(found),
                why="cert-manager would put back what its annotation says",
                do=f"inv ingress.rules --env {self._environment.name}",
            )
        return f"{found}: {found.issuer} → {self._chosen(kubectl)}"

    def _chosen(self, kubectl: Kubectl) -> Issuer:
        if self._issuer is None:
            self._issuer = issuer(kubectl, self._environment, self._named)
        return self._issuer

    def _reference(self, kubectl: Kubectl) -> Object:
        by = self._chosen(kubectl)
        return {"group": GROUP, "kind": by.kind, "name": by.name}

    def _wished(self, kubectl: Kubectl) -> Object:
        # No common name: it may have 64 characters, a host 253, and nobody reads it where there are DNS names.
        return {
            "apiVersion": VERSION,
            "kind": "Certificate",
            "metadata": {"name": self._secret, "namespace": self._environment.namespace},
            "spec": {
                "secretName": self._secret,
                "dnsNames": [self._host],
                "issuerRef": self._reference(kubectl),
                # Another key with each renewal; it is the default only since 1.18.
                "privateKey": {"rotationPolicy": "Always"},
            },
        }


def request(environment: Environment, host: str, issuer: str = "", secret: str = "") -> list[Step]:
    """The steps of certs.request."""
    identity, guard = guards(environment)
    return [identity, guard, RequestCertificate(environment, guard, host, issuer, secret)]
