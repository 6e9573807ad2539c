"""Real builds, in a cache of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from longshore.errors import Failed
from longshore.steps.report import Silent
from longshore.toolchain import build, cache
from longshore.toolchain.catalogue import MIGRATE, GoProgram

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[2]

BUILD = """
import sys
from pathlib import Path
from longshore.steps.report import Silent
from longshore.toolchain import build
from longshore.toolchain.catalogue import GoProgram

class Telling(Silent):
    def note(self, text):
        print("note", text, flush=True)
    def progress(self, text, done=None, total=None):
        print(text, done, total, flush=True)

print(build.built(GoProgram("hello", ".", folder=Path(sys.argv[1])), Telling()))
"""


class Counting(Silent):
    def __init__(self) -> None:
        self.bars: list[tuple[str, int, int]] = []

    def progress(self, text: str, done: int | None = None, total: int | None = None) -> None:
        if done is not None and total is not None:
            self.bars.append((text, done, total))


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "a cache"
    monkeypatch.setenv("LONGSHORE_CACHE", str(folder))
    return folder


@pytest.fixture
def hello(tmp_path: Path) -> GoProgram:
    """A program without other modules: needs no network."""
    folder = tmp_path / "hello"
    folder.mkdir()
    (folder / "go.mod").write_text("module example.invalid/hello\n\ngo 1.24\n")
    (folder / "main.go").write_text('package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello") }\n')
    return GoProgram("hello", ".", folder=folder)


def start(program: GoProgram) -> subprocess.Popen[str]:
    assert program.folder is not None
    return subprocess.Popen(
        [sys.executable, "-c", BUILD, str(program.folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def says(path: Path, *words: str) -> str:
    done = subprocess.run([path, *words], capture_output=True, text=True, check=True)
    return (done.stdout + done.stderr).strip()


def test_migrate_is_built_once_with_a_bar_that_counts_its_packages(own_cache: Path) -> None:
    report = Counting()
    path = build.built(MIGRATE, report)
    assert says(path, "-version") == MIGRATE.version
    usage = subprocess.run([path, "-help"], capture_output=True, text=True).stderr
    drivers = usage.rpartition("Database drivers: ")[2].strip().split(", ")
    assert sorted(drivers) == ["postgres", "postgresql", "stub"]
    # Nothing else is left in the cache.
    assert sorted(item.name for item in (own_cache / "tools").iterdir()) == [
        "building.lock",
        cache.folder(MIGRATE).name,
    ]
    text, done, total = report.bars[-1]
    assert text == f"building migrate {MIGRATE.version}"
    assert 0.9 * total <= done <= total
    assert [done for _, done, _ in report.bars] == list(range(done + 1))
    again = Counting()
    assert build.built(MIGRATE, again) == path
    assert again.bars == []


def test_killed_in_the_middle_and_then_two_at_once(hello: GoProgram, own_cache: Path) -> None:
    compiled = own_cache / "tools" / "building" / "build"
    first = start(hello)
    until(lambda: compiled.is_dir() and len(list(compiled.glob("*/*-d"))) > 5)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert first.stdout is not None
    first.stdout.close()
    assert not cache.is_built(hello)
    assert not cache.folder(hello).exists()
    both = [start(hello), start(hello)]
    said = [process.communicate(timeout=300)[0].splitlines() for process in both]
    assert [lines[-1] for lines in said] == [str(cache.binary(hello))] * 2
    assert sum(any(line.startswith("building hello") for line in lines) for lines in said) == 1
    assert any("note waiting up to 3600 s for the build of hello" in line for lines in said for line in lines)
    assert says(cache.binary(hello)) == "hello"
    assert not (own_cache / "tools" / "building").exists()


def test_another_source_is_another_program(hello: GoProgram) -> None:
    assert hello.folder is not None
    (hello.folder / "main.go").write_text('package main\n\nfunc main() { print("one") }\n')
    first = build.built(hello, Silent())
    (hello.folder / "main.go").write_text('package main\n\nfunc main() { print("other") }\n')
    second = build.built(hello, Silent())
    assert says(first) == "one"
    assert says(second) == "other"


def test_what_is_kept_beside_a_program_is_of_the_source_that_it_was_built_from(tmp_path: Path) -> None:
    here, other = tmp_path / "here", tmp_path / "other"
    for folder in (here, other / "deploy" / "chart"):
        folder.mkdir(parents=True)
    needs = "require example.invalid/other v1.2.3\n\nreplace example.invalid/other => ../other\n"
    (here / "go.mod").write_text(f"module example.invalid/here\n\ngo 1.24\n\n{needs}")
    (here / "main.go").write_text('package main\n\nimport _ "example.invalid/other"\n\nfunc main() {}\n')
    (other / "go.mod").write_text("module example.invalid/other\n\ngo 1.24\n")
    (other / "other.go").write_text("package other\n")
    (other / "deploy" / "chart" / "Chart.yaml").write_text("name: other\n")
    program = GoProgram("here", ".", "example.invalid/other", folder=here, data=("deploy/chart",))
    build.built(program, Silent())
    assert (cache.data(program, "chart") / "Chart.yaml").read_text() == "name: other\n"
    assert cache.folder(program) != cache.folder(GoProgram("here", ".", "example.invalid/other", folder=here))


def test_a_source_that_does_not_compile(hello: GoProgram, own_cache: Path) -> None:
    assert hello.folder is not None
    (hello.folder / "main.go").write_text("package main\n\nfunc main() { missing() }\n")
    with pytest.raises(Failed) as told:
        build.built(hello, Silent())
    assert told.value.lines() == [
        "error: Go could not build the program (.)",
        "  why: ./main.go:3:15: undefined: missing",
        "  next: LONGSHORE_DEBUG=1 inv tools.install",
    ]
    assert not cache.folder(hello).exists()


def test_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOPROXY", "http://127.0.0.1:1")
    with pytest.raises(Failed) as told:
        build.built(MIGRATE, Silent())
    assert told.value.what == "the Go modules can't be downloaded"
    assert told.value.why.endswith("connection refused")


def test_a_cache_that_can_not_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LONGSHORE_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(Failed) as told:
        build.built(MIGRATE, Silent())
    assert told.value.lines() == [
        f"error: migrate {MIGRATE.version} can't be built ({tmp_path}/file/cache/tools)",
        "  why: Not a directory",
        "  next: LONGSHORE_CACHE=/a/folder/of/yours inv tools.install",
    ]
