"""The sandbox's cluster with cert-manager's real controllers, and nothing in the namespace."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from longshore.certs import leaf
from longshore.certs.leaf import Leaf
from tests.command import until
from tests.live import ACCOUNT
from tests.live_cluster import CLUSTER, NAMESPACE, RBAC, WITH_CLUSTER, LiveCluster, Write
from tests.running import Result, Running

CERT_MANAGER = "/apis/cert-manager.io/v1"
PLACES = {
    "Ingress": f"/apis/networking.k8s.io/v1/namespaces/{NAMESPACE}/ingresses",
    "Certificate": f"{CERT_MANAGER}/namespaces/{NAMESPACE}/certificates",
    "CertificateRequest": f"{CERT_MANAGER}/namespaces/{NAMESPACE}/certificaterequests",
    "Order": f"/apis/acme.cert-manager.io/v1/namespaces/{NAMESPACE}/orders",
    "Challenge": f"/apis/acme.cert-manager.io/v1/namespaces/{NAMESPACE}/challenges",
    "Issuer": f"{CERT_MANAGER}/namespaces/{NAMESPACE}/issuers",
    "ClusterIssuer": f"{CERT_MANAGER}/clusterissuers",
    "Secret": f"/api/v1/namespaces/{NAMESPACE}/secrets",
}
SANDBOX_CA = "sandbox-ca"
HOST = "bank.example.com"
SECRET = f"{HOST}-tls"


@dataclass(frozen=True)
class Certs:
    live: LiveCluster

    def inv(self, *words: str, **more: Any) -> Result:
        return self.live.inv(*words, **more)

    def begin(self, *words: str, script: str = "") -> Running:
        return self.live.inv.begin(*words, script=script)

    def request(self, host: str = HOST, *words: str) -> Result:
        return self.live.inv("certs.request", "--host", host, *words)

    def status(self, code: int = 0) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.live.inv("certs.status", "--json").check(code).stdout)[
            "certificates"
        ]
        return found

    def all(self, kind: str) -> list[dict[str, Any]]:
        status, found = self.live.ask_api("GET", PLACES[kind])
        assert status == 200, found
        items: list[dict[str, Any]] = found["items"]
        return items

    def one(self, kind: str, name: str) -> dict[str, Any]:
        status, found = self.live.ask_api("GET", f"{PLACES[kind]}/{name}")
        assert status == 200, found
        return found

    def make(self, kind: str, name: str, **body: Any) -> None:
        version = {"Secret": "v1", "Ingress": "networking.k8s.io/v1"}.get(kind, "cert-manager.io/v1")
        metadata = {"name": name, **body.pop("metadata", {})}
        made = {"apiVersion": version, "kind": kind, "metadata": metadata, **body}
        status, answer = self.live.ask_api("POST", PLACES[kind], made)
        assert status == 201, answer

    def remove(self, kind: str, name: str) -> None:
        self.live.ask_api("DELETE", f"{PLACES[kind]}/{name}")

    def issuer(self, name: str, kind: str = "ClusterIssuer", **spec: Any) -> None:
        """An issuer that cert-manager has looked at."""
        self.make(kind, name, spec=spec)
        until(lambda: self.one(kind, name).get("status", {}).get("conditions"))

    def ingress(self, name: str, host: str, secret: str, **annotations: str) -> None:
        backend = {"service": {"name": "bank", "port": {"number": 80}}}
        rule = {"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
        spec = {"rules": [rule], "tls": [{"hosts": [host], "secretName": secret}]}
        self.make("Ingress", name, metadata={"annotations": annotations}, spec=spec)

    def writes(self, mark: int) -> list[Write]:
        """What was written since the mark, by others than the controllers."""
        return [one for one in self.live.api_writes(mark) if not one.user.startswith("system:serviceaccount:")]

    def let_in(self, user: str, *roles: str) -> None:
        """As a pipeline mostly has it: EKS's policy for editors in the namespace, and cluster roles there."""
        arn = f"arn:aws:iam::{ACCOUNT}:user/{user}"
        about = {"clusterName": CLUSTER, "principalArn": arn}
        self.live.eks.create_access_entry(**about)
        policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"
        scope = {"type": "namespace", "namespaces": [NAMESPACE]}
        self.live.eks.associate_access_policy(**about, policyArn=policy, accessScope=scope)
        for role in roles:
            reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
            subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": arn}
            body = {"metadata": {"name": role}, "roleRef": reference, "subjects": [subject]}
            status, answer = self.live.ask_api("POST", f"{RBAC}/namespaces/{NAMESPACE}/rolebindings", body)
            assert status == 201, answer

    def revision(self, name: str = SECRET) -> int:
        return int(self.one("Certificate", name).get("status", {}).get("revision", 0))

    def leaf(self, name: str = SECRET) -> Leaf:
        return leaf.read(base64.b64decode(self.one("Secret", name)["data"]["tls.crt"]).decode())

    def clean(self) -> None:
        """The issuer that the cluster has from the beginning, and nothing else."""
        # Each by name: the garbage collector learns of kinds that are new in the cluster only after half a minute.
        made = ("Ingress", "Certificate", "CertificateRequest", "Order", "Challenge")
        self._clean(*made)
        # A challenge is ended by its issuer.
        until(lambda: not any(self.all(kind) for kind in made))
        self._clean("Issuer", "ClusterIssuer", "Secret")
        until(lambda: self.all("Secret") == [])

    def _clean(self, *kinds: str) -> None:
        for kind in kinds:
            for found in self.all(kind):
                if found["metadata"]["name"] != SANDBOX_CA:
                    self.remove(kind, found["metadata"]["name"])


@pytest.fixture
def certs(with_cert_manager: LiveCluster) -> Iterator[Certs]:
    for name, text in WITH_CLUSTER.items():
        with_cert_manager.env_file(name, text)
    with_cert_manager.clear_faults()
    with_cert_manager.reset_access()
    found = Certs(with_cert_manager)
    found.clean()
    yield found
    found.clean()
    with_cert_manager.reset_access()


def pair(
    names: Sequence[str] = (), *, days: float = 9, authority: bool = False, broken: bool = False
) -> dict[str, str]:
    """Data of a TLS Secret: a certificate that signed itself, and its key (`broken`: another key). Negative days have passed."""
    key, other = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "made by hand")])
    end = datetime.now(UTC) + timedelta(days=days)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=90))
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False
        )
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    private = (other if broken else key).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {name: base64.b64encode(text).decode() for name, text in (("tls.crt", certificate), ("tls.key", private))}
