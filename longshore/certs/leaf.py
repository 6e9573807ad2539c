"""What an X.509 certificate says: for whom, by whom, until when. Of a chain, the first one: the server's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from longshore import hosts


@dataclass(frozen=True)
class Leaf:
    """`serial` is in hexadecimal, as openssl prints it; `hosts` are the DNS names, and `issuer` the common name of who signed it. Times are in UTC."""

    serial: str
    hosts: tuple[str, ...]
    issuer: str
    not_before: datetime
    not_after: datetime

    def covers(self, host: str) -> bool:
        """Whether it is good for that host."""
        return any(hosts.covers(name.lower(), host) for name in self.hosts)

    def days_left(self, now: datetime) -> float:
        """Until it ends; negative afterwards."""
        return (self.not_after - now).total_seconds() / 86400


def read(pem: str) -> Leaf:
    """The first certificate of a PEM text. Raises ValueError where there is none that can be read."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    try:
        found = x509.load_pem_x509_certificate(pem.encode())
        names = _dns_names(found)
        common = found.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
        issuer = str(common[0].value) if common else found.issuer.rfc4514_string()
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        raise ValueError("it holds no certificate that can be read") from None
    return Leaf(f"{found.serial_number:X}", names, issuer, found.not_valid_before_utc, found.not_valid_after_utc)


def _dns_names(found: object) -> tuple[str, ...]:
    from cryptography import x509

    assert isinstance(found, x509.Certificate)
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(names.get_values_for_type(x509.DNSName))
