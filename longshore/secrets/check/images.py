"""Would a file of secrets be sent to the builder of an image, and so into a layer by `COPY . .`?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from longshore.secrets.check.dockerignore import left_out, patterns
from longshore.secrets.check.finding import FAULT, NOT_CHECKED, OK, Finding

CHECK = "left out of image builds"
SKIPPED = {".git", ".longshore", ".venv", "venv", "node_modules", "vendor", "__pycache__"}


def findings(root: Path, names: tuple[str, ...]) -> Iterator[Finding]:
    """For each Dockerfile of the project: with the project's folder as the context of the build, and with its own.

    `names` are the files that must stay out, relative to the project; in another context, a file of that name which is there.
    """
    found = sorted(dockerfiles(root))
    if not found:
        yield Finding(CHECK, str(root), OK, "no Dockerfile here")
    for dockerfile in found:
        for context in dict.fromkeys((root, dockerfile.parent)):
            present = (Path(name).name for name in names if (context / Path(name).name).exists())
            for name in names if context == root else dict.fromkeys(present):
                yield _finding(root, context, dockerfile, name)


def _finding(root: Path, context: Path, dockerfile: Path, name: str) -> Finding:
    own = dockerfile.with_name(dockerfile.name + ".dockerignore")
    # BuildKit: a Dockerfile's own file takes the place of the context's.
    ignore = own if own.exists() else context / ".dockerignore"
    shown, where = str(dockerfile.relative_to(root)), str(ignore.relative_to(root))
    mend = f"add this line to {where}: **/{Path(name).name}"
    if not ignore.exists():
        return Finding(CHECK, shown, FAULT, f"{name} would be sent to the builder: there is no {where}", mend)
    try:
        if left_out(name, patterns(ignore.read_text(encoding="utf-8-sig"))):
            return Finding(CHECK, shown, OK, f"{name}, by {where}")
    except (OSError, UnicodeDecodeError):
        return Finding(CHECK, shown, NOT_CHECKED, f"{where} can't be read")
    except ValueError as pattern:
        return Finding(CHECK, shown, FAULT, f"Docker refuses a pattern of {where}: {pattern}", f"mend {where}")
    return Finding(CHECK, shown, FAULT, f"{name} would be sent to the builder: no line of {where} leaves it out", mend)


def dockerfiles(root: Path) -> Iterator[Path]:
    """Every Dockerfile of the project, by its name."""
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in SKIPPED]
        for name in files:
            base = name.removesuffix(".dockerignore")
            named = base in ("Dockerfile", "Containerfile") or base.endswith((".Dockerfile", ".dockerfile"))
            if base == name and (named or base.startswith("Dockerfile.")):
                yield Path(folder) / name
