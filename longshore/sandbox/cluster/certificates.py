"""The keys of a control plane: a certificate authority of its own, the servers' certificate, and the key that signs service accounts' tokens.

Elliptic curves (P-256): made in milliseconds. The authority's private key is never written down: nothing else is signed by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from longshore.sandbox.files import write_private
from longshore.sandbox.ports import HOST

LIFETIME = timedelta(days=365)
NAMES = (
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
)


@dataclass(frozen=True)
class Certificates:
    """The files in a control plane's folder, PEM each."""

    folder: Path

    @property
    def authority(self) -> Path:
        """What clients check the servers by: DescribeCluster's certificateAuthority."""
        return self.folder / "ca.pem"

    @property
    def certificate(self) -> Path:
        return self.folder / "server.pem"

    @property
    def key(self) -> Path:
        return self.folder / "server.key"

    @property
    def accounts_key(self) -> Path:
        return self.folder / "service-accounts.key"

    def make(self) -> None:
        """Write them all, 0600."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

        def named(name: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

        def begun(subject: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
            now = datetime.now(UTC)
            return (
                x509.CertificateBuilder()
                .subject_name(named(subject))
                .issuer_name(named("kubernetes"))
                .public_key(key.public_key())
                .serial_number(x509.random_serial_number())
                .not_valid_before(now - timedelta(days=1))
                .not_valid_after(now + LIFETIME)
            )

        def pem(key: ec.EllipticCurvePrivateKey) -> str:
            # Not PKCS 8: the API server reads an elliptic key for service accounts only in this form.
            form = serialization.PrivateFormat.TraditionalOpenSSL
            return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()

        authority_key, server_key, accounts_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
        identifier = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
        authority = (
            begun("kubernetes", authority_key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(identifier, critical=False)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
                    key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
                ),
                critical=True,
            )
            .sign(authority_key, hashes.SHA256())
        )  # fmt: skip
        names = [x509.IPAddress(ip_address(HOST)), *(x509.DNSName(name) for name in NAMES)]
        certificate = (
            begun("kube-apiserver", server_key)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
            .sign(authority_key, hashes.SHA256())
        )
        write_private(self.authority, authority.public_bytes(serialization.Encoding.PEM).decode())
        write_private(self.certificate, certificate.public_bytes(serialization.Encoding.PEM).decode())
        write_private(self.key, pem(server_key))
        write_private(self.accounts_key, pem(accounts_key))
