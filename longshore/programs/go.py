"""The Go command: which version it is, how many packages a program has, building one."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from longshore.errors import Failed
from longshore.process.run import ProgramFailed, last_line, run

VERSION = re.compile(r"^go version (?:devel )?go(\d+)\.(\d+)(?:\.(\d+))?")
DOWNLOADING = "go: downloading "

OFFLINE = re.compile(
    r"dial tcp|no such host|connection re(?:fused|set)|i/o timeout|TLS handshake|network is unreachable|proxyconnect"
    r"|x509:|lookup disabled by GOPROXY|\b(?:403|404|407|410|429|50\d) [A-Z]"
)
FORGED = re.compile(r"SECURITY ERROR|checksum mismatch|missing go\.sum entry")
FULL = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)


@dataclass(frozen=True)
class Go:
    """A Go command in a module's folder, with caches of its own in `work`: nothing of it stays in the user's."""

    path: Path
    module: Path
    work: Path

    def environment(self, outer: Mapping[str, str]) -> dict[str, str]:
        """The user's environment (proxies, GOPROXY), without what would build something else: flags, another platform, a workspace."""
        other_builds = {"GOOS", "GOARCH", "GOROOT", "GOBIN", "GOEXPERIMENT", "GOFIPS140"}
        return {
            **{name: value for name, value in outer.items() if name not in other_builds},
            "CGO_ENABLED": "0",
            "GO111MODULE": "on",
            # Without -modcacherw the module cache is read-only and can't be removed.
            "GOFLAGS": "-modcacherw -buildvcs=false",
            "GOWORK": "off",
            "GOTOOLCHAIN": "local",
            "GOCACHE": str(self.work / "build"),
            "GOMODCACHE": str(self.work / "modules"),
            "GOTMPDIR": str(self.work / "tmp"),
        }

    def packages(self, package: str, tags: Sequence[str], on_download: Callable[[str], None] = lambda _: None) -> int:
        """How many packages a program is made of; downloads the modules that it needs and tells each (`lib/pq v1.10.9`).

        Raises Failed.
        """

        def hear(line: str) -> None:
            if line.startswith(DOWNLOADING):
                on_download(line.removeprefix(DOWNLOADING))

        said = self._run(["list", "-deps", *_tags(tags), package], package, hear, ())
        return len(said.split())

    def folder_of(self, module: str) -> Path:
        """Where the source of a module is that this one needs. Raises Failed."""
        return Path(self._run(["list", "-m", "-f", "{{.Dir}}", module], module, lambda _: None, ()).strip())

    def build(
        self,
        package: str,
        *,
        tags: Sequence[str],
        linker_flags: str,
        output: Path,
        on_package: Callable[[str], None] = lambda _: None,
        keep_open: Collection[int] = (),
    ) -> None:
        """Build a program; tells each package as it is compiled. `keep_open` are descriptors that Go inherits (a lock).

        Raises Failed.
        """

        def hear(line: str) -> None:
            if line and " " not in line:
                on_package(line)

        flags = ["-v", "-trimpath", *_tags(tags), "-ldflags", linker_flags]
        self._run(["build", *flags, "-o", str(output), package], package, hear, keep_open)

    def _run(
        self, arguments: Sequence[str], package: str, hear: Callable[[str], None], keep_open: Collection[int]
    ) -> str:
        (self.work / "tmp").mkdir(parents=True, exist_ok=True)
        environment = self.environment(os.environ)
        try:
            return run(
                [self.path, *arguments], env=environment, cwd=self.module, on_line=hear, keep_open=keep_open
            ).stdout
        except ProgramFailed as error:
            raise failure(package, error.completed.stderr) from error


def version(path: str | Path) -> tuple[int, ...]:
    """The version of a Go command, (1, 26, 8); empty where it does not run."""
    try:
        # In /, where no go.mod can make it switch to another toolchain.
        said = run([path, "version"], env={**os.environ, "GOTOOLCHAIN": "local"}, cwd=Path("/"), timeout=30)
    except Failed:
        return ()
    found = VERSION.match(said.stdout)
    return tuple(int(part or 0) for part in found.groups()) if found else ()


def failure(package: str, said: str) -> Failed:
    """What Go's words mean to a person who only wants the program."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith(DOWNLOADING)]
    for pattern, what, do in (
        (FULL, "the disk is full", "free 300 MB, or LONGSHORE_CACHE=/another/disk inv tools.install"),
        (FORGED, "a downloaded Go module is not the one that go.sum names", "ask whoever runs your Go proxy (GOPROXY)"),
        (OFFLINE, "the Go modules can't be downloaded", "check the network, or GOPROXY; then: inv tools.install"),
    ):
        if found := next((line for line in lines if pattern.search(line)), ""):
            return Failed(what, on=package, why=found, do=do)
    first = next((line for line in lines if ": " in line and not line.startswith("#")), last_line(said))
    return Failed("Go could not build the program", on=package, why=first, do="LONGSHORE_DEBUG=1 inv tools.install")


def _tags(tags: Sequence[str]) -> list[str]:
    return ["-tags", ",".join(tags)] if tags else []
