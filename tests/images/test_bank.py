"""The sample service's server, built from its own module, on the sandbox's database."""

from __future__ import annotations

import json
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.images.dockerfile import Dockerfile
from longshore.images.files import files
from longshore.sandbox import ports
from longshore.steps.report import Silent
from longshore.toolchain import build
from longshore.toolchain.catalogue import GoProgram
from tests.command import ROOT
from tests.live import Live, until

BANK = ROOT / "examples" / "bank"
SERVER = GoProgram("bank", "longshore.invalid/bank", folder=BANK / "server")


@pytest.fixture(scope="session")
def server() -> Path:
    return build.built(SERVER, Silent())


class Served:
    """The server while it runs."""

    def __init__(self, server: Path, folder: Path, *words: str) -> None:
        self.port = ports.choose()
        self.log = folder / "server.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [server, *words], cwd=folder, stderr=log, env={"SERVER_ADDRESS": f"127.0.0.1:{self.port}"}
            )
        until(lambda: "listening on" in self.log.read_text() or self.process.poll() is not None)

    def get(self, path: str) -> tuple[int, dict[str, object]]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


@pytest.fixture
def served(bank: Live, server: Path) -> Iterator[Served]:
    """It reads the app.env that secrets.pull wrote; a variable of its environment beats the address in it."""
    bank.inv("secrets.pull", "--dialect", "viper").check()
    running = Served(server, bank.project)
    yield running
    running.process.kill()
    running.process.wait(10)


@pytest.mark.integration
def test_it_is_well_once_the_database_is_migrated(bank: Live, served: Served) -> None:
    assert served.get("/health") == (503, {"status": "the database does not answer"})
    bank.inv("db.migrate").check()
    assert served.get("/health") == (200, {"status": "ok", "migration": 5})
    with bank.connect() as database:
        database.execute(
            "INSERT INTO users (username, hashed_password, full_name, email) VALUES ('ana', 'x', 'Ana', 'a@b.c')"
        )
        database.execute("INSERT INTO accounts (owner, currency) VALUES ('ana', 'EUR')")
        assert served.get("/accounts") == (200, {"accounts": 1})
        database.execute("UPDATE schema_migrations SET dirty = true")
    assert served.get("/health") == (503, {"status": "a migration failed half-way", "migration": 5})
    assert bank.kept.application_password not in served.log.read_text()


@pytest.mark.integration
def test_it_ends_when_it_is_told_to(served: Served) -> None:
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(20) == 0
    assert served.log.read_text().splitlines()[-1].endswith("ending")


def test_without_a_database_it_says_what_is_missing(server: Path, tmp_path: Path) -> None:
    ended = subprocess.run([server], cwd=tmp_path, capture_output=True, text=True, env={}, timeout=20)
    assert ended.returncode == 1
    assert ended.stderr.endswith("DB_SOURCE is neither in app.env nor in the environment\n")
    (tmp_path / "app.env").write_text("this is s3cret and no assignment\n")
    ended = subprocess.run([server], cwd=tmp_path, capture_output=True, text=True, env={}, timeout=20)
    assert ended.returncode == 1
    assert "s3cret" not in ended.stderr


def test_its_build_gets_the_server_and_nothing_else() -> None:
    dockerfile = Dockerfile(BANK / "Dockerfile", BANK)
    assert {path for path, _ in files(dockerfile)} == {
        "server/main.go", "server/settings.go", "server/go.mod", "server/go.sum",
    }  # fmt: skip
    assert (dockerfile.copies_app_env(), dockerfile.app_env_path()) == (False, "/app/app.env")
