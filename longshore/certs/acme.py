"""A ClusterIssuer that gets certificates from Let's Encrypt. https://cert-manager.io/docs/configuration/acme/"""

from __future__ import annotations

import re
from dataclasses import dataclass

from longshore.certs.kinds import VERSION
from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.programs.kubernetes import Object

SERVERS = {
    "letsencrypt": "https://acme-v02.api.letsencrypt.org/directory",
    "letsencrypt-staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
}
"""https://letsencrypt.org/docs/acme-protocol-updates/, https://letsencrypt.org/docs/staging-environment/"""
_EMAIL = re.compile(r"[^\s@<>,;:]+@[^\s@<>,;:]+\.[^\s@<>,;:.]+")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_ZONE = re.compile(r"[A-Z0-9]{1,32}")


@dataclass(frozen=True)
class AcmeIssuer:
    """What is wished for. `dns01`: the proof is a TXT record in Route 53 (`zone`: the hosted zone's id, else it is looked for by its name), which
    wildcards need; otherwise an answer at http://HOST/.well-known/, which Ingresses of `class_name` lead to.
    """

    name: str
    server: str
    email: str
    region: str
    dns01: bool
    zone: str = ""

    @classmethod
    def wished(
        cls, environment: Environment, email: str, *, name: str, staging: bool, dns01: bool, zone: str
    ) -> AcmeIssuer:
        """Raises UsageError for what can't be."""
        usual = "letsencrypt-staging" if staging else "letsencrypt"
        if not _EMAIL.fullmatch(email):
            raise UsageError(
                "this is no email address",
                on=f"--email {email}",
                why="Let's Encrypt writes to it",
                do="--email ops@example.com",
            )
        if name and not _NAME.fullmatch(name):
            raise UsageError(
                "this is no name for an issuer",
                on=f"--name {name}",
                why="small letters, digits, - and .",
                do="--name letsencrypt",
            )
        if zone and not dns01:
            raise UsageError("a hosted zone is for DNS-01 only", on=f"--zone {zone}", do="add --dns01")
        if zone and not _ZONE.fullmatch(zone):
            raise UsageError(
                "this is no id of a hosted zone", on=f"--zone {zone}", why="it is like Z0123456789ABCDEFGHIJ",
                do="aws route53 list-hosted-zones",
            )  # fmt: skip
        return cls(name or usual, SERVERS[usual], email, environment.region, dns01, zone)

    @property
    def proof(self) -> str:
        """How it proves that a host is ours."""
        return "DNS-01 in Route 53" if self.dns01 else "HTTP-01"

    def object(self, class_name: str) -> Object:
        """`class_name` is the class of the Ingress that answers for HTTP-01."""
        if self.dns01:
            # Without keys: the credentials of cert-manager's own pod (IRSA, Pod Identity) are taken.
            route53 = {"region": self.region, **({"hostedZoneID": self.zone} if self.zone else {})}
            solver: Object = {"dns01": {"route53": route53}}
        else:
            solver = {"http01": {"ingress": {"ingressClassName": class_name}}}
        spec = {
            "server": self.server,
            "email": self.email,
            "privateKeySecretRef": {"name": f"{self.name}-account"},
            "solvers": [solver],
        }
        return {"apiVersion": VERSION, "kind": "ClusterIssuer", "metadata": {"name": self.name}, "spec": {"acme": spec}}
