"""No secret's value is in an argument of any program, in the journal, a log, a message or a temporary file.

The arguments are seen in two ways: each execve by strace, so that none is missed, and what /proc tells of every process meanwhile.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest

from longshore.sandbox.kept import HARD
from tests.command import Result
from tests.live import Live, Running

pytestmark = pytest.mark.integration

OTHER = "c4nary-0f-an0ther-passw0rd"


@pytest.fixture(scope="module")
def strace() -> str:
    """The program; root installs it where Debian's apt is."""
    if shutil.which("strace") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "-q", "strace"], check=False, capture_output=True)
    found = shutil.which("strace")
    assert found is not None or sys.platform != "linux", "strace is needed: sudo apt-get install strace"
    # Elsewhere (macOS) there is no such program: the look at every process stays.
    return found or ""


class Watched:
    """Commands under watch: all arguments of all that they start."""

    def __init__(self, bank: Live, strace: str, folder: Path) -> None:
        self.bank = bank
        self.strace = strace
        self.trace = folder / "trace"
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.seen: list[str] = []
        self.results: list[Result] = []
        self.canaries = [
            *bank.kept.application_password.split(HARD),
            bank.kept.application_password,
            bank.kept.token_symmetric_key,
            *(key.secret for key in bank.kept.keys.values()),
            OTHER,
        ]

    def __call__(self, *words: str, env: Mapping[str, str] | None = None) -> Result:
        watch = [
            self.strace,
            "-f",
            "--seccomp-bpf",
            "-qq",
            "-e",
            "trace=execve,execveat",
            "-s",
            "100000",
            "-A",
            "-o",
            str(self.trace),
        ]
        argv = [*(watch if self.strace else []), *self.bank.inv.argv(*words)]
        variables = self.bank.inv.env({"TMPDIR": str(self.temporary), **(env or {})})
        running = Running(argv, self.bank.project, variables)
        while running.process.poll() is None:
            self.seen = list(dict.fromkeys([*self.seen, *_arguments()]))
            time.sleep(0.05)
        self.results.append(running.end())
        return self.results[-1]

    def assert_not_shown(self) -> None:
        texts = {f"what {result.argv[-3:]} said": result.stdout + result.stderr for result in self.results}
        texts["/proc"] = "\n".join(self.seen)
        if self.strace:
            texts["execve"] = self.trace.read_text()
            assert '"-m", "invoke", "' in texts["execve"]
        for path in _files(self.bank.state, self.temporary, self.bank.inv.home, self.bank.migrations):
            texts[str(path)] = path.read_bytes().decode(errors="replace")
        found = [(canary[:4], where) for canary in self.canaries for where, text in texts.items() if canary in text]
        assert found == []


def _arguments() -> list[str]:
    found = []
    for process in psutil.process_iter():
        try:
            found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


def _files(*folders: Path) -> list[Path]:
    """All but the sandbox's own state, which has to keep its keys (0600)."""
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path for path in paths if ".longshore/sandbox/" not in str(path)]


@pytest.fixture
def watched(bank: Live, strace: str, tmp_path: Path) -> Watched:
    return Watched(bank, strace, tmp_path)


def test_the_canaries_are_where_they_belong(bank: Live) -> None:
    # Else their absence elsewhere would prove nothing.
    assert all(half and len(half) >= 10 for half in bank.kept.application_password.split(HARD))
    assert bank.secret["TOKEN_SYMMETRIC_KEY"] == bank.kept.token_symmetric_key
    assert bank.kept.keys["default"].secret in bank.layout.aws_credentials.read_text()


def test_one_that_is_shown_is_found(watched: Watched) -> None:
    watched("db.status", "--profile", OTHER).check(2)
    with pytest.raises(AssertionError, match=OTHER[:4]):
        watched.assert_not_shown()
    if watched.strace:
        assert OTHER in watched.trace.read_text()


def test_migrations(bank: Live, watched: Watched) -> None:
    watched("db.migrate", "--plan").check()
    watched("db.migrate").check()
    watched("db.status").check()
    watched("db.rollback", "--confirm", "sandbox").check()
    (bank.migrations / "000005_sessions.up.sql").write_text("INSERT INTO nowhere VALUES (1);\n")
    watched("db.migrate", env={"LONGSHORE_DEBUG": "1"})
    assert watched.results[-1].code == 1
    assert "Traceback" in watched.results[-1].stderr
    watched("db.repair", "--confirm", "sandbox").check()
    watched.assert_not_shown()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (bank.state / "runs").iterdir()} == {0o600}


def test_a_wrong_password(bank: Live, watched: Watched) -> None:
    for url in (
        bank.secret["DB_SOURCE"].replace("postgresql://bank:", f"postgresql://bank:{OTHER}"),
        f"postgres://bank:{OTHER}@127.0.0.1:many/bank",
    ):
        bank.put_secret({**bank.secret, "DB_SOURCE": url})
        for word in ("db.migrate", "db.status"):
            assert watched(word, env={"LONGSHORE_DEBUG": "1"}).code in (1, 2)
    watched.assert_not_shown()


def test_secrets_and_copies(bank: Live, watched: Watched, tmp_path: Path) -> None:
    watched("db.migrate").check()
    pushed = tmp_path / "pushed.env"
    pushed.write_text(f"OTHER_KEY='{OTHER}'\n")
    watched("secrets.push", "--file", str(pushed)).check()
    watched("secrets.show").check()
    watched("secrets.pull").check()
    app = bank.project / "app.env"
    assert OTHER in app.read_text()
    assert stat.S_IMODE(app.stat().st_mode) == 0o600
    watched("db.dump", "--out", str(tmp_path / "bank.dump")).check()
    watched("db.dump", "--out", str(tmp_path / "nowhere" / "bank.dump")).check(2)
    watched.assert_not_shown()
