"""Which Go programs there are, and how each is built."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from longshore.errors import UsageError, nearest
from longshore.toolchain.module import GoModule, pinned


@dataclass(frozen=True)
class GoProgram:
    """A program of a Go module: `package` is its main package; `source` the module that its version is that of (empty: it has none).

    `tags` are build tags. `stamps` are the Go variables that the linker sets, with `{version}`, `{major}` and `{minor}` filled in.
    `module` is the module whose go.mod pins it. `data` are folders of the source module that are kept beside the program.
    """

    name: str
    package: str
    source: str = ""
    tags: tuple[str, ...] = ()
    stamps: tuple[tuple[str, str], ...] = ()
    folder: Path | None = None
    data: tuple[str, ...] = ()

    @cached_property
    def module(self) -> GoModule:
        return GoModule(self.folder) if self.folder else pinned()

    @property
    def version(self) -> str:
        """As go.mod pins it, without the `v`; empty for a program without a version of its own."""
        return self.module.version_of(self.source).removeprefix("v") if self.source else ""

    @property
    def title(self) -> str:
        """For a person: `migrate 4.20.1`."""
        return f"{self.name} {self.version}".strip()

    @property
    def linker_flags(self) -> str:
        """No symbol table and no debug information: a third of the size."""
        if not self.stamps:
            return "-s -w"
        major, minor, *_ = [*self.version.split("."), ""]
        filled = ((name, text.format(version=self.version, major=major, minor=minor)) for name, text in self.stamps)
        return " ".join(("-s -w", *(f"-X {name}={text}" for name, text in filled)))


MIGRATE = GoProgram(
    name="migrate",
    package="github.com/golang-migrate/migrate/v4/cmd/migrate",
    source="github.com/golang-migrate/migrate/v4",
    tags=("postgres",),
    stamps=(("main.Version", "{version}"),),
)


def _kubernetes(name: str) -> GoProgram:
    # Unstamped, they say v0.0.0-master, and kubectl warns of the skew.
    version = "k8s.io/component-base/version"
    stamps = (
        (f"{version}.gitVersion", "v{version}"),
        (f"{version}.gitMajor", "{major}"),
        (f"{version}.gitMinor", "{minor}"),
    )
    return GoProgram(name, f"k8s.io/kubernetes/cmd/{name}", "k8s.io/kubernetes", stamps=stamps)


KUBECTL = _kubernetes("kubectl")
ETCD = GoProgram("etcd", "go.etcd.io/etcd/server/v3", "go.etcd.io/etcd/server/v3")
KWOK = GoProgram(
    "kwok",
    "sigs.k8s.io/kwok/cmd/kwok",
    "sigs.k8s.io/kwok",
    stamps=(("sigs.k8s.io/kwok/pkg/consts.Version", "v{version}"),),
)
CONTROL_PLANE = (
    ETCD,
    _kubernetes("kube-apiserver"),
    _kubernetes("kube-controller-manager"),
    _kubernetes("kube-scheduler"),
    KWOK,
)
"""What the sandbox's cluster is made of."""

CRANE = GoProgram(
    "crane",
    "github.com/google/go-containerregistry/cmd/crane",
    "github.com/google/go-containerregistry",
    stamps=(("github.com/google/go-containerregistry/cmd/crane/cmd.Version", "v{version}"),),
    folder=pinned("registry").folder,
)
"""The sandbox's registry. It has a module of its own: what it needs changes nothing for the others."""

HELM = GoProgram(
    "helm",
    "helm.sh/helm/v4/cmd/helm",
    "helm.sh/helm/v4",
    stamps=(("helm.sh/helm/v4/internal/version.version", "v{version}"),),
)

CERT_MANAGER = GoProgram(
    "cert-manager",
    ".",
    "github.com/cert-manager/cert-manager",
    stamps=(("github.com/cert-manager/cert-manager/pkg/util.AppVersion", "v{version}"),),
    folder=pinned("cert-manager").folder,
    data=("deploy/charts/cert-manager",),
)
"""cert-manager's controllers for the sandbox, by a main of ours, and the chart that its source has."""

PROGRAMS = (MIGRATE, KUBECTL, *CONTROL_PLANE, CRANE, HELM, CERT_MANAGER)
"""What `tools.install` builds."""


def known(name: str) -> GoProgram:
    """The program of this name.

    Raises UsageError with the names there are.
    """
    for program in PROGRAMS:
        if program.name == name:
            return program
    names = [program.name for program in PROGRAMS]
    raise UsageError(f"no such program: {name}", why=f"there are {', '.join(names)}{nearest(name, names)}")
