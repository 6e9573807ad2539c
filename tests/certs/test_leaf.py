"""What is read of a certificate: of real ones, made here, and of what is none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from longshore.certs import leaf

BEGIN = datetime(2026, 11, 1, 12, tzinfo=UTC)


def certificate(names: Sequence[str], *, serial: int = 0xABC, days: int = 90, issuer: str = "sandbox CA") -> str:
    """PEM of a certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)] if issuer else []))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(BEGIN)
        .not_valid_after(BEGIN + timedelta(days=days))
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def test_the_first_of_a_chain_is_read() -> None:
    found = leaf.read(certificate(["bank.example.com", "*.bank.example.com"]) + certificate([], serial=1))
    assert found.serial == "ABC"
    assert found.issuer == "sandbox CA"
    assert (found.not_before, found.not_after) == (BEGIN, BEGIN + timedelta(days=90))
    assert found.days_left(BEGIN + timedelta(days=91)) == -1
    assert [found.covers(host) for host in ("bank.example.com", "a.bank.example.com", "example.com")] == [1, 1, 0]


def test_a_certificate_without_names_is_good_for_none() -> None:
    found = leaf.read(certificate([], issuer=""))
    assert (found.hosts, found.issuer, found.covers("")) == ((), "", False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bank",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        certificate(["a.example.com"])[:200],
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "\x00",
    ],
)
def test_what_is_no_certificate(text: str) -> None:
    with pytest.raises(ValueError, match="no certificate that can be read") as caught:
        leaf.read(text)
    assert caught.value.__cause__ is None
