"""The Go command: exact argv, its environment, and what its words mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.errors import Failed
from longshore.programs import go
from longshore.programs.go import Go, failure

MIGRATE = "github.com/golang-migrate/migrate/v4/cmd/migrate"


def stand_in(folder: Path, script: str) -> Path:
    path = folder / "go"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def told(folder: Path) -> list[str]:
    return (folder / "told").read_text().splitlines()


def test_build_and_packages_say_exactly_this(tmp_path: Path) -> None:
    module, work = tmp_path / "module", tmp_path / "work"
    module.mkdir()
    path = stand_in(tmp_path, f'for word; do echo "$word"; done >{tmp_path}/told; pwd >>{tmp_path}/told')
    command = Go(path, module, work)
    command.packages(MIGRATE, ("postgres",))
    assert told(tmp_path) == ["list", "-deps", "-tags", "postgres", MIGRATE, str(module)]
    command.build(MIGRATE, tags=(), linker_flags="-s -w", output=Path("/o/migrate"))
    expected = ["build", "-v", "-trimpath", "-ldflags", "-s -w", "-o", "/o/migrate", MIGRATE, str(module)]
    assert told(tmp_path) == expected


def test_packages_are_counted_and_downloads_and_compiled_packages_told(tmp_path: Path) -> None:
    path = stand_in(
        tmp_path,
        """case $1 in
list) echo 'go: downloading github.com/lib/pq v1.10.9' >&2; echo errors; echo unsafe ;;
build) echo 'go: downloading x v1' >&2; echo internal/cpu >&2; echo github.com/lib/pq >&2; echo '# a note' >&2 ;;
esac""",
    )
    command = Go(path, tmp_path, tmp_path / "work")
    downloads: list[str] = []
    packages: list[str] = []
    assert command.packages(MIGRATE, (), downloads.append) == 2
    command.build(MIGRATE, tags=(), linker_flags="", output=tmp_path / "o", on_package=packages.append)
    assert downloads == ["github.com/lib/pq v1.10.9"]
    assert packages == ["internal/cpu", "github.com/lib/pq"]


def test_its_environment_builds_for_this_machine_and_keeps_out_of_the_users_caches(tmp_path: Path) -> None:
    outer = {
        "GOPROXY": "https://proxy.example",
        "GOFLAGS": "-mod=vendor",
        "GOOS": "windows",
        "GOROOT": "/old",
        "HOME": "/h",
    }
    assert Go(Path("go"), tmp_path, Path("/w")).environment(outer) == {
        "GOPROXY": "https://proxy.example",
        "HOME": "/h",
        "CGO_ENABLED": "0",
        "GO111MODULE": "on",
        "GOFLAGS": "-modcacherw -buildvcs=false",
        "GOWORK": "off",
        "GOTOOLCHAIN": "local",
        "GOCACHE": "/w/build",
        "GOMODCACHE": "/w/modules",
        "GOTMPDIR": "/w/tmp",
    }


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("go version go1.26.8 linux/amd64", (1, 26, 8)),
        ("go version go1.27 darwin/arm64", (1, 27, 0)),
        ("go version go1.27rc1 linux/amd64", (1, 27, 0)),
        ("go version devel go1.28-3b1a2c linux/amd64", (1, 28, 0)),
        ("gccgo (Debian)", ()),
    ],
)
def test_version(tmp_path: Path, said: str, version: tuple[int, ...]) -> None:
    assert go.version(stand_in(tmp_path, f"echo '{said}'")) == version


def test_a_go_that_does_not_run_has_no_version(tmp_path: Path) -> None:
    assert go.version(stand_in(tmp_path, "exit 127")) == ()


# As Go 1.26 said them: on a full file system, without a network, behind a proxy that refuses, with a go.sum that names something else.
@pytest.mark.parametrize(
    ("said", "lines"),
    [
        (
            "go: downloading github.com/lib/pq v1.10.9\n"
            "compile: writing output: write $WORK/b009/_pkg_.a: no space left on device\n",
            [
                f"error: the disk is full ({MIGRATE})",
                "  why: compile: writing output: write $WORK/b009/_pkg_.a: no space left on device",
                "  next: free 300 MB, or LONGSHORE_CACHE=/another/disk inv tools.install",
            ],
        ),
        (
            'm@v4.20.1: Get "http://127.0.0.1:1/m.zip": dial tcp 127.0.0.1:1: connect: connection refused\n',
            [
                f"error: the Go modules can't be downloaded ({MIGRATE})",
                '  why: m@v4.20.1: Get "http://127.0.0.1:1/m.zip": dial tcp 127.0.0.1:1: connect: connection refused',
                "  next: check the network, or GOPROXY; then: inv tools.install",
            ],
        ),
        (
            "go: m@v1: reading proxy/m/@v/v1.zip: 403 Forbidden\n\tserver response: not available\n",
            [
                f"error: the Go modules can't be downloaded ({MIGRATE})",
                "  why: go: m@v1: reading proxy/m/@v/v1.zip: 403 Forbidden",
                "  next: check the network, or GOPROXY; then: inv tools.install",
            ],
        ),
        (
            "verifying m@v1: checksum mismatch\n\tdownloaded: h1:a\n\tgo.sum:     h1:b\n\nSECURITY ERROR\n",
            [
                f"error: a downloaded Go module is not the one that go.sum names ({MIGRATE})",
                "  why: verifying m@v1: checksum mismatch",
                "  next: ask whoever runs your Go proxy (GOPROXY)",
            ],
        ),
        (
            "internal/cpu\n# example/x\n./main.go:3:2: undefined: y\n",
            [
                f"error: Go could not build the program ({MIGRATE})",
                "  why: ./main.go:3:2: undefined: y",
                "  next: LONGSHORE_DEBUG=1 inv tools.install",
            ],
        ),
    ],
)
def test_what_went_wrong_is_told(said: str, lines: list[str]) -> None:
    assert failure(MIGRATE, said).lines() == lines


def test_a_failed_build_raises_it(tmp_path: Path) -> None:
    command = Go(stand_in(tmp_path, "echo './main.go:3:2: undefined: y' >&2; exit 1"), tmp_path, tmp_path / "work")
    with pytest.raises(Failed, match="undefined: y"):
        command.build(MIGRATE, tags=(), linker_flags="", output=tmp_path / "o")
