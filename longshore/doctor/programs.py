"""Programs and their versions."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator

import longshore
from longshore.doctor.finding import MISSING, OK, OPTIONAL, Finding
from longshore.errors import LongshoreError
from longshore.process.run import ProgramFailed, ProgramMissing, TimedOut, run, which

AREA = "programs"
OWN = (
    ("git", ("--version",), "the commit in the history of migrations, and whether app.env is ignored"),
    ("psql", ("--version",), "inv db.shell"),
    ("pg_dump", ("--version",), "inv db.dump"),
    ("aws", ("--version",), "your own kubectl (inv cluster.connect) and your own calls; longshore needs none"),
    ("k9s", ("version", "--short"), "inv cluster.monitor, which has a view of its own without it"),
)


def findings() -> Iterator[Finding]:
    """Python, the programs that longshore builds, and the user's own that it uses where they are."""
    yield Finding(AREA, "python", OK, f"{platform.python_version()} ({sys.executable})")
    yield Finding(AREA, "longshore", OK, longshore.__version__)
    yield _built("migrate", "inv db.migrate")
    yield _kubectl()
    yield _control_plane()
    yield _built("crane", "the sandbox's registry of images")
    yield _built("helm", "inv ingress.install")
    yield _builder()
    for name, arguments, purpose in OWN:
        yield _own(name, arguments, purpose)


def _built(name: str, purpose: str) -> Finding:
    from longshore.toolchain import programs

    try:
        return Finding(AREA, name, OK, f"{programs.version(name)} ({programs.find(name)})")
    except LongshoreError:
        return Finding(AREA, name, OPTIONAL, f"for {purpose}, which builds it where it is needed", "inv tools.install")


def _kubectl() -> Finding:
    """The pinned one comes first; one on PATH may be too old or too new for the cluster."""
    pinned = _built("kubectl", "inv cluster.grant and its kin")
    if pinned.state == OK:
        return pinned
    try:
        said = run([which("kubectl"), "version", "--client"], timeout=10).stdout.splitlines()
    except (ProgramMissing, ProgramFailed, TimedOut):
        return pinned
    told = (
        f"{said[0].strip() if said else '?'} ({which('kubectl')}), where it is within one minor version of the cluster"
    )
    return Finding(AREA, "kubectl", OK, told)


def _control_plane() -> Finding:
    from longshore.toolchain import cache
    from longshore.toolchain.catalogue import CONTROL_PLANE

    missing = [program.title for program in CONTROL_PLANE if not cache.is_built(program)]
    if missing:
        what = f"{', '.join(missing)} not built: for the sandbox's cluster"
        return Finding(AREA, "control plane", OPTIONAL, what, "inv tools.install")
    return Finding(AREA, "control plane", OK, ", ".join(program.title for program in CONTROL_PLANE))


def _builder() -> Finding:
    from longshore.programs import builder

    try:
        return Finding(AREA, "builder", OK, builder.choose().name)
    except LongshoreError as error:
        return Finding(
            AREA, "builder", OPTIONAL, f"for inv image.build: {error.why}", "install Docker, Podman or buildah"
        )


def _own(name: str, arguments: tuple[str, ...], purpose: str) -> Finding:
    try:
        said = run([which(name), *arguments], timeout=10)
    except ProgramMissing:
        return Finding(AREA, name, OPTIONAL, f"for {purpose}", f"install {name}")
    except (ProgramFailed, TimedOut) as error:
        return Finding(AREA, name, MISSING, error.what, f"install {name}")
    return Finding(AREA, name, OK, (said.stdout or said.stderr).splitlines()[0].strip())
