"""./inv on a machine that has nothing yet: in a copy of its own, with a lock of one package, on the real pip and uv."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.lock").read_text()
ONE_PACKAGE = next(part for part in re.split(r"\n(?=\S)", LOCK) if part.startswith("invoke==")) + "\n"
BASICS = ["sh", "env", "readlink", "cmp", "mkdir", "rm", "mv", "cp", "grep", "head", "tail", "cut", "sleep", "cat"]
"""All that ./inv uses besides Python, uv and pip."""

TASKS = """
import longshore
from invoke.tasks import task

@task
def whereabouts(c):
    print(longshore.MARK)
"""


class Checkout:
    """A repository with nothing in it but ./inv, its lock and a `longshore` to import; and a PATH of which each program is known."""

    def __init__(self, folder: Path, bin: Path, record: Path) -> None:
        self.folder, self.bin, self.record = folder, bin, record
        self.venv = folder / ".venv"

    def has(self, name: str, script: str) -> None:
        """Put a program on PATH; it tells the record that it was started."""
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self.record}"\n{script}\n')
        path.chmod(0o755)

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "LONGSHORE_PYTHON")}
        return {**kept, "PATH": str(self.bin), "UV_CACHE_DIR": str(self.bin.parent / "uv-cache"), **more}

    def start(
        self, *words: str, program: str | Path = "", cwd: Path | None = None, **more: str
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(program or self.folder / "inv"), *words],
            cwd=cwd or self.folder,
            env=self.environment(**more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def inv(self, *words: str, program: str | Path = "", cwd: Path | None = None, **more: str) -> tuple[int, str, str]:
        """Exit code, stdout, stderr."""
        started = self.start(*words, program=program, cwd=cwd, **more)
        out, err = started.communicate(timeout=180)
        return started.returncode, out, err

    def started(self) -> list[str]:
        """The programs started since the last time this was asked."""
        said = self.record.read_text().splitlines() if self.record.exists() else []
        self.record.unlink(missing_ok=True)
        return said


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """In a folder with a space in its name."""
    folder, bin = tmp_path / "my service", tmp_path / "bin"
    (folder / "longshore").mkdir(parents=True)
    bin.mkdir()
    shutil.copy(ROOT / "inv", folder)
    (folder / "requirements.lock").write_text(ONE_PACKAGE)
    (folder / "longshore" / "__init__.py").write_text("MARK = 'the checkout'\n")
    for name in BASICS:
        found = shutil.which(name)
        assert found is not None
        (bin / name).symlink_to(found)
    checkout = Checkout(folder, bin, tmp_path / "record")
    checkout.has("python3", f'exec "{sys.executable}" "$@"')
    return checkout


def by_uv(checkout: Checkout) -> None:
    uv = Path(sys.executable).with_name("uv")
    assert uv.exists(), "uv is in the dev group: ./inv installs it"
    checkout.has("uv", f'exec "{uv}" "$@"')


def by_pip(checkout: Checkout) -> None:
    """No uv on PATH."""


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.integration
@pytest.mark.parametrize("installer", [by_uv, by_pip])
def test_the_first_start_sets_up_and_later_ones_start_no_python_of_their_own(
    checkout: Checkout, installer: Callable[[Checkout], None]
) -> None:
    installer(checkout)
    code, out, err = checkout.inv("--version")
    assert (code, out) == (0, f"Invoke {version()}\n"), err
    how = "uv" if installer is by_uv else "pip (half a minute or so)"
    assert err == f"inv: setting up .venv: 1 packages, by {how}\ninv: done\n"
    assert checkout.started() != []
    assert checkout.inv("--version") == (0, f"Invoke {version()}\n", "")
    assert checkout.started() == []


def version() -> str:
    return ONE_PACKAGE.removeprefix("invoke==").split(" ")[0]


@pytest.mark.integration
def test_from_any_folder_through_a_symlink_with_a_strange_environment(checkout: Checkout, tmp_path: Path) -> None:
    service = checkout.folder / "services" / "a service"
    service.mkdir(parents=True)
    (service / "tasks.py").write_text(TASKS)
    link = tmp_path / "elsewhere" / "inv"
    link.parent.mkdir()
    link.symlink_to("../my service/inv")
    strange = {"VIRTUAL_ENV": "/nowhere", "PYTHONHOME": "/nowhere", "CDPATH": str(tmp_path), "PIP_USER": "1"}
    code, out, err = checkout.inv("whereabouts", program=link, cwd=service, **strange)
    assert (code, out) == (0, "the checkout\n"), err
    assert checkout.inv("whereabouts", program="../../inv", cwd=service, **strange) == (0, "the checkout\n", "")
    assert not (link.parent / ".venv").exists()
    assert checkout.inv("nothing", cwd=service)[0] == 1


@pytest.mark.integration
def test_a_package_that_is_not_the_locked_one_is_refused_and_nothing_is_left(checkout: Checkout) -> None:
    (checkout.folder / "requirements.lock").write_text(re.sub(r"sha256:\w{64}", "sha256:" + "0" * 64, ONE_PACKAGE))
    code, out, err = checkout.inv("--version")
    assert (code, out) == (1, "")
    assert (
        "error: pip could not install requirements.lock, and .venv is removed again\n  why: ERROR: THESE PACKAGES DO NOT"
        in err
    )
    assert err.endswith("  next: check the network and the package index that pip is set up for, then ./inv again\n")
    assert not checkout.venv.exists()
    (checkout.folder / "requirements.lock").write_text(ONE_PACKAGE)
    assert checkout.inv("--version")[0] == 0


@pytest.mark.integration
def test_where_uv_can_not_pip_does(checkout: Checkout) -> None:
    checkout.has("uv", 'case $1 in --version) ;; *) echo "error: no such index" >&2; exit 2 ;; esac')
    code, out, err = checkout.inv("--version")
    assert (code, out) == (0, f"Invoke {version()}\n")
    assert "inv: uv could not: error: no such index\n" in err


@pytest.mark.integration
@pytest.mark.parametrize("whole_group", [True, False])
def test_killed_in_the_middle_it_starts_anew(checkout: Checkout, whole_group: bool) -> None:
    first = checkout.start("--version")
    until(lambda: (checkout.venv / "bin" / "python").exists())
    (os.killpg if whole_group else os.kill)(first.pid, signal.SIGKILL)
    first.wait()
    assert not (checkout.venv / "made-from.lock").exists()
    # Where only the shell was killed, what it had started still writes: the second one waits for that.
    code, out, err = checkout.inv("--version")
    assert (code, out) == (0, f"Invoke {version()}\n"), err
    assert ("another ./inv sets up .venv; waiting for it" in err) is not whole_group


@pytest.mark.integration
def test_interrupted_while_pip_runs(checkout: Checkout) -> None:
    log = checkout.folder / ".longshore" / "venv.log"
    first = checkout.start("--version")
    until(lambda: (checkout.venv / "bin" / "pip").exists() and log.exists())
    until(lambda: b"\0-m\0pip\0install\0" in children(first.pid))
    first.send_signal(signal.SIGTERM)
    _, err = first.communicate(timeout=60)
    assert first.returncode == 130
    assert err.endswith("inv: interrupted; ./inv sets .venv up from the start\n")
    assert children(first.pid) == b""
    assert checkout.inv("--version")[0] == 0


def children(group: int) -> bytes:
    """The command lines of the processes of a session."""
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == group and process.pid != group:
                found.append("\0".join(["", *process.cmdline(), ""]).encode())
        except (psutil.Error, ProcessLookupError):
            continue
    return b"".join(found)


@pytest.mark.integration
def test_two_first_starts_at_once(checkout: Checkout) -> None:
    both = [checkout.start("--version") for _ in range(2)]
    said = [process.communicate(timeout=180) for process in both]
    assert [(process.returncode, out) for process, (out, _) in zip(both, said, strict=True)] == [
        (0, f"Invoke {version()}\n")
    ] * 2
    errors = sorted(err for _, err in said)
    assert errors[0] == "inv: another ./inv sets up .venv; waiting for it\n"
    assert errors[1].endswith("inv: done\n")


@pytest.mark.integration
def test_what_makes_it_set_up_again(checkout: Checkout, tmp_path: Path) -> None:
    by_uv(checkout)

    def sets_up(**more: str) -> bool:
        code, _, err = checkout.inv("--version", **more)
        assert code == 0, err
        return "setting up" in err

    assert sets_up()
    lock = checkout.folder / "requirements.lock"
    lock.write_text(lock.read_text() + "# another lock\n")
    assert sets_up()
    assert sets_up(LONGSHORE_PYTHON=sys.executable)
    assert not sets_up(LONGSHORE_PYTHON=sys.executable)
    assert not sets_up()
    # A Python that was removed, a checkout that was moved.
    python = checkout.venv / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    assert sets_up()
    checkout.folder = checkout.folder.rename(tmp_path / "moved")
    assert sets_up()
    assert not sets_up()


def test_a_python_that_is_none_is_told(checkout: Checkout) -> None:
    assert checkout.inv("--version", LONGSHORE_PYTHON="/nowhere/python") == (
        2,
        "",
        "error: LONGSHORE_PYTHON is no Python >= 3.11 (/nowhere/python)\n  next: set it to one, or unset it\n",
    )
    # As pyenv's shims: there, and not running; and one that is too old.
    checkout.has("python3.13", "echo 'pyenv: python3.13: command not found' >&2; exit 127")
    checkout.has("python3", "exit 1")
    assert checkout.inv("--version") == (
        2,
        "",
        "error: no Python >= 3.11 on PATH\n"
        "  why: looked for python3.13, python3.12, python3.11, python3\n"
        "  next: install one (apt install python3 python3-venv; brew install python),"
        " or LONGSHORE_PYTHON=/path/to/python ./inv\n",
    )
    assert [line.split()[0] for line in checkout.started()] == ["python3.13", "python3"]
    assert not checkout.venv.exists()


def test_the_lock_is_whole_and_names_no_place() -> None:
    assert not re.search(r"https?:|--index|--extra-index|--find-links|file:|^/|@ ", LOCK, re.MULTILINE)
    for package in re.split(r"\n(?=\S)", LOCK.strip()):
        assert re.match(r"[A-Za-z0-9._-]+==\S+", package), package
        assert "--hash=sha256:" in package
    locked = {name.lower() for name in re.findall(r"^([A-Za-z0-9._-]+)==", LOCK, re.MULTILINE)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["sandbox"],
        *project["dependency-groups"]["dev"],
    ]
    names = {re.split(r"[\[<>=~ ;]", line)[0].lower().replace(".", "-") for line in wanted}
    assert names - locked == set()
