"""The real parsers of each dialect. A parser takes texts of files, and gives what it reads from each (None: it fails)."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from longshore.steps.report import Silent
from longshore.toolchain import build, cache
from longshore.toolchain.catalogue import GoProgram
from tests.dotenv_readers import READERS
from tests.secrets.helpers import Readers

HERE = Path(__file__).parent
KUBECTL = GoProgram(
    name="kubectl-env-reader", package=".", folder=Path(__file__).resolve().parents[3] / "tools" / "readers-kubectl"
)
Values = dict[str, str] | None
Read = Callable[[Sequence[str]], list[Values]]
Prepare = Callable[[Path], Read]
"""Builds or fetches the parser where it is not in longshore's cache yet; the folder is for the files that it reads."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def go(program: GoProgram, parser: str) -> Prepare:
    """A parser of tools/readers."""

    def prepare(folder: Path) -> Read:
        readers = Readers(build.built(program, Silent()), folder)
        return lambda texts: [values for _, _, values in readers.read(texts, parser)]

    return prepare


def node(parser: str) -> Prepare:
    """util.parseEnv of the Node on PATH, or a version of npm's dotenv."""

    def prepare(folder: Path) -> Read:
        program = _npm() / "read.cjs"

        def read(texts: Sequence[str]) -> list[Values]:
            found: list[Values] = json.loads(_run(["node", program, parser], json.dumps(texts)))
            return found

        return read

    return prepare


def python_dotenv(version: Callable[[], Path | None], interpolated: bool) -> Prepare:
    """A version of python-dotenv; with and without interpolation, from a file as load_dotenv opens it."""

    def prepare(folder: Path) -> Read:
        path = version()
        environment = {"PYTHONPATH": str(path)} if path else {}

        def read(texts: Sequence[str]) -> list[Values]:
            answer = _run([sys.executable, HERE / "read_python.py"], "\n".join(_files(texts, folder)), environment)
            lines = [json.loads(line) for line in answer.splitlines()]
            return [line[interpolated] if line[2] else None for line in lines]

        return read

    return prepare


def shell(program: str) -> Prepare:
    """A shell that sources the file. A variable that it has by itself is left out."""

    def prepare(folder: Path) -> Read:
        nothing = folder / "nothing"
        nothing.touch()
        # What a command would leave here, if a value became one, would be seen.
        empty = folder / "empty"
        empty.mkdir()

        def read(texts: Sequence[str]) -> list[Values]:
            paths = _files(texts, folder)
            files = "".join(f"{path}\n" for path in (nothing, *paths))
            answer = _run([program, HERE / "read_shell.sh"], files, {"LC_ALL": "C.UTF-8"}, cwd=empty)
            assert list(empty.iterdir()) == []
            found: dict[str, dict[str, str]] = {}
            path = ""
            for entry in answer.split("\0")[:-1]:
                name, _, value = entry.partition("=")
                if name:
                    found[path][name] = value
                else:
                    path = value
                    found[path] = {}
            own = found[str(nothing)]
            return [
                {name: value for name, value in found[path].items() if own.get(name) != value}
                if path in found
                else None
                for path in paths
            ]

        return read

    return prepare


def systemd(folder: Path) -> Read:
    """The systemd that is installed. As the service manager does, names that no variable can have are left out."""
    found = [path for root in ("/usr/lib", "/lib") for path in Path(root).glob("**/libsystemd-shared-*.so")]
    assert found, "systemd's shared library is not here: apt-get install systemd"

    def read(texts: Sequence[str]) -> list[Values]:
        answer = _run([sys.executable, HERE / "read_systemd.py", found[0]], "\n".join(_files(texts, folder)))
        strings = [json.loads(line) for line in answer.splitlines()]
        return [None if values is None else _variables(values) for values in strings]

    return read


def _variables(strings: list[str]) -> dict[str, str]:
    pairs = (string.partition("=") for string in strings)
    return {name: value for name, _, value in pairs if _NAME.fullmatch(name)}


def installed() -> None:
    """The python-dotenv that longshore uses."""


def old_python_dotenv() -> Path:
    """The last version with the old rules for quotes, from python-dotenv.lock, in longshore's cache."""

    def install(target: Path) -> None:
        lock = HERE / "python-dotenv.lock"
        pip = [sys.executable, "-m", "pip", "install", "--no-compile"]
        uv = [shutil.which("uv") or "uv", "pip", "install", "--python", sys.executable]
        options = ["--quiet", "--no-deps", "--require-hashes", "--target", target, "-r", lock]
        subprocess.run([*(pip if find_spec("pip") else uv), *options], check=True, stdout=sys.stderr)

    return _cached("python-dotenv", [HERE / "python-dotenv.lock"], install)


def _npm() -> Path:
    """read.cjs beside the versions of dotenv that node/package-lock.json pins, in longshore's cache."""
    sources = sorted((HERE / "node").iterdir())

    def install(target: Path) -> None:
        target.mkdir()
        for source in sources:
            shutil.copy(source, target)
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(["npm", "ci", *options], cwd=target, check=True, stdout=sys.stderr)

    return _cached("npm-dotenv", sources, install)


def _cached(name: str, sources: Sequence[Path], install: Callable[[Path], None]) -> Path:
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    folder = cache.root() / "tests" / f"{name}-{digest}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        staged = folder.with_name(f"{folder.name}.{os.getpid()}")
        install(staged)
        # Two at once: the second finds the folder there, and takes it.
        try:
            staged.rename(folder)
        except OSError:
            shutil.rmtree(staged)
    return folder


def _files(texts: Sequence[str], folder: Path) -> list[str]:
    paths = [folder / str(number) for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text.encode())
    return [str(path) for path in paths]


def _run(
    words: Sequence[str | Path], text: str, environment: dict[str, str] | None = None, cwd: Path | None = None
) -> str:
    done = subprocess.run(
        words,
        input=text.encode(),
        capture_output=True,
        cwd=cwd,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": "/h", **(environment or {})},
    )
    assert done.returncode == 0, done.stderr.decode()[-1000:]
    return done.stdout.decode()


PARSERS: dict[str, dict[str, Prepare]] = {
    "viper": {"gotenv 1.2": go(READERS, "gotenv1.2"), "gotenv 1.6": go(READERS, "gotenv1.6")},
    "godotenv": {"godotenv": go(READERS, "godotenv")},
    "docker": {"kvfile": go(READERS, "docker")},
    "compose": {"compose-go": go(READERS, "compose")},
    "systemd": {"systemd": systemd},
    "bash": {"bash": shell("bash"), "sh": shell("sh"), "dash": shell("dash")},
    "node": {name: node(name) for name in ("parseEnv", "dotenv16", "dotenv18", "dotenv18fast")},
    "python": {
        "python-dotenv": python_dotenv(installed, False),
        "python-dotenv with interpolation": python_dotenv(installed, True),
        "python-dotenv 1.2.2": python_dotenv(old_python_dotenv, False),
    },
}
"""By dialect. kubectl's own takes minutes to build, GitHub's runner is a service: see test_written.py."""

REAL_KUBECTL = go(KUBECTL, "kubectl")
